"""Which bit of a status list the n-th credential gets: a keyed permutation of 0 … size-1.

A status list hides its holders in a crowd only if an index says nothing about when a credential was issued. Drawing
at random needs a search for a free place and a retry on collision; a permutation of a plain counter needs neither,
and two different numbers can never share an index.

The permutation is a Feistel network over the next even number of bits, its round function keyed BLAKE2b; a result
beyond the size is sent through again until it falls inside (cycle walking), which keeps it a permutation. The
network is at most four times as large as the list, so this ends after four rounds through on average, at worst.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

KEY_BYTES = 32
_ROUNDS = 8


def slot(sequence: int, size: int, key: bytes) -> int:
    """The index of the `sequence`-th credential: a bijection of range(size) for every key of 32 bytes.

    Raises ValueError for a sequence outside range(size) or a key of another length.
    """
    if not 0 <= sequence < size:
        raise ValueError(f"sequence {sequence} is not within a list of {size}")
    if len(key) != KEY_BYTES:
        raise ValueError(f"the permutation's key must have {KEY_BYTES} bytes")
    half = max(1, ((size - 1).bit_length() + 1) // 2)
    position = _permuted(sequence, half, key)
    while position >= size:
        position = _permuted(position, half, key)
    return position


def slots(sequences: Iterable[int], size: int, key: bytes) -> tuple[int, ...]:
    """The indexes of several credentials."""
    return tuple(slot(sequence, size, key) for sequence in sequences)


def _permuted(value: int, half: int, key: bytes) -> int:
    """One pass through the network over 2·`half` bits."""
    mask = (1 << half) - 1
    left, right = value >> half, value & mask
    for turn in range(_ROUNDS):
        digest = blake2b(right.to_bytes(8, "big"), digest_size=8, key=key, person=b"slot%d" % turn).digest()
        left, right = right, left ^ (int.from_bytes(digest, "big") & mask)
    return (left << half) | right
