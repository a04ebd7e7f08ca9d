"""`encodedList` in blocks: to change a bit of ten million costs one block of 4 KiB (Bitstring Status List 1.0, 3.3).

The value is multibase, base64url, of one plain GZIP member (RFC 1952), which any reader inflates as a whole. Within it
each 4 KiB of the bits are compressed on their own, so that nothing in one block depends on another, and the text of a
block is of whole base64 quadruples, so that it can be cut out and put in as text:

    header │ empty block │ block 0, END │ block 1, END │ … │ block n, END │ last (empty) block, CRC-32, length
      10        5 bytes     each a multiple of 3 bytes                              2 + 8 bytes

`END` is two empty stored blocks (RFC 1951, section 3.2.4), or three or four where the length needs it: nine bytes that
compressed data does not hold but by a strange chance. Who splits the text at `END` and finds as many blocks as the list
must have has found the right ones; if there are more, or if somebody else encoded the list, it is encoded anew.

Runs of one byte are all that is to be gained in bits that are set at random: zlib's strategy for these (Z_RLE) is eight
times as quick as its default and makes smaller blocks (4 KiB with 2 % of the bits set: 42 µs and 831 bytes, against
344 µs and 891 bytes; isal: 23 µs, 1,010 bytes). Blocks of 16 KiB are 4 % smaller in sum and cost four times as much.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from keys import base64url

BLOCK_BYTES = 4_096
_BLOCK_BITS = BLOCK_BYTES * 8

_WINDOW_BITS, _MEMORY_LEVEL = 12, 7  # as much as a block needs: a fifth of the time goes into clearing more

_EMPTY = b"\x00\x00\x00\xff\xff"
_LAST = b"\x03\x00"
_HEADER = base64url.encode(b"\x1f\x8b\x08\x00" + bytes(4) + b"\x00\xff" + _EMPTY)
_END = base64url.encode(_EMPTY[1:] + _EMPTY)
_TRAILER_CHARACTERS = len(base64url.encode(_LAST + bytes(8)))

_POLYNOMIAL = 0xEDB88320
_ONES = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class EncodedList:
    """A list of `size` bytes as it is published: the base64url text of each block without its `END`, and the CRC-32.

    Two lists are equal exactly if their bits are, as long as one version of zlib made them.
    """

    blocks: tuple[str, ...]
    size: int
    crc: int

    @classmethod
    def of(cls, data: bytes) -> EncodedList:
        """The whole list, encoded."""
        parts = (data[start : start + BLOCK_BYTES] for start in range(0, len(data), BLOCK_BYTES))
        return cls(tuple(_compressed(part) for part in parts), len(data), zlib.crc32(data))

    @classmethod
    def split(cls, text: str) -> EncodedList | None:
        """The blocks of an `encodedList`, not inflated; None if `of` did not make it or they cannot be told apart.

        For what is our own and believed: a list of strangers is read by `Bitstring.decode`.
        """
        beginning = 1 + len(_HEADER)
        if not text.startswith("u" + _HEADER) or not text.isascii():
            return None
        *blocks, trailer = text[beginning:].split(_END)
        if len(trailer) != _TRAILER_CHARACTERS or any(length % 4 for length in {*map(len, blocks)}):
            return None
        try:
            end = base64url.decode(trailer)
        except ValueError:
            return None
        size = int.from_bytes(end[6:], "little")
        if not end.startswith(_LAST) or len(blocks) != -(-size // BLOCK_BYTES):
            return None
        return cls(tuple(blocks), size, int.from_bytes(end[2:6], "little"))

    @property
    def text(self) -> str:
        """The value of `encodedList`."""
        end = _LAST + self.crc.to_bytes(4, "little") + self.size.to_bytes(4, "little")
        return f"u{_HEADER}{_END.join((*self.blocks, ''))}{base64url.encode(end)}"

    def __len__(self) -> int:
        return self.size * 8

    def with_bits(self, changes: Mapping[int, bool]) -> Edited:
        """The list with these bits changed; only their blocks are compressed anew.

        Raises IndexError for an index outside the list, ValueError if one of the blocks is none.
        """
        blocks, crc = [*self.blocks], self.crc
        touched: dict[int, bytes] = {}
        for number, within in self._by_block(changes).items():
            before = self.block(number)
            touched[number] = after = changed(before, within)
            if after != before:
                crc ^= _effect(before, after, self.size - number * BLOCK_BYTES - len(before))
                blocks[number] = _compressed(after)
        return Edited(EncodedList(tuple(blocks), self.size, crc), touched)

    def _by_block(self, changes: Mapping[int, bool]) -> dict[int, dict[int, bool]]:
        found: dict[int, dict[int, bool]] = {}
        for index, bit in changes.items():
            if not 0 <= index < len(self):
                raise IndexError(index)
            number, within = divmod(index, _BLOCK_BITS)
            found.setdefault(number, {})[within] = bit
        return found

    def block(self, number: int) -> bytes:
        """The bytes of a block. Raises ValueError if it does not inflate to as many as it holds."""
        wanted = min(BLOCK_BYTES, self.size - number * BLOCK_BYTES)
        stream = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
        try:
            data = stream.decompress(base64.urlsafe_b64decode(self.blocks[number] + _END), wanted + 1)
        except (ValueError, zlib.error) as error:
            raise ValueError(f"block {number} cannot be inflated: {error}") from None
        if len(data) != wanted or stream.unconsumed_tail or stream.eof:
            raise ValueError(f"block {number} does not hold {wanted} bytes")
        return data


@dataclass(frozen=True, slots=True)
class Edited:
    """A changed list, and what the blocks of the changed indexes must inflate to, by their numbers."""

    list: EncodedList
    touched: Mapping[int, bytes]

    def inflates_as_meant(self) -> bool:
        """Whether what was compressed for it inflates to what was meant.

        All other blocks are the very text that they were before.
        """
        return all(self.list.block(one) == data for one, data in self.touched.items())


def changed(data: bytes, changes: Mapping[int, bool]) -> bytes:
    """The bytes with these bits changed, counted from the leftmost. Raises IndexError outside of them."""
    made = bytearray(data)
    for index, value in changes.items():
        if not 0 <= index < len(made) * 8:
            raise IndexError(index)
        mask = 0x80 >> (index & 7)
        made[index >> 3] = made[index >> 3] | mask if value else made[index >> 3] & ~mask
    return bytes(made)


def _compressed(data: bytes) -> str:
    """The text of a block that stands before its `END`."""
    return _deflated(data) if any(data) else _zeros(len(data))


@lru_cache(maxsize=8)
def _zeros(size: int) -> str:
    """Most blocks of a young list; there are two sizes for each size of lists."""
    return _deflated(bytes(size))


def _deflated(data: bytes) -> str:
    stream = zlib.compressobj(6, zlib.DEFLATED, -_WINDOW_BITS, _MEMORY_LEVEL, zlib.Z_RLE)
    block = stream.compress(data) + stream.flush(zlib.Z_FULL_FLUSH) + _EMPTY  # a flush ends with an empty block
    while len(block) % 3:
        block += _EMPTY
    return base64url.encode(block)[: -len(_END)]


def _effect(before: bytes, after: bytes, following: int) -> int:
    """What changes in the CRC-32 of a whole when a part of it is replaced that `following` bytes stand behind.

    A CRC is linear: the difference of two is that of their difference, moved on by the zeros that follow.
    """
    return _product(zlib.crc32(before) ^ zlib.crc32(after), _power_of_x(8 * following))


@lru_cache(maxsize=2_048)
def _power_of_x(exponent: int) -> int:
    """x to this power, modulo the polynomial of CRC-32; a size of lists has an exponent for each block, 306 at most."""
    power, square = 1 << 31, 1 << 30
    while exponent:
        if exponent & 1:
            power = _product(power, square)
        square, exponent = _product(square, square), exponent >> 1
    return power


def _product(one: int, two: int) -> int:
    """Of two polynomials modulo that of CRC-32; bit 31 is the coefficient of 1."""
    product = 0
    while one:
        if one & (1 << 31):
            product ^= two
        one = (one << 1) & _ONES
        two = (two >> 1) ^ _POLYNOMIAL if two & 1 else two >> 1
    return product
