"""Canonical JSON (RFC 8785), by the quicker of two writers wherever they cannot differ."""

from __future__ import annotations

from typing import Any

import orjson
import rfc8785


def canonical_json(value: Any) -> bytes:
    """The value as RFC 8785 writes it. Raises what `rfc8785.dumps` raises for what JSON cannot hold.

    orjson does it in a tenth of the time wherever the two cannot differ (`of_plain`); all else goes to rfc8785.
    """
    return of_plain(value) if _is_plain(value) else rfc8785.dumps(value)


def of_plain(value: Any) -> bytes:
    """`canonical_json` of what is plain by its making: texts, whole numbers below 2⁵³, true, false, null, and arrays
    and objects of these whose names are ASCII.

    In text both writers escape the same characters in the same way; ASCII names sort alike by bytes and by UTF-16;
    such numbers are written alike. Of half a surrogate pair rfc8785 says in its own words that it has no UTF-8.
    """
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        return rfc8785.dumps(value)


def _is_plain(value: Any) -> bool:
    kind = value.__class__
    if kind is dict:
        return all(name.__class__ is str and name.isascii() and _is_plain(member) for name, member in value.items())
    if kind is list:
        return all(map(_is_plain, value))
    return kind is str or kind is bool or value is None or (kind is int and -(2**53) < value < 2**53)
