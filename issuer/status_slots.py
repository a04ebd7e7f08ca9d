"""Which bit of a status list the n-th credential gets: a keyed permutation of 0 … size-1.

A status list hides its holders in a crowd only if an index says nothing about when a credential was issued. Drawing
at random needs a search for a free place and a retry on collision; a permutation of a plain counter needs neither,
and two different numbers can never share an index.

The permutation is a Feistel network over the next even number of bits, its round function keyed BLAKE2b; a result
beyond the size is sent through again until it falls inside (cycle walking), which keeps it a permutation. The
network is at most four times as large as the list, so this ends after four rounds through on average, at worst.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b

KEY_BYTES = 32
_ROUNDS = 8
_LARGEST_TABLE = 12
"""Bits of half a network of 24, which is one for the longest list that is made (10,000,000)."""


def slot(sequence: int, size: int, key: bytes) -> int:
    """The index of the `sequence`-th credential: a bijection of range(size) for every key of 32 bytes.

    Raises ValueError for a sequence outside range(size) or a key of another length.
    """
    return slots((sequence,), size, key)[0]


def slots(sequences: Iterable[int], size: int, key: bytes) -> tuple[int, ...]:
    """The indexes of several credentials. Raises as `slot`."""
    if len(key) != KEY_BYTES:
        raise ValueError(f"the permutation's key must have {KEY_BYTES} bytes")
    half = max(1, ((size - 1).bit_length() + 1) // 2)
    rounds = _rounds(half, key) if half <= _LARGEST_TABLE else [_Round(half, key, turn) for turn in range(_ROUNDS)]
    return tuple(_slot(sequence, size, half, rounds) for sequence in sequences)


def _slot(sequence: int, size: int, half: int, rounds: Sequence[_Round]) -> int:
    if not 0 <= sequence < size:
        raise ValueError(f"sequence {sequence} is not within a list of {size}")
    position = _permuted(sequence, half, rounds)
    while position >= size:
        position = _permuted(position, half, rounds)
    return position


def _permuted(value: int, half: int, rounds: Sequence[_Round]) -> int:
    """One pass through the network over 2·`half` bits."""
    left, right = value >> half, value & ((1 << half) - 1)
    for one in rounds:
        made = one.table[right] if one.table is not None else -1
        left, right = right, left ^ (made if made >= 0 else one.make(right))
    return (left << half) | right


class _Round:
    """The function of one round. Half a network of up to 24 bits has so few values that each is computed only once."""

    __slots__ = ("_hash", "_mask", "table")

    def __init__(self, half: int, key: bytes, turn: int) -> None:
        self._hash = blake2b(digest_size=8, key=key, person=b"slot%d" % turn)
        self._mask = (1 << half) - 1
        self.table = array("i", [-1]) * (1 << half) if half <= _LARGEST_TABLE else None

    def make(self, right: int) -> int:
        """Compute the value and keep it: two threads that do so at once find the same."""
        hashed = self._hash.copy()
        hashed.update(right.to_bytes(8, "big"))
        value = int.from_bytes(hashed.digest(), "big") & self._mask
        if self.table is not None:
            self.table[right] = value
        return value


@lru_cache(maxsize=16)
def _rounds(half: int, key: bytes) -> tuple[_Round, ...]:
    """Of a list that slots are taken from: an issuer has two open ones. At most 128 KiB for each."""
    return tuple(_Round(half, key, turn) for turn in range(_ROUNDS))
