"""The canonical JSON form of Open Badges: arrays where many are possible, nothing null or empty."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from credentials.model.findings import malformed
from credentials.model.json_walk import ARRAY, endorsements, everything
from credentials.problems import Problem, own_type
from credentials.sentence import sentence

NOT_CANONICAL = own_type("not-canonical-form")

_COMPACTED = ("proof", "credentialSchema", "termsOfUse")
CLASSES_WITH_TYPE_ARRAYS = frozenset(
    {
        "Achievement",
        "AchievementSubject",
        "Address",
        "Alignment",
        "EndorsementSubject",
        "Evidence",
        "Profile",
        "Related",
        "Result",
        "ResultDescription",
        "RubricCriterionLevel",
    }
)


def is_canonical(document: Mapping[str, Any]) -> bool:
    """Whether the document is in the canonical JSON form of Open Badges, as in its JSON Schema.

    Says nothing about conformance: a canonical document may have other problems.
    """
    if any(True for rule in (compacted_members, several_statuses) for _ in rule(document, "")):
        return False
    return all(
        compacted_type(at, value) is None and empty_value(at, value) is None for at, value in everything(dict(document))
    )


def compacted_members(document: Mapping[str, Any], _: str) -> Iterator[Problem]:
    """Single objects where the canonical form has arrays, in the credential and its endorsements."""
    for at, credential in (("", document), *endorsements(document)):
        for name in _COMPACTED:
            if isinstance(credential.get(name), dict):
                yield _not_canonical(f"“{name}” is a single object; write an array of one.", f"{at}/{name}")


def several_statuses(document: Mapping[str, Any], _: str) -> Iterator[Problem]:
    """`credentialStatus` is one object in Open Badges; VCDM 2.0 allows an array."""
    for at, credential in (("", document), *endorsements(document)):
        if isinstance(credential.get("credentialStatus"), ARRAY):
            detail = sentence("“credentialStatus” is an array; Open Badges has one object.")
            yield _not_canonical(detail, f"{at}/credentialStatus")


def compacted_type(at: str, value: Any) -> Problem | None:
    """A `type` written as one string where the class has an array."""
    name = value.get("type") if isinstance(value, dict) else None
    if isinstance(name, str) and name in CLASSES_WITH_TYPE_ARRAYS:
        return _not_canonical("“type” is a single string; write an array of one.", f"{at}/type")
    return None


def empty_value(at: str, value: Any) -> Problem | None:
    """Null or an empty array, which must be left out; JSON-LD drops them, so they are not signed."""
    if value is None:
        return malformed("Empty value", sentence("The value is null; leave the property out."), at)
    if isinstance(value, ARRAY) and not value:
        return malformed("Empty value", sentence("The array is empty; leave the property out."), at)
    return None


def _not_canonical(detail: str, at: str) -> Problem:
    return Problem(NOT_CANONICAL, "Not in canonical form", detail, at)
