"""JSON that has one meaning for everybody: the only way in which untrusted text becomes values.

RFC 8259 leaves duplicate names, lone surrogates and the byte order mark to each reader, and so two readers of
one signed document may see two documents. I-JSON (RFC 7493) closes these doors; so does this parser. Bytes,
depth and the number of values are bounded before anything walks the result.

Two roads lead to the value: a quick one by orjson, for texts that are seen at once to be beyond doubt, and the one by
the standard library for all others, which also says what is wrong with a text.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, NoReturn

import orjson

from credentials.json_marks import marks_of
from credentials.problems import PARSING_ERROR, TOO_COMPLEX, Unacceptable, refuse
from credentials.sentence import sentence


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a document is read: bytes of UTF-8, levels of nesting, and values of any kind."""

    max_bytes: int = 2 * 1024 * 1024
    max_depth: int = 40
    max_values: int = 20_000
    max_number_length: int = 64


LIMITS = Limits()

# A string that never ends is taken whole as well: nothing may be looked at twice, or the time grows with the square.
_STRUCTURE = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{},]', re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")

# Numbers that the two parsers might read differently, or that the strict one might refuse: long ones, with an exponent,
# or with a sign before zero.
_UNUSUAL_NUMBER = re.compile(rb"[0-9]{16}|[0-9.][eE]|-0")
_ALIKE = bytes.maketrans(b"123456789[", b"0" * 9 + b"{")
_SIXTEEN_DIGITS = b"0" * 16
_QUICK_BYTES = 64 * 1024


def parse(data: bytes | str, limits: Limits = LIMITS) -> Any:
    """The JSON value of the text, or `Unacceptable` (PARSING_ERROR, too-complex) with a sentence.

    Refused: invalid UTF-8, a byte order mark, duplicate member names, NaN and Infinity, integers that a double
    cannot hold exactly (RFC 7493 section 2.2), lone surrogates, and everything beyond the limits.
    """
    quick = _parse_quickly(data, limits)
    return quick if quick is not _DOUBTFUL else _parse_slowly(data, limits)


_DOUBTFUL = object()


def _parse_quickly(data: bytes | str, limits: Limits) -> Any:
    """The value, or `_DOUBTFUL` for a text that is wrong, too large, or might be either.

    Only for short texts: their values cannot become many before they are counted.
    """
    if len(data) > min(_QUICK_BYTES, limits.max_bytes):
        return _DOUBTFUL
    try:
        json_ = data if isinstance(data, bytes) else data.encode()
        value = orjson.loads(json_)
    except (UnicodeEncodeError, orjson.JSONDecodeError):
        return _DOUBTFUL
    # Of two members of one name only one came to be: the value would not be written as it was, nor have so many colons.
    if orjson.dumps(value) == json_:
        return value if _is_small(json_, limits) or _members(value, limits) is not None else _DOUBTFUL
    members = _members(value, limits)
    if members is None:
        return _DOUBTFUL
    if orjson.dumps(value, option=orjson.OPT_INDENT_2) == json_:
        return value
    marks = marks_of(json_)
    return value if marks.count(b":") == members and not _UNUSUAL_NUMBER.search(marks) else _DOUBTFUL


def _is_small(json_: bytes, limits: Limits) -> bool:
    """Whether the text is seen at once to keep the limits, and to have no integer beyond a double's.

    It is no deeper than it has opening brackets, and has no more values than these, commas and one; brackets, commas
    and digits within strings only make that larger. Integers of 15 digits are below 2^53.
    """
    alike = json_.translate(_ALIKE)
    openings = alike.count(b"{")
    if openings > limits.max_depth or _SIXTEEN_DIGITS in alike:
        return False
    return len(json_) < limits.max_values or openings + json_.count(b",") < limits.max_values  # a value has a character


def _members(value: Any, limits: Limits) -> int | None:
    """How many members all objects in it have; None if it is beyond the limits or has an integer beyond a double's."""
    level, values, members = [value], 1, 0
    for _ in range(limits.max_depth):
        inner: list[Any] = []
        for holder in level:
            if holder.__class__ is dict:
                members += len(holder)
                holder = holder.values()  # noqa: PLW2901
            elif holder.__class__ is not list:
                holder = (holder,)  # noqa: PLW2901  (a text that is a single value)
            values += len(holder) or 1
            for item in holder:
                kind = item.__class__
                if kind is dict or kind is list:
                    inner.append(item)
                elif kind is int and not -(2**53) < item < 2**53:
                    return None
        if values > limits.max_values:
            return None
        if not inner:
            return members
        level = inner
    return None


def _parse_slowly(data: bytes | str, limits: Limits) -> Any:
    text = _decode(data, limits)
    _bound(text, limits)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object_without_duplicates,
            parse_constant=_refuse_constant,
            parse_int=lambda digits: _integer(digits, limits),
            parse_float=lambda digits: _number(digits, limits),
        )
    except json.JSONDecodeError as error:
        raise _not_json(f"{error.msg} at line {error.lineno}, column {error.colno}") from None
    if "\\u" in text:
        _refuse_lone_surrogates(value)
    return value


def _decode(data: bytes | str, limits: Limits) -> str:
    size = len(data)
    if size > limits.max_bytes:
        raise _too_complex(sentence("it is longer than {most} bytes", most=limits.max_bytes))
    if isinstance(data, str):
        if _SURROGATE.search(data):
            raise _not_json("it holds half of a surrogate pair")
        text = data
    else:
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise _not_json(f"it is not UTF-8 (byte {error.start})") from None
    if text.startswith("\ufeff"):
        raise _not_json("it begins with a byte order mark, which RFC 8259 forbids")
    return text


def _bound(text: str, limits: Limits) -> None:
    """Depth and number of values, counted in the text so that no oversized structure is ever built."""
    depth = 0
    values = 1
    for token in _STRUCTURE.finditer(text):
        mark = token[0]
        if mark in "[{":
            depth += 1
            values += 1
            if depth > limits.max_depth:
                raise _too_complex(sentence("it nests deeper than {most} levels", most=limits.max_depth))
        elif mark in "]}":
            depth -= 1
        elif mark == ",":
            values += 1
            if values > limits.max_values:
                raise _too_complex(sentence("it holds more than {most} values", most=limits.max_values))


def _object_without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise _not_json(f"the member “{name[:60]}” stands twice in one object")
            seen.add(name)
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise _not_json(f"{name} is not a JSON number")


def _integer(digits: str, limits: Limits) -> int:
    if len(digits) > limits.max_number_length or abs(int(digits)) >= 2**53:
        raise _not_json(f"the number {digits[:24]} cannot be held exactly by every reader (RFC 7493)")
    return int(digits)


def _number(digits: str, limits: Limits) -> float:
    value = float(digits) if len(digits) <= limits.max_number_length else float("inf")
    if value in (float("inf"), float("-inf")):
        raise _not_json(f"the number {digits[:24]} cannot be held by every reader (RFC 7493)")
    return value


def _refuse_lone_surrogates(value: Any) -> None:
    if isinstance(value, str):
        if _SURROGATE.search(value):
            raise _not_json("it holds half of a surrogate pair")
    elif isinstance(value, dict):
        for name, member in value.items():
            _refuse_lone_surrogates(name)
            _refuse_lone_surrogates(member)
    elif isinstance(value, list):
        for item in value:
            _refuse_lone_surrogates(item)


def _not_json(reason: str) -> Unacceptable:
    return refuse(
        PARSING_ERROR, "Not readable as JSON", sentence("The text cannot be read as JSON: {reason}.", reason=reason)
    )


def _too_complex(reason: str) -> Unacceptable:
    return refuse(
        TOO_COMPLEX, "Too large or too deep", sentence("The document was not read because {reason}.", reason=reason)
    )
