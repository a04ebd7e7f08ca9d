"""JSON as this room hashes it (keys and digests of awards, links of the audit trail: RFC 8785), and as it keeps it."""

from __future__ import annotations

from typing import Any

import orjson

from credentials.canonical_json import canonical_json, of_plain

__all__ = ["canonical_json", "json_text", "of_plain"]


def json_text(value: Any) -> str:
    """The value as a column of JSON keeps it: text, encoded once for as many rows as it is the same in."""
    return orjson.dumps(value).decode()
