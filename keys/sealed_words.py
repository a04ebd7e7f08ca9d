"""Words that travel through places where strangers may read them, as an address does through logs and histories.

AES-256-SIV (RFC 5297), with a key that HKDF-SHA256 (RFC 5869) makes of a secret. Nobody without the secret reads the
words or makes others of them, and words that were sealed for one purpose and owner do not open for another. The same
words give the same text, which so tells that two are the same and, in steps of 32 bytes, how long they are: no more.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from keys import base64url

SECRET_BYTES: Final = 32
LONGEST: Final = 8_000
"""Characters of a sealed text that are looked at."""
_INFO: Final = b"guildmark sealed words, version 1"
_KEY_BYTES: Final = 64  # two keys of AES-256
_STEP: Final = 32


def seal_words(words: Mapping[str, str], secret: bytes, *, purpose: str, owner: bytes) -> str:
    """The words, in any order of their names, as one text of letters, digits, `-` and `_`."""
    plain = json.dumps(dict(sorted(words.items())), ensure_ascii=False, separators=(",", ":"))
    data = plain.encode("utf-8", "surrogatepass")
    data += b" " * (-len(data) % _STEP)
    return base64url.encode(AESSIV(_key(secret)).encrypt(data, [purpose.encode(), owner]))


def open_words(text: str, secret: bytes, *, purpose: str, owner: bytes) -> Mapping[str, str] | None:
    """The words of a text that `seal_words` made with the same secret for the same purpose and owner; else None."""
    if len(text) > LONGEST:
        return None
    try:
        data = AESSIV(_key(secret)).decrypt(base64url.decode(text), [purpose.encode(), owner])
    except (InvalidTag, ValueError):
        return None
    words: dict[str, str] = json.loads(data.decode("utf-8", "surrogatepass"))  # of our own making
    return words


def _key(secret: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=_INFO).derive(secret)
