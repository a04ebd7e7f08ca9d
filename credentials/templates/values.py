"""The values of the slots: whether each is of its kind, and how they stand in literals, IRIs and JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from credentials.templates.fragments import picker
from credentials.templates.kinds import PATTERNS, SlotKind, exists
from credentials.templates.refusals import Unfit

_BETWEEN = "\0"
"""Stands in no value of any kind, so one expression can look at all values at once."""

_BETWEEN_WRITTEN = _BETWEEN.encode()
_IN_TURN = "\x01"
"""Nor does this."""


class Values:
    """What the slots of a template may hold."""

    __slots__ = ("_are_fit", "_instants", "_kinds", "in_order")

    def __init__(self, slots: Mapping[str, SlotKind]) -> None:
        self._kinds = dict(slots)
        self.in_order = picker([*slots])
        """The values in the order of the slots. Raises KeyError where one is missing."""
        self._are_fit = re.compile(_BETWEEN.join(PATTERNS[kind] for kind in slots.values())).fullmatch
        self._instants = [place for place, kind in enumerate(slots.values()) if kind is SlotKind.INSTANT]

    def written(self, given: tuple[str, ...]) -> list[bytes]:
        """The values as they are written. Raises `Unfit` for one not of its kind, ValueError for too few or many."""
        if len(given) != len(self._kinds):
            raise ValueError(f"a template of {len(self._kinds)} slots is filled with as many values, not {len(given)}")
        text = _BETWEEN.join(given)
        if not self._are_fit(text):
            raise Unfit(self._why(given))
        for place in self._instants:
            if not _exists(given[place]):
                raise Unfit(self._why(given))
        return escaped(text).encode().split(_BETWEEN_WRITTEN)

    def read(self, written: Sequence[bytes]) -> tuple[str, ...] | None:
        """The values that are written so; None where nothing is, or not by values of these kinds."""
        try:
            as_written = _BETWEEN_WRITTEN.join(written).decode()
        except UnicodeDecodeError:
            return None
        text = unescaped(as_written)
        if not self._are_fit(text) or escaped(text) != as_written:
            return None
        given = tuple(text.split(_BETWEEN))
        return given if all(_exists(given[place]) for place in self._instants) else None

    def _why(self, given: Sequence[str]) -> str:
        for (name, kind), value in zip(self._kinds.items(), given, strict=True):
            if not re.fullmatch(PATTERNS[kind], value) or (kind is SlotKind.INSTANT and not exists(value)):
                return f"the slot “{name}” holds what is no value of the kind {kind}"
        return "a value holds a character that separates values"


_exists = lru_cache(maxsize=1_024)(exists)
"""The awards of a batch are of a few days, so few that all are kept; an entry takes some 150 bytes."""


def escaped(text: str) -> str:
    """The text as it stands in JSON strings and in the literals of N-Quads.

    The two escape alike what is neither a control character nor U+FFFE nor U+FFFF, and no kind has those; all that is
    to be escaped is `"`, the backslash and line breaks, which stand in no IRI.
    """
    if '"' in text or "\\" in text or "\n" in text or "\r" in text:
        return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return text


def unescaped(text: str) -> str:
    """The text that `escaped` was given; for what it did not make, any text."""
    if "\\" not in text:
        return text
    text = text.replace("\\\\", _IN_TURN).replace('\\"', '"').replace("\\n", "\n").replace("\\r", "\r")
    return text.replace(_IN_TURN, "\\")
