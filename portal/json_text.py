"""Values as compact JSON."""

from __future__ import annotations

import json
from typing import Any

import orjson
from starlette.responses import Response


def json_bytes(value: Any) -> bytes:
    """Compact JSON in UTF-8. Whole numbers of any size are written; raises ValueError for text that is no Unicode."""
    try:
        return orjson.dumps(value)
    except TypeError:  # beyond 64 bits
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


class JsonAnswer(Response):
    """An answer in JSON."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """The body."""
        return json_bytes(content)
