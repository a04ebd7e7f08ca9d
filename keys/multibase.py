"""Multibase with base58btc, the one form that Multikeys and proof values use (CID 1.0 section 2.4)."""

from __future__ import annotations

import re

from keys import base58btc

_TEXT = re.compile(r"z[1-9A-HJ-NP-Za-km-z]*\Z")


def encode(data: bytes) -> str:
    """`z` and the base58btc text of the bytes."""
    return "z" + base58btc.encode(data)


def decode(text: str, *, max_characters: int) -> bytes:
    """The bytes of a base58btc multibase text. Raises ValueError.

    `max_characters` has no default: decoding takes time quadratic in the length, so each caller says what it expects.
    """
    if len(text) > max_characters:
        raise ValueError(f"{len(text)} characters are more than the {max_characters} that can occur here")
    try:
        if text.startswith("z"):
            return base58btc.decode(text[1:])
    except ValueError:
        pass
    raise ValueError("not base58btc multibase: it must be z followed by letters and digits without 0, O, I and l")


def is_text(text: str) -> bool:
    """Whether it is written in the alphabet; then there are bytes for it."""
    return _TEXT.match(text) is not None
