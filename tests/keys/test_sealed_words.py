"""Words that are sealed for a purpose and an owner open for these alone, and tell nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys import base64url
from keys.sealed_words import LONGEST, open_words, seal_words

SECRET, ANA, BEN = b"s" * 32, b"a" * 16, b"b" * 16
WORDS = {"q": "Zoë Kjærsgaard", "team": "التصميم"}


def sealed(words: dict[str, str], secret: bytes = SECRET, purpose: str = "/people", owner: bytes = ANA) -> str:
    return seal_words(words, secret, purpose=purpose, owner=owner)


@given(st.dictionaries(st.text(max_size=9), st.text(max_size=200), max_size=4))
@settings(max_examples=40)
def test_what_is_sealed_opens(words: dict[str, str]) -> None:
    text = sealed(words)
    assert open_words(text, SECRET, purpose="/people", owner=ANA) == words
    assert text == sealed(dict(reversed(words.items()))), "the same words are the same text"
    assert text.replace("-", "").replace("_", "").isalnum(), "an address takes it as it is"


def test_a_surrogate_that_stands_alone_comes_back() -> None:
    assert open_words(sealed({"q": "\ud800"}), SECRET, purpose="/people", owner=ANA) == {"q": "\ud800"}


@pytest.mark.parametrize(
    ("secret", "purpose", "owner"),
    [(b"t" * 32, "/people", ANA), (SECRET, "/team", ANA), (SECRET, "/people", BEN)],
)
def test_it_opens_for_nothing_else(secret: bytes, purpose: str, owner: bytes) -> None:
    assert open_words(sealed(WORDS), secret, purpose=purpose, owner=owner) is None
    assert sealed(WORDS) != sealed(WORDS, secret, purpose, owner)


def test_purpose_and_owner_do_not_run_into_one_another() -> None:
    assert open_words(sealed(WORDS, purpose="ab", owner=b"c"), SECRET, purpose="a", owner=b"bc") is None


def test_no_bit_of_it_can_be_altered() -> None:
    data = base64url.decode(sealed(WORDS))
    for bit in range(len(data) * 8):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        assert open_words(base64url.encode(bytes(changed)), SECRET, purpose="/people", owner=ANA) is None


@pytest.mark.parametrize("text", ["", "x", "AAAA", "A" * 22, "not base64url", "ä", "A" * (LONGEST + 4), "%00"])
def test_what_is_none_opens_not(text: str) -> None:
    assert open_words(text, SECRET, purpose="/people", owner=ANA) is None


def test_it_tells_how_long_the_words_are_in_steps_only() -> None:
    assert {len(sealed({"q": "x" * number})) for number in range(1, 24)} == {len(sealed({"q": ""}))}
