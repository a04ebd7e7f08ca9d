"""The bits of a status list, and how they are read from what anybody encoded (Bitstring Status List 1.0, section 3)."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from credentials.encoded_list import EncodedList, changed
from credentials.problems import STATUS_LIST_LENGTH_ERROR, STATUS_VERIFICATION_ERROR, Unacceptable, refuse
from credentials.sentence import sentence
from keys import base64url

MINIMUM_LENGTH = 131_072
"""Entries a list must have at least, so that nobody can be told apart in it (sections 2.2 and 6.1)."""

MAXIMUM_LENGTH = 10_000_000
"""Entries of the longest list that is made here: even full of random bits it stays below the 2 MiB that we read."""

MAX_INFLATED_BYTES = 8 * 1024 * 1024
"""How much a foreign list may inflate to: 67 million entries of one bit."""

_MAX_MEMBERS = 16
_COMPARED_AT_ONCE = 256


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
        return Bitstring(changed(self.data, changes))

    def differences(self, other: Bitstring) -> frozenset[int]:
        """The indexes at which two lists of one length differ. Raises ValueError for other lengths."""
        if len(self) != len(other):
            raise ValueError("lists of different lengths")
        found: set[int] = set()
        for start in range(0, len(self.data), _COMPARED_AT_ONCE):
            ours, theirs = (one.data[start : start + _COMPARED_AT_ONCE] for one in (self, other))
            if ours != theirs:
                found |= _differences(ours, theirs, start * 8)
        return frozenset(found)

    def encode(self) -> str:
        """`encodedList`, as `EncodedList` makes it. Equal lists give equal text."""
        return EncodedList.of(self.data).text

    @classmethod
    def decode(cls, encoded: str, *, max_bytes: int = MAX_INFLATED_BYTES) -> Bitstring:
        """The list behind an `encodedList` of anybody's making (section 3.4), inflating no more than `max_bytes`.

        Raises `Unacceptable`: STATUS_VERIFICATION_ERROR if it cannot be read, STATUS_LIST_LENGTH_ERROR if it has
        fewer entries than the standard demands.
        """
        if not encoded.startswith("u"):
            raise unreadable("it is not multibase with base64url (u…)")
        try:
            data = _inflate(base64url.decode(encoded[1:]), max_bytes)
        except (ValueError, zlib.error) as error:
            raise unreadable(str(error)) from None
        if len(data) * 8 < MINIMUM_LENGTH:
            raise refuse(
                STATUS_LIST_LENGTH_ERROR,
                "Status list is too short",
                sentence(
                    "The status list has {number} entries; the standard demands {minimum_length}.",
                    number=len(data) * 8,
                    minimum_length=MINIMUM_LENGTH,
                ),
            )
        return cls(data)


def unreadable(reason: str) -> Unacceptable:
    """The refusal of a list that is none."""
    return refuse(
        STATUS_VERIFICATION_ERROR,
        "Status list is not usable",
        sentence("The status list cannot be used: {reason}.", reason=reason),
    )


def _differences(ours: bytes, theirs: bytes, first: int) -> set[int]:
    return {
        first + position * 8 + bit
        for position, (one, two) in enumerate(zip(ours, theirs, strict=True))
        if one != two
        for bit in range(8)
        if (one ^ two) & (0x80 >> bit)
    }


def _inflate(data: bytes, max_bytes: int) -> bytes:
    """GZIP members, one or several: refused by the size that they state, and bounded while they are inflated."""
    if int.from_bytes(data[-4:], "little") > max_bytes:
        raise _too_large(max_bytes)
    inflated = bytearray()
    for _ in range(_MAX_MEMBERS):
        stream = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        inflated += stream.decompress(data, max_bytes + 1 - len(inflated))
        if len(inflated) > max_bytes or stream.unconsumed_tail:
            raise _too_large(max_bytes)
        if not stream.eof:
            raise ValueError(sentence("its compressed data is cut off"))
        data = stream.unused_data
        if not data:
            return bytes(inflated)
    raise ValueError(sentence("it is compressed in more than {max_members} pieces", max_members=_MAX_MEMBERS))


def _too_large(max_bytes: int) -> ValueError:
    return ValueError(sentence("it inflates to more than {max_bytes} bytes", max_bytes=max_bytes))
