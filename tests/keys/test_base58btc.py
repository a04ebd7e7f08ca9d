"""base58btc is what the package base58 makes of every byte string, back and forth."""

from __future__ import annotations

import base58
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from keys import base58btc

ALPHABET = base58.BITCOIN_ALPHABET.decode()


@settings(max_examples=150, deadline=None)
@given(data=st.one_of(st.binary(max_size=80), st.binary(min_size=64, max_size=64)))
@example(data=b"")
@example(data=bytes(64))
@example(data=b"\xff" * 64)
@example(data=bytes(63) + b"\1")
@example(data=(58**10).to_bytes(64, "big"))
@example(data=(58**80 - 1).to_bytes(64, "big"))
def test_bytes_become_the_text_that_the_package_makes(data: bytes) -> None:
    text = base58btc.encode(data)
    assert text.encode() == base58.b58encode(data)
    assert base58btc.decode(text) == data


@pytest.mark.parametrize("half", [1, 2, 4, 8, 16, 32])
def test_numbers_at_the_edges_of_groups_are_divided_exactly(half: int) -> None:
    """Groups of digits are divided by 58ⁿ with a multiplication; it would fail next to the multiples first."""
    divisor = 58**half
    quotients = {1, 2, 57, divisor // 2, divisor - 2, divisor - 1}
    for number in {quotient * divisor + rest for quotient in quotients for rest in (-1, 0, 1, divisor - 1)}:
        for above in (0, 1, 58**half - 1):
            data = (above * divisor * divisor + number).to_bytes(80, "big").lstrip(b"\0")
            assert base58btc.encode(data).encode() == base58.b58encode(data)


@settings(max_examples=150, deadline=None)
@given(text=st.text(alphabet=ALPHABET, max_size=100))
@example(text="1" * 88)
@example(text="z" * 88)
def test_every_text_of_the_alphabet_is_read_as_the_package_reads_it(text: str) -> None:
    data = base58btc.decode(text)
    assert data == base58.b58decode(text)
    assert base58btc.encode(data) == text


@pytest.mark.parametrize("at", range(25))
@pytest.mark.parametrize("wrong", ["0", "O", "I", "l", " ", "\n", "é", "１"])
def test_any_other_character_anywhere_is_refused(wrong: str, at: int) -> None:
    text = "2" * at + wrong + "2" * (24 - at)
    with pytest.raises(ValueError, match="base58btc"):
        base58btc.decode(text)
