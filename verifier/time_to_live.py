"""How long a fetched document says that it may be kept: the `ttl` of a status list."""

from __future__ import annotations

from datetime import timedelta

from credentials import status_list
from verifier.extract import Extracted, NotExtracted, extract
from verifier.fetcher import Fetched


def time_to_live(fetched: Fetched) -> timedelta | None:
    """The `ttl` of a status list in either form (Bitstring Status List 1.0, section 2.2), or None for the rest.

    Nothing is verified here: a forged time only decides how soon the forgery is fetched again,
    within the bounds of the cache.
    """
    if b"BitstringStatusList" not in fetched.body and not fetched.body.startswith(b"ey"):
        return None
    try:
        found = extract(fetched.body)
    except NotExtracted:
        return None
    return status_list.time_to_live(found.document) if isinstance(found, Extracted) else None
