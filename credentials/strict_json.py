"""JSON that has one meaning for everybody: the only way in which untrusted text becomes values.

RFC 8259 leaves duplicate names, lone surrogates and the byte order mark to each reader, and so two readers of
one signed document may see two documents. I-JSON (RFC 7493) closes these doors; so does this parser. Bytes,
depth and the number of values are bounded before anything walks the result.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, NoReturn

from credentials.problems import PARSING_ERROR, TOO_COMPLEX, Unacceptable, refuse


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


def parse(data: bytes | str, limits: Limits = LIMITS) -> Any:
    """The JSON value of the text, or `Unacceptable` (PARSING_ERROR, too-complex) with a sentence.

    Refused: invalid UTF-8, a byte order mark, duplicate member names, NaN and Infinity, integers that a double
    cannot hold exactly (RFC 7493 section 2.2), lone surrogates, and everything beyond the limits.
    """
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
        raise _too_complex(f"it is longer than {limits.max_bytes:,} bytes")
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
                raise _too_complex(f"it nests deeper than {limits.max_depth} levels")
        elif mark in "]}":
            depth -= 1
        elif mark == ",":
            values += 1
            if values > limits.max_values:
                raise _too_complex(f"it holds more than {limits.max_values:,} values")


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
    return refuse(PARSING_ERROR, "Not readable as JSON", f"The text cannot be read as JSON: {reason}.")


def _too_complex(reason: str) -> Unacceptable:
    return refuse(TOO_COMPLEX, "Too large or too deep", f"The document was not read because {reason}.")
