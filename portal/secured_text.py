"""A parsed JSON value as text again, for the verifier, which judges text only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def secured_text(value: Mapping[str, Any]) -> str:
    """JSON of the value. It has the same meaning: strict JSON has no duplicate names and no inexact numbers."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
