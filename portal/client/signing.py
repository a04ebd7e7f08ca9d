"""Signed messages by Standard Webhooks 1.0: reports that a learning system sends, and what Guildmark tells others."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from portal.client.problems import ClientError

_PREFIX: Final = "whsec_"
TOLERANCE: Final = timedelta(minutes=5)
_SMALLEST_KEY: Final = 24  # bytes, by the standard


class NotSigned(ClientError):  # noqa: N818  (a verdict)
    """A message is not signed with this secret, or not now."""


def signed_headers(secret: str, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers of a message that is sent at an instant. Raises ValueError for a secret that is none."""
    seconds = str(int(at.timestamp()))
    signature = base64.b64encode(_mac(_key(secret), message_id, seconds, body)).decode()
    return {"webhook-id": message_id, "webhook-timestamp": seconds, "webhook-signature": f"v1,{signature}"}


def opened(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> Any:
    """What a signed message says: the exact bytes that came, and their headers. Raises NotSigned.

    Whoever takes messages remembers `webhook-id`: the same message may come twice.
    """
    found = {name.lower(): value for name, value in headers.items()}
    message_id, seconds = found.get("webhook-id", ""), found.get("webhook-timestamp", "")
    expected = base64.b64encode(_mac(_key(secret), message_id, seconds, body))
    given = [part.partition(",")[2] for part in found.get("webhook-signature", "").split() if part.startswith("v1,")]
    fitting = [hmac.compare_digest(expected, one.encode("utf-8", "replace")) for one in given]
    if not any(fitting):
        raise NotSigned("the message is not signed with this secret")
    if not (seconds.isascii() and seconds.isdecimal() and len(seconds) <= 12):
        raise NotSigned("the message does not say when it was signed")
    if abs(now.timestamp() - int(seconds)) > TOLERANCE.total_seconds():
        raise NotSigned("the message was signed too long ago, or a clock is wrong")
    try:
        return json.loads(body)
    except ValueError:
        raise NotSigned("the message is no JSON") from None


def _mac(key: bytes, message_id: str, seconds: str, body: bytes) -> bytes:
    head = f"{message_id}.{seconds}.".encode("utf-8", "replace")
    return hmac.new(key, head + body, hashlib.sha256).digest()


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("the secret is not one of a webhook (whsec_…)") from None
    if len(key) < _SMALLEST_KEY:
        raise ValueError("the secret of a webhook has at least 24 bytes")
    return key
