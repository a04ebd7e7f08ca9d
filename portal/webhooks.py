"""One run that tells systems what is to be told: the signed requests of `issuer.webhooks.delivering`, over the wire."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from credentials.sentence import sentence, sentence_of
from issuer.jobs.job import Parts
from issuer.learning.signatures import sign
from issuer.webhooks import delivering
from issuer.webhooks.delivering import Delivery
from issuer.webhooks.endpoints import purpose
from portal.service import Service
from portal.sign_in.wire import Wire
from verifier.fetch import FetchError, FetchRefused
from verifier.web_address import MalformedAddress, parse

RUN = timedelta(minutes=2)
"""After so long no other event is begun; a minute later there is another run."""


@dataclass(slots=True)
class Sent:
    """How many events were taken, and how many tries came to nothing."""

    taken: int = 0
    failed: int = 0


def tell_systems(service: Service, parts: Parts, *, keep: Callable[[], None]) -> Sent:
    """Send what is due, for at most about RUN. `keep` is called before each, and may raise to end the run."""
    wire = Wire(allowed_origins=service.settings.allowed_origins, monotonic=time.monotonic)
    begun, sent = time.monotonic(), Sent()
    while time.monotonic() - begun < RUN.total_seconds():
        keep()
        delivery = delivering.claim_next(parts.database, worker=parts.worker, now=parts.clock())
        if delivery is None:
            break
        if _tell(wire, parts, delivery) == "delivered":
            sent.taken += 1
        else:
            sent.failed += 1
    return sent


def fault_of_address(service: Service, url: str) -> str | None:
    """Why nothing would ever be sent to that address, as a sentence; None if it would be tried."""
    try:
        address = parse(url)
    except MalformedAddress as error:
        return sentence_of(error)
    if address.scheme != "https" and address.origin not in service.settings.allowed_origins:
        return sentence(
            "{origin} is not https, and not among the allowed_origins of the settings", origin=address.origin
        )
    return None


def _tell(wire: Wire, parts: Parts, delivery: Delivery) -> str | None:
    """Sign it now, send it, and write down what came of it."""
    body = delivery.body.encode()
    now = parts.clock()
    key = parts.keys.unseal(delivery.sealed_secret, purpose=purpose(delivery.webhook_id))
    envelope = sign(key, f"msg_{delivery.id.hex}", now, body)
    headers = {
        "Content-Type": "application/json",
        "webhook-id": envelope.id,
        "webhook-timestamp": envelope.timestamp,
        "webhook-signature": envelope.signatures,
    }
    try:
        answer = wire.send(delivery.url, body=body, headers=headers)
    except FetchRefused as error:
        fault: str = sentence("it was not asked: {why}", why=error.reason)
    except FetchError as error:
        fault = error.reason
    else:
        return delivering.mark_answered(
            parts.database, delivery, answer.status_code, worker=parts.worker, now=parts.clock()
        )
    return delivering.mark_unreached(parts.database, delivery, fault, worker=parts.worker, now=parts.clock())
