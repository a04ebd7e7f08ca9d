"""One concealed claim: its salted text and the digest that stands for it (RFC 9901, sections 4.2 and 4.2.3)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from credentials import strict_json
from credentials.problems import PARSING_ERROR, Unacceptable, refuse
from credentials.sentence import sentence
from keys import base64url

ALGORITHM = "sha-256"
DIGESTS = "_sd"
"""The member of an object that holds the digests of its concealed members."""
ITEM = "..."
"""The only member of what stands for a concealed item of an array."""

_SALT_BYTES = 16
_LIMITS = strict_json.Limits(max_bytes=1024 * 1024)


@dataclass(frozen=True, slots=True)
class Disclosure:
    """A claim's name and value, or an item's value under no name; `text` is what the digest is of."""

    text: str
    name: str | None
    value: Any

    @property
    def digest(self) -> str:
        """SHA-256 of the text, in base64url."""
        return base64url.encode(sha256(self.text.encode("ascii")).digest())


def make(name: str | None, value: Any, randomness: Callable[[int], bytes]) -> Disclosure:
    """A disclosure with a fresh salt of 128 bits."""
    salt = base64url.encode(randomness(_SALT_BYTES))
    parts = [salt, value] if name is None else [salt, name, value]
    text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    return Disclosure(base64url.encode(text.encode()), name, value)


def read(text: str) -> Disclosure:
    """The disclosure of this text. Raises `Unacceptable` (PARSING_ERROR)."""
    try:
        parts = strict_json.parse(base64url.decode(text), _LIMITS)
    except ValueError:
        raise _malformed() from None
    if not isinstance(parts, list) or len(parts) not in (2, 3) or not isinstance(parts[0], str):
        raise _malformed()
    if len(parts) == 2:
        return Disclosure(text, None, parts[1])
    if not isinstance(parts[1], str) or parts[1] in (DIGESTS, ITEM):
        raise _malformed()
    return Disclosure(text, parts[1], parts[2])


def _malformed() -> Unacceptable:
    detail = sentence("What the token discloses is not written as it should be, or disclosed what may not be.")
    return refuse(PARSING_ERROR, "Not a disclosure", detail)
