"""A compiled template: fill it, read what was made with it, check it against the slow road."""

from __future__ import annotations

import hashlib
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

    __slots__ = ("_canonical", "_conditions", "_contexts", "_groups", "_json", "_make", "_pattern", "_values", "slots")

    def __init__(self, make: Make, slots: Mapping[str, SlotKind], parts: Parts, made_by: object) -> None:
        if made_by is not ONLY_THE_COMPILER:
            raise TypeError("a Template is made by credentials.templates.compiler.compile_template")
        self.slots = MappingProxyType(dict(slots))
        self._make = make
        self._values = Values(slots)
        self._contexts = parts.contexts
        self._json = form(parts.json)
        self._pattern = pattern_of(parts.json, tuple(slots.values()))
        self._groups = picker([group(number) for number in range(len(slots))])
        self._canonical = parts.canonical
        self._conditions = parts.conditions

    def fill(self, values: Mapping[str, str]) -> Filled:
        """The document of these values: what `credentials.prepared.prepare` makes of it, byte for byte.

        Raises `Unfit` for values that could change its shape or must not be signed, and KeyError if one is missing.
        """
        return self.fill_in_order(self._values.in_order(values))

    def fill_in_order(self, given: tuple[str, ...]) -> Filled:
        """The same for the values alone, in the order of `slots`. Raises ValueError if there is not one for each."""
        written = self._values.written(given)
        self._require_conditions(given)
        text, pick = self._json
        return self._filled(text % pick(written), given, written)

    def _require_conditions(self, given: tuple[str, ...]) -> None:
        for condition in self._conditions:
            why = condition(given)
            if why is not None:
                raise Unfit(why)

    def _filled(self, json: bytes, given: tuple[str, ...], written: list[bytes]) -> Filled:
        canonical = self._canonical.filled(written)
        return Filled(json, canonical, self._contexts, self.slots, given, written, ONLY_TEMPLATES)

    def read(self, body: bytes) -> Reading | None:
        """The reading of bytes that begin with a document of this template, or None for all others.

        Nothing is believed of how the values were found: the document is made anew of them and must be what was read,
        byte for byte. Takes time linear in the number of bytes.
        """
        written = self._found(body)
        given = self._values.read(written) if written is not None else None
        if written is None or given is None:
            return None
        text, pick = self._json
        json = text % pick(written)
        rest = _rest(body, json)
        if rest is None:
            return None
        try:
            self._require_conditions(given)
            return Reading(self._filled(json, given, written), rest)
        except Unfit:
            return None

    def reread(self, body: bytes, filled: Filled) -> Reading | None:
        """The reading of bytes that begin with this document, which this template made, or None for all others.

        It is `read` for who knows what the bytes should say: the values are found in the bytes and must be those that
        were filled in, and the canonical form is made anew of what was found.
        """
        rest = _rest(body, filled.json)
        written = self._found(body)
        if rest is None or written != filled.written:
            return None
        return Reading(self._filled(filled.json, filled.given, written), rest)

    def _found(self, body: bytes) -> list[bytes] | None:
        found = self._pattern.match(body)
        return None if found is None else [*self._groups(found)]

    def check(self, values: Mapping[str, str]) -> bool:
        """Whether the slow road makes of these values what `fill` makes, byte for byte, and lets it be signed.

        Also whether the digest that `fill` took, which is what is signed, is the one of these bytes.

        For the first of a batch and a random sample; where it is False, nothing that this template made may be kept.
        Raises `Unfit`.
        """
        filled = self.fill(values)
        document = self._make(values)
        try:
            json, canonical = prepare(document).json, canonicalize_slowly(document)
        except Unacceptable:
            return False
        made = (filled.json, filled.canonical, filled.sha256)
        return made == (json, canonical, hashlib.sha256(canonical).digest())


def _rest(body: bytes, json: bytes) -> bytes | None:
    """What follows the members of the document in bytes that begin with it and are one JSON object so far."""
    if not body.startswith(json[:-1]):
        return None
    rest = body[len(json) - 1 :]
    return rest if rest == b"}" or rest.startswith(b",") else None
