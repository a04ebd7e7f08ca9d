"""How an event gets to a system: again and again until it is taken, and never by two workers at once.

A system must answer 2xx. If it cannot be reached, is overloaded (408, 429) or fails (5xx), nothing is sent to it for a
while that grows; the events wait, and only the one that was tried has used a try. Any other answer concerns that event
alone, which is tried again later while the rest goes on. 410 (gone) ends it. A worker that dies leaves a claim behind,
which is over after CLAIM; the system may then get the event twice, with one `webhook-id`, by which it tells.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, literal_column, or_, select, update
from sqlalchemy.orm import Session

from credentials.instants import format_instant
from credentials.sentence import sentence
from issuer import audit
from issuer.canonical_json import canonical_json
from issuer.errors import TransitionRefused, Unknown
from issuer.issuers import issuer_row
from issuer.store import Database
from issuer.tables import IssuerRow, WebhookDeliveryRow, WebhookRow
from issuer.webhooks.endpoints import webhook_row
from issuer.webhooks.kinds import TEST

CLAIM = timedelta(minutes=2)
"""Longer than an answer may take."""
PAUSES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""After each try that came to nothing, as Standard Webhooks proposes; after the last pause, one more try."""
GIVEN_UP_AFTER = timedelta(days=5)
"""A system that could not be reached for so long is told nothing more until somebody says so."""
_ITS_OWN_TROUBLE = frozenset({408, 429})
_GONE = 410


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event that is on its way: `sealed_secret` signs it."""

    id: UUID
    webhook_id: UUID
    url: str
    body: str
    sealed_secret: bytes


@dataclass(frozen=True, slots=True)
class Told:
    """One line of the log of what a system was told."""

    id: UUID
    kind: str
    state: str
    created_at: datetime
    attempts: int
    answered: int | None
    fault: str | None
    ended_at: datetime | None
    not_before: datetime
    body: str


# In the words of their index: with values in the place of the words SQLite reads all that was ever delivered.
_IS_UNDER_WAY = WebhookDeliveryRow.state.in_([literal_column("'waiting'"), literal_column("'claimed'")])


def claim_next(db: Database, *, worker: str, now: datetime) -> Delivery | None:
    """Take the event that has waited longest for a system that can be told now; None if there is none.

    It is this worker's until CLAIM is over; a worker's name must be used for one run only.
    """
    due = or_(
        and_(WebhookDeliveryRow.state == "waiting", WebhookDeliveryRow.not_before <= now),
        and_(WebhookDeliveryRow.state == "claimed", WebhookDeliveryRow.claimed_until <= now),
    )
    with db.write() as session:
        found = session.execute(
            select(WebhookDeliveryRow, WebhookRow)
            .join(WebhookRow, WebhookRow.id == WebhookDeliveryRow.webhook_id)
            .where(
                _IS_UNDER_WAY,
                due,
                WebhookRow.stopped_at.is_(None),
                or_(WebhookRow.resting_until.is_(None), WebhookRow.resting_until <= now),
            )
            .order_by(WebhookDeliveryRow.not_before, WebhookDeliveryRow.id)
            .limit(1)
            .with_for_update(of=WebhookDeliveryRow, skip_locked=True)
        ).one_or_none()
        if found is None:
            return None
        row, system = found
        row.state, row.claimed_by, row.claimed_until = "claimed", worker, now + CLAIM
        row.attempts += 1
        return Delivery(row.id, system.id, system.url, row.body, system.sealed_secret)


def mark_answered(db: Database, delivery: Delivery, status: int, *, worker: str, now: datetime) -> str | None:
    """Write down what the system answered. Returns the event's state; None if the claim was lost meanwhile."""
    if 200 <= status < 300:
        return _mark_taken(db, delivery, status, worker, now)
    fault = sentence("it answered with status {status}", status=status)
    return _mark_failed(db, delivery, fault, status, worker, now, rests=status >= 500 or status in _ITS_OWN_TROUBLE)


def mark_unreached(db: Database, delivery: Delivery, fault: str, *, worker: str, now: datetime) -> str | None:
    """Write down that there was no answer, and why. Returns the event's state; None if the claim was lost meanwhile."""
    return _mark_failed(db, delivery, fault, None, worker, now, rests=True)


def give_back(db: Database, delivery: Delivery, *, worker: str) -> None:
    """The worker could not try; as if never claimed."""
    with db.write() as session:
        row = _claimed(session, delivery, worker)
        if row is not None:
            row.state, row.claimed_by, row.claimed_until = "waiting", None, None
            row.attempts -= 1


def told(db: Database, *, issuer: str | None, name: str, limit: int = 50) -> tuple[Told, ...]:
    """What a system was told and is to be told, newest first. Raises UnknownIssuer, Unknown."""
    with db.read() as session:
        system = webhook_row(session, issuer_row(session, issuer), name, hold=False)
        rows = session.scalars(
            select(WebhookDeliveryRow)
            .where(WebhookDeliveryRow.webhook_id == system.id)
            .order_by(WebhookDeliveryRow.created_at.desc(), WebhookDeliveryRow.id.desc())
            .limit(limit)
        )
        return tuple(
            Told(
                row.id,
                row.kind,
                row.state,
                row.created_at,
                row.attempts,
                row.answered,
                row.fault,
                row.ended_at,
                row.not_before,
                row.body,
            )
            for row in rows
        )


def tell_again(db: Database, *, issuer: str | None, name: str, delivery_id: UUID, actor: str, now: datetime) -> None:
    """Send an event that has ended once more, with its old `webhook-id`; one that waits, at once.

    Raises UnknownIssuer, Unknown, and TransitionRefused if it is being sent.
    """
    with db.write() as session:
        owner = issuer_row(session, issuer)
        system = webhook_row(session, owner, name)
        row = session.get(WebhookDeliveryRow, delivery_id, with_for_update=True)
        if row is None or row.webhook_id != system.id:
            raise Unknown(
                sentence("the webhook {name!r} has no event {delivery_id}", name=name, delivery_id=delivery_id)
            )
        if row.state == "claimed":
            raise TransitionRefused(sentence("the event {delivery_id} is being sent just now", delivery_id=delivery_id))
        row.state, row.not_before, row.attempts, row.ended_at = "waiting", now, 0, None
        session.flush()
        subject = f"webhook:{owner.slug}/{name}"
        details = {"event": str(delivery_id)}
        audit.append(session, at=now, actor=actor, action="webhook event resent", subject=subject, details=details)


def send_test(
    db: Database, *, issuer: str | None, name: str, now: datetime, randomness: Callable[[int], bytes]
) -> UUID:
    """Put an event of no credential on its way, to see whether it arrives. Raises UnknownIssuer, Unknown."""
    identifier = UUID(bytes=randomness(16), version=4)
    body = {"type": TEST, "timestamp": format_instant(now), "data": {}}
    with db.write() as session:
        system = webhook_row(session, issuer_row(session, issuer), name)
        session.add(
            WebhookDeliveryRow(
                id=identifier,
                webhook_id=system.id,
                key=f"test:{identifier}",
                kind=TEST,
                body=canonical_json(body).decode(),
                state="waiting",
                created_at=now,
                not_before=now,
                attempts=0,
                claimed_by=None,
                claimed_until=None,
                answered=None,
                fault=None,
                ended_at=None,
            )
        )
    return identifier


def _mark_taken(db: Database, delivery: Delivery, status: int, worker: str, now: datetime) -> str | None:
    with db.write() as session:
        row = _claimed(session, delivery, worker)
        if row is None:
            return None
        row.state, row.claimed_by, row.claimed_until = "delivered", None, None
        row.answered, row.fault, row.ended_at = status, None, now
        session.execute(
            update(WebhookRow)
            .where(WebhookRow.id == delivery.webhook_id, WebhookRow.failures > 0)
            .values(failures=0, failing_since=None, resting_until=None)
        )
        return row.state


def _mark_failed(
    db: Database, delivery: Delivery, fault: str, status: int | None, worker: str, now: datetime, *, rests: bool
) -> str | None:
    with db.write() as session:
        system = session.get(WebhookRow, delivery.webhook_id, with_for_update=True)
        row = _claimed(session, delivery, worker)
        if row is None or system is None:
            return None
        row.claimed_by = row.claimed_until = None
        row.answered, row.fault = status, fault
        if row.attempts > len(PAUSES):
            row.state, row.ended_at = "given up", now
        else:
            row.state, row.not_before = "waiting", now + PAUSES[row.attempts - 1]
        if rests:
            system.resting_until = now + PAUSES[min(system.failures, len(PAUSES) - 1)]
            system.failures += 1
            system.failing_since = system.failing_since or now
        why = _why_stopped(system, status, fault, now)
        if why is not None:
            system.stopped_at, system.stopped_why = now, why
            owner = session.get_one(IssuerRow, system.issuer_id)
            session.flush()
            subject = f"webhook:{owner.slug}/{system.name}"
            audit.append(
                session, at=now, actor="job", action="webhook stopped", subject=subject, details={"answered": status}
            )
        return row.state


def _why_stopped(system: WebhookRow, status: int | None, fault: str, now: datetime) -> str | None:
    if status == _GONE:
        return sentence("it answered that it is gone (410)")
    if system.failing_since is not None and now - system.failing_since >= GIVEN_UP_AFTER:
        return sentence("it could not be told for {days} days; at last: {fault}", days=GIVEN_UP_AFTER.days, fault=fault)
    return None


def _claimed(session: Session, delivery: Delivery, worker: str) -> WebhookDeliveryRow | None:
    row = session.get(WebhookDeliveryRow, delivery.id, with_for_update=True)
    return row if row is not None and row.state == "claimed" and row.claimed_by == worker else None
