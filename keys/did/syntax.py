"""The syntax of DIDs and DID URLs (DID 1.0 sections 3.1 and 3.2)."""

from __future__ import annotations

import re

from keys.errors import MalformedDid

MAX_CHARACTERS = 4096
"""The did:jwk of an 8,192-bit RSA key has fewer than 2,000 characters."""

_DID = re.compile(r"did:[a-z0-9]+:(?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2}|:)*(?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2})\Z")


def is_did(text: str) -> bool:
    """Whether a text is a DID: no path, query or fragment, and at most 4,096 characters."""
    return len(text) <= MAX_CHARACTERS and _DID.match(text) is not None


def did_of(did_url: str) -> str:
    """The DID that a DID URL begins with, such as that of a verification method. Raises MalformedDid."""
    did = re.split(r"[/?#]", did_url[: MAX_CHARACTERS + 1], maxsplit=1)[0]
    if not is_did(did):
        raise MalformedDid(f"{did_url[:200]!r} is not a DID URL.")
    return did


def specific_id(did: str, method: str) -> str:
    """What follows `did:method:` in a DID of that method. Raises MalformedDid."""
    prefix = f"did:{method}:"
    if not is_did(did) or not did.startswith(prefix):
        raise MalformedDid(f"{did[:200]!r} is not a DID of the method {method}.")
    return did.removeprefix(prefix)
