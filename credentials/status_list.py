"""Bitstring Status List 1.0: the list, the entry that points into it, and how one is read from the other."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from credentials.contexts import CREDENTIALS_V2
from credentials.instants import format_instant
from credentials.problems import (
    MALFORMED_VALUE_ERROR,
    RANGE_ERROR,
    STATUS_LIST_LENGTH_ERROR,
    STATUS_VERIFICATION_ERROR,
    Unacceptable,
    refuse,
)
from keys import base64url

REVOCATION = "revocation"
SUSPENSION = "suspension"
ENTRY_TYPE = "BitstringStatusListEntry"
LIST_TYPE = "BitstringStatusListCredential"

MINIMUM_LENGTH = 131_072
"""Entries a list must have at least, so that nobody can be told apart in it (section 2.2 and 6.1)."""

MAX_INFLATED_BYTES = 8 * 1024 * 1024
"""How much a foreign list may inflate to: 67 million entries of one bit."""

_MAX_MEMBERS = 16
_INDEX = re.compile(r"0|[1-9][0-9]{0,14}")


@dataclass(frozen=True, slots=True)
class Bitstring:
    """A fixed number of bits; index 0 is the leftmost bit of the first byte (section 3.2)."""

    data: bytes

    @classmethod
    def of_length(cls, length: int) -> Bitstring:
        """All bits zero. Raises ValueError if the length is below `MINIMUM_LENGTH` or no multiple of 8."""
        if length < MINIMUM_LENGTH or length % 8:
            raise ValueError(f"a status list has at least {MINIMUM_LENGTH} entries, in multiples of 8")
        return cls(bytes(length // 8))

    def __len__(self) -> int:
        return len(self.data) * 8

    def get(self, index: int) -> bool:
        """The bit at the index. Raises IndexError outside the list."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        return bool(self.data[index >> 3] & (0x80 >> (index & 7)))

    def with_bits(self, changes: Mapping[int, bool]) -> Bitstring:
        """A copy with these bits changed. Raises IndexError outside the list."""
        data = bytearray(self.data)
        for index, value in changes.items():
            if not 0 <= index < len(self):
                raise IndexError(index)
            mask = 0x80 >> (index & 7)
            data[index >> 3] = data[index >> 3] | mask if value else data[index >> 3] & ~mask
        return Bitstring(bytes(data))

    def differences(self, other: Bitstring) -> frozenset[int]:
        """The indexes at which two lists of one length differ. Raises ValueError for other lengths."""
        if len(self) != len(other):
            raise ValueError("lists of different lengths")
        return frozenset(
            position * 8 + bit
            for position, (one, two) in enumerate(zip(self.data, other.data, strict=True))
            if one != two
            for bit in range(8)
            if (one ^ two) & (0x80 >> bit)
        )

    def encode(self) -> str:
        """`encodedList`: GZIP, then base64url as multibase (section 3.3). Equal lists give equal text."""
        return "u" + base64url.encode(gzip.compress(self.data, mtime=0))

    @classmethod
    def decode(cls, encoded: str, *, max_bytes: int = MAX_INFLATED_BYTES) -> Bitstring:
        """The list behind an `encodedList` (section 3.4), inflating no more than `max_bytes`.

        Raises `Unacceptable`: STATUS_VERIFICATION_ERROR if it cannot be read, STATUS_LIST_LENGTH_ERROR if it has
        fewer entries than the standard demands.
        """
        if not encoded.startswith("u"):
            raise _unreadable("it is not multibase with base64url (u…)")
        try:
            data = _inflate(base64url.decode(encoded[1:]), max_bytes)
        except (ValueError, zlib.error) as error:
            raise _unreadable(str(error)) from None
        if len(data) * 8 < MINIMUM_LENGTH:
            raise refuse(
                STATUS_LIST_LENGTH_ERROR,
                "Status list is too short",
                f"The status list has {len(data) * 8:,} entries; the standard demands {MINIMUM_LENGTH:,}.",
            )
        return cls(data)


def status_list_credential(
    *,
    url: str,
    issuer: str,
    purpose: str,
    bits: Bitstring,
    valid_from: datetime,
    valid_until: datetime,
    ttl: timedelta,
) -> dict[str, Any]:
    """The unsigned credential that carries a list (section 2.2); `issuer` is a plain string, as suites demand."""
    return {
        "@context": [CREDENTIALS_V2],
        "id": url,
        "type": ["VerifiableCredential", LIST_TYPE],
        "issuer": issuer,
        "validFrom": format_instant(valid_from),
        "validUntil": format_instant(valid_until),
        "credentialSubject": {
            "id": f"{url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose,
            "encodedList": bits.encode(),
            "ttl": int(ttl.total_seconds() * 1000),
        },
    }


def status_entry(*, list_url: str, index: int, purpose: str) -> dict[str, str]:
    """The `credentialStatus` object of a credential whose status is the given bit of the list (section 2.1)."""
    return {
        "id": f"{list_url}#{index}",
        "type": ENTRY_TYPE,
        "statusPurpose": purpose,
        "statusListIndex": str(index),
        "statusListCredential": list_url,
    }


def entry_of(status: Mapping[str, Any]) -> tuple[str, str, int]:
    """Purpose, list URL and index of a `BitstringStatusListEntry`. Raises `Unacceptable` for a malformed one."""
    purpose, url, index = (status.get(name) for name in ("statusPurpose", "statusListCredential", "statusListIndex"))
    if not isinstance(purpose, str) or not isinstance(url, str):
        raise _malformed("The status entry does not name its purpose and its list.")
    if not isinstance(index, str) or not _INDEX.fullmatch(index):
        raise _malformed("The status entry's statusListIndex is not a whole number written as a string.")
    if status.get("statusSize", 1) != 1:
        raise _malformed("The status entry has values of several bits, which this software does not read.")
    return purpose, url, int(index)


def read_status(list_credential: Mapping[str, Any], entry: Mapping[str, Any]) -> bool:
    """Whether the entry's bit is set in the list (section 3.2, steps 6 to 15). The list's proof is not looked at.

    Raises `Unacceptable`: STATUS_VERIFICATION_ERROR if the list is another one, has another purpose or cannot be
    read, STATUS_LIST_LENGTH_ERROR if it is too short, RANGE_ERROR if the index lies outside it.
    """
    purpose, url, index = entry_of(entry)
    subject = list_credential.get("credentialSubject")
    types = list_credential.get("type")
    if not isinstance(subject, dict) or not isinstance(types, list) or LIST_TYPE not in types:
        raise _unreadable(f"it is not a {LIST_TYPE}")
    if list_credential.get("id", url) != url:
        raise _unreadable("it carries the id of another list")
    purposes = subject.get("statusPurpose")
    if purpose not in (purposes if isinstance(purposes, list) else [purposes]):
        raise _unreadable(f"it is a list for {str(purposes)[:60]}, but {purpose[:60]} was asked for")
    encoded = subject.get("encodedList")
    if not isinstance(encoded, str):
        raise _unreadable("it has no encodedList")
    bits = Bitstring.decode(encoded)
    if index >= len(bits):
        raise refuse(
            RANGE_ERROR,
            "Status index is outside the list",
            f"The credential's status is number {index:,} of a list of {len(bits):,} entries.",
        )
    return bits.get(index)


def time_to_live(list_credential: Mapping[str, Any]) -> timedelta | None:
    """How long a fetched list may be used before it is fetched again (`ttl`, milliseconds), if it says so."""
    subject = list_credential.get("credentialSubject")
    ttl = subject.get("ttl") if isinstance(subject, dict) else None
    if isinstance(ttl, bool) or not isinstance(ttl, int | float) or not 0 <= ttl <= 10**12:
        return None
    return timedelta(milliseconds=ttl)


def _inflate(data: bytes, max_bytes: int) -> bytes:
    """GZIP members, one or several, bounded while they are inflated."""
    inflated = bytearray()
    for _ in range(_MAX_MEMBERS):
        stream = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        inflated += stream.decompress(data, max_bytes + 1 - len(inflated))
        if len(inflated) > max_bytes or stream.unconsumed_tail:
            raise ValueError(f"it inflates to more than {max_bytes:,} bytes")
        if not stream.eof:
            raise ValueError("its compressed data is cut off")
        data = stream.unused_data
        if not data:
            return bytes(inflated)
    raise ValueError(f"it is compressed in more than {_MAX_MEMBERS} pieces")


def _unreadable(reason: str) -> Unacceptable:
    return refuse(STATUS_VERIFICATION_ERROR, "Status list is not usable", f"The status list cannot be used: {reason}.")


def _malformed(detail: str) -> Unacceptable:
    return refuse(MALFORMED_VALUE_ERROR, "Status entry is malformed", detail, "/credentialStatus")
