"""Changing signed credentials the way that forgers and clumsy programs do."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from keys import base64url

Change = Callable[[dict[str, Any]], None]


def edited(body: bytes, change: Change) -> bytes:
    """The JSON with a change made to it; its proof stays as it was."""
    document = json.loads(body)
    change(document)
    return json.dumps(document, separators=(",", ":")).encode()


def token_parts(token: bytes) -> tuple[dict[str, Any], dict[str, Any], str]:
    """Header, payload and signature of a compact JWS."""
    header, payload, signature = token.decode().split(".")
    return json.loads(base64url.decode(header)), json.loads(base64url.decode(payload)), signature


def token_of(header: dict[str, Any], payload: dict[str, Any], signature: str) -> bytes:
    """A compact JWS of any parts."""
    parts = [base64url.encode(json.dumps(part, separators=(",", ":")).encode()) for part in (header, payload)]
    return ".".join([*parts, signature]).encode()


def edited_token(token: bytes, change: Change) -> bytes:
    """The token with a change made to its payload; its signature stays as it was."""
    header, payload, signature = token_parts(token)
    change(payload)
    return token_of(header, payload, signature)
