"""base64url without padding (RFC 4648 section 5, as RFC 7515 section 2 uses it), read strictly."""

from __future__ import annotations

import base64
import binascii
import re

_TEXT = re.compile(r"[A-Za-z0-9_-]*\Z")


def encode(data: bytes) -> str:
    """Text without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """The bytes of a text that `encode` could have made, and of no other.

    Refuses padding, the `+/` alphabet, white space and unused bits that are not zero, so that one value has
    one spelling. Raises ValueError.
    """
    if not _TEXT.match(text):
        raise ValueError("not base64url: only letters, digits, - and _ are allowed, and no padding")
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise ValueError("not base64url: the length is impossible") from error
    if encode(data) != text:
        raise ValueError("not base64url: the unused bits of the last character are not zero")
    return data
