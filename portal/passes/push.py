"""Apple's push service: over one HTTP/2 connection, with the pass type's own certificate, each phone is told to ask us.

What is sent is empty. Apple learns that a pass of this type changed on that phone, and nothing of what it says.
"""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Final

import httpcore2

from verifier.bounded_body import BodyRefused, read_body
from verifier.guarded_connection import Deadline, GuardedBackend, NotPublic, system_lookup
from verifier.web_address import parse

ORIGIN = "https://api.push.apple.com"
BATCH: Final = 50
_PATIENCE: Final = timedelta(seconds=60)
"""For a batch, from the name's lookup to the last answer."""
_GONE = frozenset({"BadDeviceToken", "DeviceTokenNotForTopic", "Unregistered", "ExpiredToken"})


class Pushed(Enum):
    """What became of one push."""

    TOLD = "told"
    GONE = "gone"
    """That address is none any more."""
    FAILED = "failed"


def push_all(
    tokens: Sequence[str],
    *,
    topic: str,
    certificate: Path,
    key: Path,
    allowed_origins: Sequence[str] = (),
    trust: ssl.SSLContext | None = None,
) -> Iterator[tuple[Pushed, str]]:
    """What became of each, in their order, with Apple's reason. trust: whom to believe, if not the system's roots.

    Raises nothing: what the connection met is the outcome of all that were not told yet.
    """
    address = parse(ORIGIN)
    deadline = Deadline(_PATIENCE.total_seconds(), time.monotonic)
    backend = GuardedBackend(
        lookup=system_lookup, deadline=deadline, allow_any_address=address.origin in allowed_origins
    )
    origin = httpcore2.Origin(b"https", address.host.encode(), address.port)
    told = 0
    try:
        context = trust or httpcore2.default_ssl_context()
        context.load_cert_chain(certificate, key)
        with httpcore2.HTTPConnection(origin, context, http1=False, http2=True, network_backend=backend) as connection:
            for token in tokens:
                outcome = _push(connection, origin, token, topic)
                told += 1
                yield outcome
    except NotPublic as error:
        fault = f"{ORIGIN} was not asked: {error}"
    except (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError) as error:
        fault = f"{ORIGIN} could not be asked: {error or type(error).__name__}"
    except (BodyRefused, OSError) as error:
        fault = f"{ORIGIN} could not be asked: {error}"
    else:
        return
    for _ in tokens[told:]:
        yield Pushed.FAILED, fault


def _push(connection: httpcore2.HTTPConnection, origin: httpcore2.Origin, token: str, topic: str) -> tuple[Pushed, str]:
    body = b"{}"
    request = httpcore2.Request(
        "POST",
        httpcore2.URL(scheme=b"https", host=origin.host, port=origin.port, target=b"/3/device/" + token.encode()),
        headers=[
            ("Host", origin.host.decode()),
            ("apns-topic", topic),
            ("apns-push-type", "background"),
            ("apns-priority", "5"),
            ("Content-Length", str(len(body))),
        ],
        content=body,
    )
    response = connection.handle_request(request)
    said = read_body(response, {}, 4096)
    if response.status == 200:
        return Pushed.TOLD, ""
    try:
        answer = json.loads(said)
        reason = str(answer.get("reason", ""))[:60] if isinstance(answer, dict) else ""
    except ValueError:
        reason = ""
    fault = f"Apple answered with status {response.status} {reason}".strip()
    return (Pushed.GONE if response.status == 410 or reason in _GONE else Pushed.FAILED), fault
