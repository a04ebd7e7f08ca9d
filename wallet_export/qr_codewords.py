"""The codewords of a QR code that holds bytes, with their error correction (ISO/IEC 18004, sections 7.4 to 7.6).

They are the codewords that `qrcode` makes bit by bit and by division of polynomials as lists; here the bits are one
integer, and the division takes a byte at a time. The tables of the standard are the library's.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain, cycle, islice, zip_longest
from typing import Literal

from qrcode.base import EXP_TABLE, LOG_TABLE, rs_blocks
from qrcode.exceptions import DataOverflowError
from qrcode.LUT import rsPoly_LUT
from qrcode.util import BIT_LIMIT_TABLE, PAD0, PAD1, length_in_bits

BYTES: Literal[4] = 4
"""The mode of data that is neither digits nor capitals, `MODE_8BIT_BYTE`."""

_SIZES = ((1, 9), (10, 40))
"""Versions in which the number of bytes is written with as many bits."""


def version_for(length: int, level: int) -> int:
    """The smallest version that holds so many bytes; raises DataOverflowError if none does."""
    for first, last in _SIZES:
        bits = 4 + length_in_bits(BYTES, first) + 8 * length
        version = bisect_left(BIT_LIMIT_TABLE[level], bits, first)
        if version <= last:
            return version
    raise DataOverflowError


def codewords(data: bytes, version: int, level: int) -> list[int]:
    """The codewords of the data in the order in which they are drawn."""
    blocks, rest = [], iter(_data_codewords(data, version, level))
    for block in rs_blocks(version, level):
        own = bytes(islice(rest, block.data_count))
        blocks.append((own, _correction(own, block.total_count - block.data_count)))
    drawn = chain(_in_turn([own for own, _ in blocks]), _in_turn([correction for _, correction in blocks]))
    return [*drawn]


def _data_codewords(data: bytes, version: int, level: int) -> bytes:
    """Mode, number of bytes, the bytes, four zeros where there is room, and padding to the version's capacity."""
    size = length_in_bits(BYTES, version)
    capacity = BIT_LIMIT_TABLE[level][version]
    bits = 4 + size + 8 * len(data)
    value = (BYTES << size | len(data)) << 8 * len(data) | int.from_bytes(data, "big")
    end = min(capacity - bits, 4)
    end += -(bits + end) % 8
    written = (value << end).to_bytes((bits + end) // 8, "big")
    return written + bytes(islice(cycle((PAD0, PAD1)), capacity // 8 - len(written)))


def _in_turn(blocks: list[bytes]) -> Iterator[int]:
    """The first of each block, then the second of each; blocks of one code may differ in length by one."""
    for together in zip_longest(*blocks):
        yield from (codeword for codeword in together if codeword is not None)


def _correction(data: bytes, count: int) -> bytes:
    """The remainder of the data by the generator of `count` codewords."""
    table = _remainders(count)
    shift, mask = 8 * (count - 1), (1 << 8 * count) - 1
    remainder = 0
    for codeword in data:
        remainder = (remainder << 8 & mask) ^ table[codeword ^ remainder >> shift]
    return remainder.to_bytes(count, "big")


@lru_cache(maxsize=16)  # the standard has thirteen different numbers of codewords; each table takes some 15 kB
def _remainders(count: int) -> tuple[int, ...]:
    """For each value of a codeword: what it leaves of the codewords behind it."""
    logarithms = [LOG_TABLE[factor] for factor in rsPoly_LUT[count][1:]]
    rows = [bytes(count)]
    for value in range(1, 256):
        rows.append(bytes(EXP_TABLE[(LOG_TABLE[value] + each) % 255] for each in logarithms))
    return tuple(int.from_bytes(row, "big") for row in rows)
