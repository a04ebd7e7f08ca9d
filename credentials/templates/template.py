"""A compiled template: fill it, read what was made with it, check it against the slow road."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

from credentials.canonical import canonicalize_slowly
from credentials.prepared import prepare
from credentials.problems import Unacceptable
from credentials.templates.canonical_form import CanonicalForm
from credentials.templates.filled import ONLY_TEMPLATES, Filled
from credentials.templates.fragments import Fragments, form, picker
from credentials.templates.kinds import SlotKind
from credentials.templates.places import Condition
from credentials.templates.reading import group, pattern_of
from credentials.templates.refusals import Unfit
from credentials.templates.values import Values

Make = Callable[[Mapping[str, str]], Mapping[str, Any]]
"""Makes the document, without a proof, of any values of the slots; everything else in it is always the same."""


ONLY_THE_COMPILER = object()
"""What `compile_template` shows to make one."""


class Reading(NamedTuple):
    """What bytes of a template say: the document, made anew of the values in them, and what follows its members.

    They are `filled.json` without its last brace, followed by `rest`: that brace, or a comma and further members.
    """

    filled: Filled
    rest: bytes


@dataclass(frozen=True, slots=True)
class Parts:
    """What a template is made of: contexts, JSON and canonical form of the document, and what values must keep to."""

    contexts: tuple[str, ...]
    json: Fragments
    canonical: CanonicalForm
    conditions: tuple[Condition, ...]


class Template:
    """Documents of one shape. Made by `compiler.compile_template` and no one else; safe to share between threads."""

    __slots__ = ("_canonical", "_conditions", "_contexts", "_found", "_json", "_make", "_pattern", "_values", "slots")

    def __init__(self, make: Make, slots: Mapping[str, SlotKind], parts: Parts, made_by: object) -> None:
        if made_by is not ONLY_THE_COMPILER:
            raise TypeError("a Template is made by credentials.templates.compiler.compile_template")
        self.slots = MappingProxyType(dict(slots))
        self._make = make
        self._values = Values(slots)
        self._contexts = parts.contexts
        self._json = form(parts.json)
        self._pattern = pattern_of(parts.json, tuple(slots.values()))
        self._found = picker([group(number) for number in range(len(slots))])
        self._canonical = parts.canonical
        self._conditions = parts.conditions

    def fill(self, values: Mapping[str, str]) -> Filled:
        """The document of these values: what `credentials.prepared.prepare` makes of it, byte for byte.

        Raises `Unfit` for values that could change its shape or must not be signed, and KeyError if one is missing.
        """
        return self._fill(self._values.in_order(values))

    def _fill(self, given: tuple[str, ...]) -> Filled:
        written = self._values.written(given)
        for condition in self._conditions:
            why = condition(given)
            if why is not None:
                raise Unfit(why)
        text, pick = self._json
        return Filled(
            text % pick(written), self._canonical.filled(written), self._contexts, self.slots, given, ONLY_TEMPLATES
        )

    def read(self, body: bytes) -> Reading | None:
        """The reading of bytes that begin with a document of this template, or None for all others.

        Nothing is believed of how the values were found: the document is made anew of them and must be what was read,
        byte for byte. Takes time linear in the number of bytes.
        """
        found = self._pattern.match(body)
        if found is None:
            return None
        given = self._values.read(self._found(found))
        if given is None:
            return None
        try:
            filled = self._fill(given)
        except Unfit:
            return None
        rest = body[len(filled.json) - 1 :]
        if not body.startswith(filled.json[:-1]) or (rest != b"}" and rest[:1] != b","):
            return None
        return Reading(filled, rest)

    def check(self, values: Mapping[str, str]) -> bool:
        """Whether the slow road makes of these values what `fill` makes, byte for byte, and lets it be signed.

        For the first of a batch and a random sample; where it is False, nothing that this template made may be kept.
        Raises `Unfit`.
        """
        filled = self.fill(values)
        document = self._make(values)
        try:
            json, canonical = prepare(document).json, canonicalize_slowly(document)
        except Unacceptable:
            return False
        return (filled.json, filled.canonical) == (json, canonical)
