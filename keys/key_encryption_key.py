"""A key-encryption key in a file of its own, for servers that start without a person at the keyboard."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

from keys.errors import KeyFileUnreadable, WrongPassphrase
from keys.private_file import create_private_file, read_private_file
from keys.unlock import KEY_BYTES, KeyEncryptionKey

_MAX_BYTES = 64


def read_key_encryption_key(path: Path) -> KeyEncryptionKey:
    """The key in a file that holds one line: 32 bytes as 43 characters of base64url.

    Raises KeyFileInsecure if others can open the file, KeyFileUnreadable if it is missing or holds something else.
    """
    text = read_private_file(path, max_bytes=_MAX_BYTES).decode("ascii", errors="replace")
    try:
        return KeyEncryptionKey.from_text(text)
    except WrongPassphrase as error:
        raise KeyFileUnreadable(f"{path}: {error}") from error


def create_key_encryption_key(
    path: Path, *, randomness: Callable[[int], bytes] = secrets.token_bytes
) -> KeyEncryptionKey:
    """Create such a file with a new random key, mode 0600, and return the key. Keep a copy of it apart from the keys.

    Raises KeyExists if there is one already: without the old one the keys that it sealed would be lost.
    """
    key = KeyEncryptionKey(randomness(KEY_BYTES))
    create_private_file(path, key.to_text().encode("ascii") + b"\n")
    return key
