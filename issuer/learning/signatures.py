"""Signed webhooks by the scheme of Standard Webhooks 1.0: HMAC-SHA256 over `id.timestamp.body`. Pure.

A secret is written `whsec_` and base64. `webhook-signature` holds one signature or several, separated by spaces, each
with its version: `v1,…`; others than v1 are passed over.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

PREFIX = "whsec_"
SECRET_BYTES = 32
TOLERANCE = timedelta(minutes=5)
LONGEST_ID = 100
_ID = re.compile(rf"[!-~]{{1,{LONGEST_ID}}}")
_SECONDS = re.compile(r"[0-9]{1,12}")
_LONGEST_HEADER = 4_096
_DIGEST_BYTES = 32


class NotSigned(Exception):  # noqa: N818
    """A webhook is not signed, not by this secret, or not now. `str(error)` is a sentence."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """The three headers of a webhook as they came; empty where one is missing."""

    id: str
    timestamp: str
    signatures: str


def secret_text(key: bytes) -> str:
    """A secret as it is shown and configured elsewhere."""
    return PREFIX + base64.b64encode(key).decode("ascii")


def sign(key: bytes, envelope_id: str, at: datetime, body: bytes) -> Envelope:
    """The headers of a webhook that is sent at an instant."""
    seconds = str(int(at.timestamp()))
    made = base64.b64encode(_mac(key, envelope_id, seconds, body)).decode("ascii")
    return Envelope(envelope_id, seconds, f"v1,{made}")


def require_signed(key: bytes | None, envelope: Envelope, body: bytes, now: datetime) -> None:
    """Return if one of the signatures is right and the timestamp is within TOLERANCE; else raise NotSigned.

    Without a key (a system that is not known) the same is done and nothing fits. Compared in constant time.
    """
    if not (envelope.id and envelope.timestamp and envelope.signatures):
        raise NotSigned("Send the headers webhook-id, webhook-timestamp and webhook-signature (Standard Webhooks).")
    if not _ID.fullmatch(envelope.id):
        raise NotSigned(f"webhook-id must have 1 to {LONGEST_ID} visible ASCII characters.")
    if not _SECONDS.fullmatch(envelope.timestamp):
        raise NotSigned("webhook-timestamp must be seconds since 1970, in digits.")
    expected = _mac(key or bytes(SECRET_BYTES), envelope.id, envelope.timestamp, body)
    # every one is compared, so that the time does not tell which of them was right
    fitting = [hmac.compare_digest(expected, given) for given in signatures_in(envelope.signatures)]
    if key is None or not any(fitting):
        raise NotSigned("The signature is not that of this learning system: compare secret, headers and raw body.")
    if abs(now.timestamp() - int(envelope.timestamp)) > TOLERANCE.total_seconds():
        minutes = int(TOLERANCE.total_seconds() // 60)
        raise NotSigned(
            f"webhook-timestamp is more than {minutes} minutes from now: sign it anew, and check the clock."
        )


def signatures_in(header: str) -> tuple[bytes, ...]:
    """The v1 signatures of a header, as bytes; what has not the form of one is passed over."""
    found = []
    for part in header[:_LONGEST_HEADER].split(" "):
        version, _, text = part.partition(",")
        if version != "v1":
            continue
        try:
            given = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            continue
        if len(given) == _DIGEST_BYTES:
            found.append(given)
    return tuple(found)


def _mac(key: bytes, envelope_id: str, seconds: str, body: bytes) -> bytes:
    return hmac.new(key, f"{envelope_id}.{seconds}.".encode("ascii") + body, sha256).digest()
