"""CBOR (RFC 8949) as signed things are read: one meaning, bounded, and nothing behind it."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import cbor2

_MAX_DEPTH = 16


def parse(data: bytes, *, max_bytes: int) -> Any:
    """The value, whose arrays may be tuples and whose maps may be unchangeable. Raises ValueError for anything else.

    Refused are more bytes than `max_bytes`, names that occur twice, lengths that are not told before, more than 16
    levels, and bytes behind the value.
    """
    if len(data) > max_bytes:
        raise ValueError(f"it has more than {max_bytes:,} bytes")
    stream = BytesIO(data)
    try:
        decoder = cbor2.CBORDecoder(stream, max_depth=_MAX_DEPTH, allow_indefinite=False, allow_duplicate_keys=False)
        value = decoder.decode()
    except Exception as error:
        raise ValueError("it is no CBOR that is accepted") from error
    if stream.read(1):
        raise ValueError("there is something behind it")
    return value
