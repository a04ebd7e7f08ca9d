"""Where in a document slots may stand, and what their values must then keep to, each other and the rest of it.

A mark stands for every value of its kind in all rules that look at one string alone (`kinds`). Here are the rules of
the data model that compare: they become conditions on the values, or the slot may not stand there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from credentials.model.result_rules import results_to_issue
from credentials.templates.fragments import Fragments, Splitter, holes, text_with
from credentials.templates.kinds import PATTERNS, SlotKind
from credentials.templates.refusals import NoTemplate

Condition = Callable[[Sequence[str]], str | None]
"""Why the values cannot stand together, or None if they can."""

_SHAPE = frozenset({"type", "@type", "@context"})
"""What decides which terms mean what."""

_COMPARED = frozenset({"allowedValue", "valueMin", "valueMax", "requiredValue"})
"""What results are measured by: it belongs to the level."""

_BEGINNINGS = frozenset({"e", "ex", "ext"})
"""With a text behind it, one of these could begin an extension term."""

_SCORES_AT_ONCE = 1_000
_LONGEST_SCORE = 32
"""Results recur: there are about a thousand with one decimal. The rule takes longer for each than filling a badge."""

_INSTANT = re.compile(PATTERNS[SlotKind.INSTANT])

Path = tuple[str | int, ...]


def conditions_of(document: Mapping[str, Any], splitter: Splitter, kinds: Sequence[SlotKind]) -> tuple[Condition, ...]:
    """The conditions on the slots' values in a marked document that may be signed as it is.

    Raises `NoTemplate` where a slot stands in a name, a type, a context or something that results are measured by, and
    where a text in a slot does not end its string.
    """
    conditions: list[Condition] = []
    for path, value in _everything((), document):
        if isinstance(value, dict):
            _require_plain_names(value, splitter)
            conditions += _validity(value, splitter)
        elif isinstance(value, str) and holes(splitter.split(value)):
            fragments = splitter.split(value)
            _require_allowed(path, fragments, kinds)
            conditions += _result(path, fragments, document)
    return tuple(conditions)


def _everything(path: Path, value: Any) -> Iterator[tuple[Path, Any]]:
    yield path, value
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, member in members:
        yield from _everything((*path, step), member)


def _require_plain_names(node: Mapping[str, Any], splitter: Splitter) -> None:
    for name in node:
        if holes(splitter.split(name)):
            raise NoTemplate("a slot stands in the name of a member")


def _require_allowed(path: Path, fragments: Fragments, kinds: Sequence[SlotKind]) -> None:
    where = "/".join(map(str, path))
    if not (_SHAPE | _COMPARED).isdisjoint(path):
        raise NoTemplate(f"a slot stands at {where}, which decides what else a document may say")
    texts = {part for part in holes(fragments) if kinds[part] is SlotKind.TEXT}
    if texts and (texts != {fragments[-2]} or fragments[-1] or fragments[0] in _BEGINNINGS):
        raise NoTemplate(f"the text in the slot at {where} must end its string and not begin an “ext:” term")


def _validity(node: Mapping[str, Any], splitter: Splitter) -> Iterator[Condition]:
    """Validity does not end before it begins. Instants of one form are in the order of their characters."""
    ends = [splitter.split(node[name]) for name in ("validFrom", "validUntil") if isinstance(node.get(name), str)]
    if len(ends) < 2 or not any(map(holes, ends)):
        return
    for time in ends:
        if time[0] or time[-1] if holes(time) else not _INSTANT.fullmatch(str(time[0])):
            raise NoTemplate("the validity has an end or a beginning that is not written as 2026-11-22T10:00:00Z")
    start, end = map(text_with, ends)

    def keeps(values: Sequence[str]) -> str | None:
        return None if start(values) <= end(values) else "the validity ends before it begins"

    yield keeps


def _result(path: Path, fragments: Fragments, document: Mapping[str, Any]) -> Iterator[Condition]:
    """A result is what its description allows, by the very rule of the data model."""
    if path[:2] != ("credentialSubject", "result") or path[3:] != ("value",):
        return
    subject = document["credentialSubject"]
    result: dict[str, Any] = subject["result"][path[2]]

    def allowed(value: str) -> bool:
        node = {"credentialSubject": {**subject, "result": [{**result, "value": value}]}}
        return not any(True for _ in results_to_issue(node, ""))

    known = lru_cache(maxsize=_SCORES_AT_ONCE)(allowed)
    text = text_with(fragments)

    def keeps(values: Sequence[str]) -> str | None:
        value = text(values)
        fits = known(value) if len(value) <= _LONGEST_SCORE else allowed(value)
        return None if fits else "a result is not what its description allows"

    yield keeps
