"""How results, their descriptions and rubric levels refer to each other (Open Badges 3.0, Data Models)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from credentials.model.findings import describe, malformed
from credentials.model.json_walk import ARRAY, child, objects
from credentials.problems import RANGE_ERROR, Problem
from credentials.sentence import sentence

if TYPE_CHECKING:
    from decimal import Decimal

_ORDINARY_LENGTH = 40
_DECIMAL = re.compile(r"\s*([+-]?\d{1,18}(?:\.\d{1,18})?)\s*%?\s*", re.ASCII)


def result_links(node: Mapping[str, Any], at: str) -> Iterator[Problem]:
    """Every reference between results and descriptions has its target; required values can be reached."""
    achievement = child(child(node, "credentialSubject"), "achievement")
    if not achievement:
        return
    descriptions = [entry for _, entry in objects(achievement, "resultDescription")]
    for position, description in objects(achievement, "resultDescription"):
        place = f"{at}/credentialSubject/achievement/resultDescription/{position}"
        yield from _description(description, place)
    by_id = {entry["id"]: entry for entry in descriptions if isinstance(entry.get("id"), str)}
    for position, result in objects(child(node, "credentialSubject"), "result"):
        yield from _result(result, by_id, f"{at}/credentialSubject/result/{position}")


def _description(description: Mapping[str, Any], at: str) -> Iterator[Problem]:
    level = description.get("requiredLevel")
    if isinstance(level, str) and level not in _levels(description):
        detail = sentence(
            "{level} is not the id of a rubric criterion level of this result description.", level=describe(level)
        )
        yield malformed("Unknown rubric level", detail, f"{at}/requiredLevel")
    value = description.get("requiredValue")
    if isinstance(value, str) and not _within(description, value):
        yield _out_of_range(value, f"{at}/requiredValue")


def _result(result: Mapping[str, Any], by_id: Mapping[str, Mapping[str, Any]], at: str) -> Iterator[Problem]:
    reference, level = result.get("resultDescription"), result.get("achievedLevel")
    description = by_id.get(reference) if isinstance(reference, str) else None
    if isinstance(reference, str) and description is None:
        detail = sentence(
            "{reference} is not the id of a result description of the achievement.", reference=describe(reference)
        )
        yield malformed("Unknown result description", detail, f"{at}/resultDescription")
    elif isinstance(level, str) and level not in _levels(description or {}):
        detail = sentence(
            "{level} is not the id of a rubric criterion level of the linked result description.", level=describe(level)
        )
        yield malformed("Unknown rubric level", detail, f"{at}/achievedLevel")
    if description and description.get("resultType") == "Status" and "status" not in result:
        detail = sentence("“status” is missing; the linked result description is of the type Status.")
        yield malformed("Status missing", detail, f"{at}/status")


def results_to_issue(node: Mapping[str, Any], at: str) -> Iterator[Problem]:
    """Values that are awarded are among those allowed, and ids are not used twice."""
    achievement = child(child(node, "credentialSubject"), "achievement")
    by_id: dict[str, Mapping[str, Any]] = {}
    for position, description in objects(achievement, "resultDescription"):
        identifier = description.get("id")
        if isinstance(identifier, str) and identifier in by_id:
            place = f"{at}/credentialSubject/achievement/resultDescription/{position}/id"
            yield malformed(
                "Identifier used twice",
                sentence("{identifier} is used above already.", identifier=describe(identifier)),
                place,
            )
        by_id[str(identifier)] = description
    for position, result in objects(child(node, "credentialSubject"), "result"):
        linked, value = by_id.get(str(result.get("resultDescription"))), result.get("value")
        if linked and isinstance(value, str) and not _within(linked, value):
            yield _out_of_range(value, f"{at}/credentialSubject/result/{position}/value")


def _levels(description: Mapping[str, Any]) -> set[str]:
    identifiers = (level.get("id") for _, level in objects(description, "rubricCriterionLevel"))
    return {identifier for identifier in identifiers if isinstance(identifier, str)}


def _within(description: Mapping[str, Any], value: str) -> bool:
    """Whether a value is allowed, as far as the description can tell: listed, or not outside the range."""
    allowed = description.get("allowedValue")
    if isinstance(allowed, ARRAY) and value in allowed:
        return True
    if "valueMin" not in description and "valueMax" not in description:
        return not allowed
    number, low, high = _number(value), _number(description.get("valueMin")), _number(description.get("valueMax"))
    return number is None or ((low is None or low <= number) and (high is None or number <= high))


def _number(text: Any) -> Decimal | int | None:
    if not isinstance(text, str):
        return None
    return _decimal(text) if len(text) <= _ORDINARY_LENGTH else _decimal.__wrapped__(text)


@lru_cache(maxsize=2_048)  # bounds and points are the same few numbers in all badges of a level; of short texts only
def _decimal(text: str) -> Decimal | int | None:
    match = _DECIMAL.fullmatch(text)
    if match is None:
        return None
    if "." not in match[1]:
        return int(match[1])
    from decimal import Decimal  # rare, and to import it takes as long as to verify a badge

    return Decimal(match[1])


def _out_of_range(value: str, at: str) -> Problem:
    detail = sentence(
        "{value} is neither an allowed value of the result description nor within its range.", value=describe(value)
    )
    return Problem(RANGE_ERROR, "Value out of range", detail, at)
