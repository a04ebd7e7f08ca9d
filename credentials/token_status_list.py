"""Token Status List of the IETF: many statuses of one or more bits, compressed within a token (`statuslist+jwt`).

The first token's status is in the lowest bits of the first byte, unlike in a Bitstring Status List, whose first is in
the highest.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

from credentials.problems import PARSING_ERROR, RANGE_ERROR, Unacceptable, refuse
from credentials.sentence import sentence
from keys import base64url

TYPE = "statuslist+jwt"
VALID, INVALID, SUSPENDED = 0, 1, 2
"""What the standard gives a meaning to; every other status is the issuer's own."""

MAX_BYTES = 16 * 1024 * 1024
"""Of a list when it is inflated: 134 million statuses of one bit."""

_BITS = (1, 2, 4, 8)


def status_at(index: int, status_list: Mapping[str, Any]) -> int:
    """The status at an index of the claim `status_list`.

    Raises `Unacceptable`: PARSING_ERROR for a list that cannot be read, or that inflates to more than `MAX_BYTES`;
    RANGE_ERROR for an index beyond its end.
    """
    bits, packed = status_list.get("bits"), status_list.get("lst")
    if isinstance(bits, bool) or not isinstance(bits, int) or bits not in _BITS or not isinstance(packed, str):
        raise _unreadable()
    at = index * bits // 8
    statuses = _inflated(packed, at)
    if at >= len(statuses):
        detail = sentence("The list has no place number {index}.", index=index)
        raise refuse(RANGE_ERROR, "Beyond the end", detail)
    return (statuses[at] >> (index * bits % 8)) & ((1 << bits) - 1)


def _inflated(packed: str, at: int) -> bytes:
    """The list to its end, as far as it is needed; a stream that is damaged before that is refused."""
    most = min(at + 1, MAX_BYTES)
    try:
        return zlib.decompressobj().decompress(base64url.decode(packed), most)
    except (ValueError, zlib.error):
        raise _unreadable() from None


def _unreadable() -> Unacceptable:
    return refuse(PARSING_ERROR, "Not a status list", sentence("The list of statuses in the token cannot be read."))
