"""Random texts that let somebody in. Each has 256 bits, so a plain SHA-256 is a safe way to keep it."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable

_FORM = re.compile(r"[A-Za-z0-9_-]{43}")


def new_secret(randomness: Callable[[int], bytes]) -> str:
    """43 characters that can stand in an address and in a cookie."""
    return base64.urlsafe_b64encode(randomness(32)).decode().rstrip("=")


def is_secret(text: str) -> bool:
    """Whether it has the form of one; anything else needs not be looked for."""
    return _FORM.fullmatch(text) is not None


def hash_of(secret: str) -> str:
    """What is kept of it."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
