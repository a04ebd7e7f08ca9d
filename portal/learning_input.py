"""What a learning system sent, from bytes to reports."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from credentials import strict_json
from credentials.problems import Unacceptable
from issuer.errors import Fault
from issuer.learning.own_events import is_own_event, read_event
from issuer.learning.receive import WEBHOOK, Delivery
from issuer.learning.reports import Report, ReportUnreadable
from issuer.learning.statements import read_statements

MOST_BYTES = 1024 * 1024
_LIMITS = strict_json.Limits(max_bytes=MOST_BYTES, max_depth=30, max_values=40_000)


def parsed(body: bytes) -> Any:
    """JSON with one meaning, within limits. Raises ReportUnreadable."""
    try:
        return strict_json.parse(body, _LIMITS)
    except Unacceptable as error:
        raise ReportUnreadable("The report", [Fault("", str(error))]) from None


def reports_in(body: bytes, webhook_id: str) -> tuple[tuple[Report, ...], Delivery]:
    """The reports of a webhook: one event of our own form, or statements. Raises ReportUnreadable."""
    value = parsed(body)
    delivery = Delivery(webhook_id, sha256(body).hexdigest())
    if is_own_event(value):
        return (read_event(value, event_id=WEBHOOK + webhook_id, digest=delivery.digest),), delivery
    return read_statements(value), delivery
