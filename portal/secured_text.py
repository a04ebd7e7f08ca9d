"""A parsed JSON value as text again, for the verifier, which judges text only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.json_text import json_bytes


def secured_text(value: Mapping[str, Any]) -> str:
    """JSON of the value. It has the same meaning: strict JSON has no duplicate names and no inexact numbers."""
    return json_bytes(value).decode()
