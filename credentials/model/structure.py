"""Whether a document has the structure of its class, answered yes without pydantic, or not answered.

pydantic and the model's classes take longer to import than all the rest of a verification, and nearly every document
conforms. `structure.json` is written from the classes (`python -m credentials.model.write_structure`; a test compares),
and what it says yes to, pydantic does too. Whatever it is not sure of is left to pydantic, which says what is wrong.
"""

from __future__ import annotations

import json
import marshal
import math
import re
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from credentials.instants import parse_instant
from credentials.memory import Memory
from credentials.model import vocabularies

FILE = Path(__file__).with_name("structure.json")

Test = Callable[[Any], bool]
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def has_structure(class_name: str, document: Any) -> bool:
    """True if an object of the class can be made of the document; False if that is not sure."""
    try:
        return _test(["class", class_name])(document)
    except RecursionError:
        return False


@cache
def _classes() -> dict[str, Any]:
    return json.loads(FILE.read_bytes())  # type: ignore[no-any-return]


def _test(structure: Any) -> Test:
    """The test for a structure: its kind, and what belongs to the kind."""
    return _KINDS[structure[0]](*structure[1:])


def _text(pattern: str | None, least: int) -> Test:
    def plain(value: Any) -> bool:
        return value.__class__ is str and len(value) >= least and (value.isascii() or _has_characters_only(value))

    if pattern is None:
        return plain
    matches = re.compile(pattern.removeprefix("^").removesuffix("$")).fullmatch
    return lambda value: plain(value) and matches(value) is not None


def _has_characters_only(text: str) -> bool:
    """Whether no half of a surrogate pair is in it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _truth() -> Test:
    return lambda value: value.__class__ is bool


def _number() -> Test:
    return lambda value: value.__class__ is int or (value.__class__ is float and math.isfinite(value))


def _instant() -> Test:
    return lambda value: value.__class__ is str and _succeeds(parse_instant, value)


def _date() -> Test:
    return lambda value: (
        value.__class__ is str and _DATE.fullmatch(value) is not None and _succeeds(date.fromisoformat, value)
    )


def _succeeds(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True


def _term(name: str, open_: bool) -> Test:
    vocabulary: frozenset[str] = getattr(vocabularies, name)
    if open_:
        return lambda value: value.__class__ is str and value.isascii() and vocabularies.is_term(value, vocabulary)
    return lambda value: value.__class__ is str and value in vocabulary


def _is(name: str) -> Test:
    return lambda value: value.__class__ is str and value == name


def _including(names: list[str], structure: Any) -> Test:
    inner, wanted = _test(structure), frozenset(names)
    return lambda value: inner(value) and (value in wanted if value.__class__ is str else not wanted.isdisjoint(value))


def _many(structure: Any, least: int) -> Test:
    inner = _test(structure)
    return lambda value: value.__class__ is list and len(value) >= least and all(map(inner, value))


def _one_or_many(one: Any, many: Any) -> Test:
    if_one, if_many = _test(one), _test(many)
    return lambda value: (if_many if value.__class__ is list else if_one)(value)


def _text_or_object(text: Any, object_: Any) -> Test:
    if_text, if_object = _test(text), _test(object_)
    return lambda value: (if_text if value.__class__ is str else if_object)(value)


def _object() -> Test:
    return lambda value: value.__class__ is dict and all(name.__class__ is str for name in value)


@cache
def _class(name: str) -> Test:
    """An object of a class; classes that hold each other are looked up when an object of them comes."""
    written = _classes()[name]
    required, closed, properties = frozenset(written["required"]), written["closed"], written["properties"]
    shadowed = frozenset(written["shadowed"])
    tests: dict[str, Test] = {}

    def test(value: Any) -> bool:
        if value.__class__ is not dict or not required <= value.keys() or not shadowed.isdisjoint(value):
            return False
        for property_, member in value.items():
            known = tests.get(property_)
            if known is None:
                if property_ not in properties:
                    if closed or property_.__class__ is not str:
                        return False
                    continue
                known = tests[property_] = _test(properties[property_])
            if not known(member):
                return False
        return True

    return _asked_once(name, test) if name in _RECURRING else test


# The same issuer and the same achievement stand in thousands of badges. Two generations of 2,000 achievements of 2 kB.
_RECURRING = frozenset({"Achievement", "Profile"})
_fitting: Memory[tuple[str, bytes], bool] = Memory(most=8_192, heavy=8 * 1024 * 1024)


def _asked_once(name: str, test: Test) -> Test:
    """The test with a memory of what passed it."""

    def remembering(value: Any) -> bool:
        try:
            key = name, marshal.dumps(value, 0)  # two values of one key are of the same types and equal
        except ValueError:  # of other types than JSON's, or too deep
            return test(value)
        if _fitting.get(key):
            return True
        fits = test(value)
        if fits:
            _fitting.keep(key, True, weight=len(key[1]))
        return fits

    return remembering


_KINDS: dict[str, Callable[..., Test]] = {
    "text": _text,
    "truth": _truth,
    "number": _number,
    "instant": _instant,
    "date": _date,
    "term": _term,
    "is": _is,
    "including": _including,
    "many": _many,
    "one or many": _one_or_many,
    "text or object": _text_or_object,
    "object": _object,
    "class": _class,
}
