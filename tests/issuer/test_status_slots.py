"""Status slots: a bijection for every size and key, and no trace of the order in which they were given out."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from issuer.status_slots import KEY_BYTES, slot, slots

KEYS = st.binary(min_size=KEY_BYTES, max_size=KEY_BYTES)
MINIMUM = 131_072


@pytest.mark.slow
def test_a_whole_list_of_the_usual_size_is_used_once_each() -> None:
    assert sorted(slots(range(MINIMUM), MINIMUM, bytes(range(32)))) == list(range(MINIMUM))


@given(st.integers(1, 700), KEYS)
@settings(max_examples=60, deadline=None)
def test_every_size_is_permuted(size: int, key: bytes) -> None:
    assert sorted(slots(range(size), size, key)) == list(range(size))


@given(st.integers(MINIMUM, 2**34), KEYS, st.data())
def test_large_lists_stay_inside_and_never_collide(size: int, key: bytes, data: st.DataObject) -> None:
    sequences = data.draw(st.lists(st.integers(0, size - 1), min_size=2, max_size=20, unique=True))
    found = slots(sequences, size, key)
    assert all(0 <= position < size for position in found)
    assert len(set(found)) == len(sequences)


def test_neighbours_in_time_are_no_neighbours_in_the_list() -> None:
    found = slots(range(400), MINIMUM, b"k" * 32)
    assert sum(abs(one - two) < 100 for one, two in pairwise(found)) < 10
    halves = sum(position < MINIMUM // 2 for position in found)
    assert 140 < halves < 260
    assert found != slots(range(400), MINIMUM, b"l" * 32)


def test_what_is_no_place_in_the_list_is_refused() -> None:
    for sequence in (-1, MINIMUM):
        with pytest.raises(ValueError, match="not within"):
            slot(sequence, MINIMUM, b"k" * 32)
    with pytest.raises(ValueError, match="32 bytes"):
        slot(0, MINIMUM, b"short")
