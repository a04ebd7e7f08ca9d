"""The bits of a status list, and how they are read from what anybody encoded (Bitstring Status List 1.0, section 3)."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from credentials.encoded_list import EncodedList, changed
from credentials.problems import (
    MALFORMED_VALUE_ERROR,
    STATUS_LIST_LENGTH_ERROR,
    STATUS_VERIFICATION_ERROR,
    Unacceptable,
    refuse,
)
from credentials.sentence import sentence, sentence_of
from keys import base64url

MINIMUM_LENGTH = 131_072
"""Entries a list must have at least, so that nobody can be told apart in it (sections 2.2 and 6.1)."""

MAXIMUM_LENGTH = 10_000_000
"""Entries of the longest list that is made here: even full of random bits it stays below the 2 MiB that we read."""

MAX_INFLATED_BYTES = 8 * 1024 * 1024
"""How much a foreign list may inflate to: 67 million entries of one bit."""

MAX_ENCODED_CHARACTERS = 2 * 1024 * 1024
"""How long the text of a foreign list may be; looked at before any of it is decoded."""

_MAX_MEMBERS = 16
_URL_SAFE = str.maketrans("+/", "-_")
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

    def value(self, index: int, size: int) -> int:
        """The `size` bits from `index * size` on, the leftmost being the highest. Raises IndexError outside the list.

        The standard places a value and says nothing of the order of the bits in it; leftmost first is how it counts.
        """
        first, end = index * size, (index + 1) * size
        if index < 0 or end > len(self):
            raise IndexError(index)
        return int.from_bytes(self.data[first >> 3 : (end + 7) >> 3]) >> (-end % 8) & ((1 << size) - 1)

    def with_bits(self, changes: Mapping[int, bool]) -> Bitstring:
        """A copy with these bits changed. Raises IndexError outside the list."""
        return Bitstring(changed(self.data, changes))

    def with_values(self, changes: Mapping[int, int], size: int) -> Bitstring:
        """A copy with these values of `size` bits changed, by index; what `value` reads.

        Raises IndexError outside the list, ValueError for a value that does not fit.
        """
        if any(not 0 <= value < 1 << size for value in changes.values()):
            raise ValueError(f"a status of {size} bits is from 0 to {(1 << size) - 1}")
        return self.with_bits(bits_of(changes, size))

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
    def decode(cls, encoded: str, *, multibase: bool = True, max_bytes: int = MAX_INFLATED_BYTES) -> Bitstring:
        """The list behind an `encodedList` of anybody's making (section 3.4), inflating no more than `max_bytes`.

        multibase: it must begin with `u`; else it may, and may be written in any base64 (StatusList2021).

        Raises `Unacceptable`: MALFORMED_VALUE_ERROR for what is no encoded list, STATUS_VERIFICATION_ERROR if it is
        larger than what is read, STATUS_LIST_LENGTH_ERROR if it has fewer bits than the standard demands.
        """
        if len(encoded) > MAX_ENCODED_CHARACTERS:
            raise unreadable(
                sentence("its text is longer than {most} characters", most=MAX_ENCODED_CHARACTERS),
            )
        if multibase and not encoded.startswith("u"):
            raise malformed(sentence("it is not multibase with base64url (u…)"))
        text = encoded[1:] if encoded.startswith("u") else encoded
        try:
            data = _inflate(base64url.decode(text if multibase else text.translate(_URL_SAFE).rstrip("=")), max_bytes)
        except (ValueError, zlib.error) as error:
            raise malformed(sentence_of(error)) from None
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


def bits_of(values: Mapping[int, int], size: int) -> dict[int, bool]:
    """The bits that write these values of `size` bits, by index: the leftmost is the highest."""
    if size == 1:
        return {index: bool(value) for index, value in values.items()}
    return {
        index * size + place: bool(value >> (size - 1 - place) & 1)
        for index, value in values.items()
        for place in range(size)
    }


def unreadable(reason: str) -> Unacceptable:
    """The refusal of a list that is none."""
    return refuse(
        STATUS_VERIFICATION_ERROR,
        "Status list is not usable",
        sentence("The status list cannot be used: {reason}.", reason=reason),
    )


def malformed(reason: str) -> Unacceptable:
    """The refusal of a list that is not written as one must be."""
    return refuse(
        MALFORMED_VALUE_ERROR,
        "Status list is malformed",
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
    raise unreadable(sentence("it is compressed in more than {max_members} pieces", max_members=_MAX_MEMBERS))


def _too_large(max_bytes: int) -> Unacceptable:
    return unreadable(sentence("it inflates to more than {max_bytes} bytes", max_bytes=max_bytes))
