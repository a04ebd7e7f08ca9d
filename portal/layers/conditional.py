"""Whether a client has an answer already (RFC 9110, section 13.1.2)."""

from __future__ import annotations


def has_it(if_none_match: str, tag: str) -> bool:
    """Whether the header If-None-Match names the ETag `tag`, by weak comparison; "" is no ETag, and `*` is any."""
    known = {entry.strip().removeprefix("W/") for entry in if_none_match.split(",")}
    return bool(tag) and (tag.removeprefix("W/") in known or "*" in known)
