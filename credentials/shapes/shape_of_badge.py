"""What differs between the badges of one level, found in one of them: the slots of a template.

A guess that need not be right: a badge that differs in more is not recognized by the template, and takes the ordinary
road.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from credentials.templates.kinds import PATTERNS, SlotKind

Make = Callable[[Mapping[str, str]], dict[str, Any]]

# The level's and the issuer's own, what says what something is, and what refers to the level's own.
_SAME_IN_ALL = frozenset(
    {"@context", "type", "name", "issuer", "achievement", "resultDescription", "achievedLevel", "endorsement"}
)
_VALID_FROM, _INDEX_NAME = "validFrom", "statusListIndex"
_ONCE = frozenset({_VALID_FROM, _INDEX_NAME})
_OF_THE_PERSON = {
    _VALID_FROM: SlotKind.INSTANT,
    "validUntil": SlotKind.INSTANT,
    "awardedDate": SlotKind.INSTANT,
    "activityStartDate": SlotKind.INSTANT,
    "activityEndDate": SlotKind.INSTANT,
    "identityHash": SlotKind.TEXT,
    "salt": SlotKind.TEXT,
    "narrative": SlotKind.TEXT,
    "licenseNumber": SlotKind.TEXT,
    "value": SlotKind.TEXT,
    _INDEX_NAME: SlotKind.NUMBER,
}
_UUID = re.compile(rf"({PATTERNS[SlotKind.UUID]})")
_DIGEST = re.compile(rf"sha256\$({PATTERNS[SlotKind.DIGEST]})")
_INDEX = re.compile(rf"(.*#)({PATTERNS[SlotKind.NUMBER]})", re.DOTALL)


class ShapeOfBadge:
    """The slots of the badge's template, their kinds by name, and how a document is made of their values."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.slots: dict[str, SlotKind] = {}
        self._index = str(_status(document).get(_INDEX_NAME, ""))
        if _VALID_FROM in document:  # named before the end of the validity, as templates ask
            self._slot(SlotKind.INSTANT, _VALID_FROM)
        self._tree = {name: self._of(name, value) for name, value in document.items() if name != "proof"}

    def make(self, values: Mapping[str, str]) -> dict[str, Any]:
        """The document of these values, without a proof."""
        return {name: _filled(part, values) for name, part in self._tree.items()}

    def _of(self, name: str, value: Any) -> Any:
        """The value with a `_Parts` in the place of each string that has a slot in it."""
        if name in _SAME_IN_ALL:
            return value
        if isinstance(value, dict):
            return {inner: self._of(inner, member) for inner, member in value.items()}
        if isinstance(value, list):
            return [self._of(name, item) for item in value]
        return self._string(name, value) if isinstance(value, str) else value

    def _string(self, name: str, text: str) -> Any:
        digest = _DIGEST.fullmatch(text)
        if digest is not None:
            return _Parts("sha256$", self._slot(SlotKind.DIGEST))
        if name in _OF_THE_PERSON:
            kind = _OF_THE_PERSON[name]
            return _Parts(self._slot(kind, name if name in _ONCE else ""))
        indexed = _INDEX.fullmatch(text)
        if name == "id" and indexed is not None and indexed[2] == self._index:
            return _Parts(*self._with_uuids(indexed[1]), self._slot(SlotKind.NUMBER, _INDEX_NAME))
        if name == "id" and not _UUID.search(text):
            return _Parts(self._slot(SlotKind.IRI))
        return _Parts(*self._with_uuids(text))

    def _with_uuids(self, text: str) -> list[str | _Slot]:
        """The text in parts; equal UUIDs are one slot, so that what is linked by one stays so."""
        parts: list[str | _Slot] = []
        for number, part in enumerate(_UUID.split(text)):
            parts.append(part if number % 2 == 0 else self._slot(SlotKind.UUID, part))
        return parts

    def _slot(self, kind: SlotKind, name: str = "") -> _Slot:
        name = name or f"{kind} {len(self.slots)}"
        self.slots.setdefault(name, kind)
        return _Slot(name)


class _Slot(str):
    """The name of a slot, in the place of its value."""

    __slots__ = ()


class _Parts(tuple[str, ...]):
    """A string in parts, some of which are slots."""

    __slots__ = ()

    def __new__(cls, *parts: str) -> _Parts:
        return super().__new__(cls, parts)


def _filled(part: Any, values: Mapping[str, str]) -> Any:
    if isinstance(part, _Parts):
        return "".join(values[one] if isinstance(one, _Slot) else one for one in part)
    if isinstance(part, dict):
        return {name: _filled(member, values) for name, member in part.items()}
    return [_filled(item, values) for item in part] if isinstance(part, list) else part


def _status(document: Mapping[str, Any]) -> Mapping[str, Any]:
    status = document.get("credentialStatus")
    return status if isinstance(status, dict) else {}
