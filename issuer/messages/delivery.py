"""How a message gets from the queue to the mail server, at most once, whatever crashes.

    queued ──► claimed ──► handing over ──► sent
                  │             ├──► refused   (the server said no, or for too long “later”)
                  └──► queued   ├──► queued    (the server surely has not taken it)
                                └──► unclear   (nobody can know)

1. claim: one worker takes it for a few minutes. A crash after this gives it back when the time is over
2. hand over: recorded *before* the server is given the message. A crash after this leaves `unclear`: it may have been
   sent, so it is never sent again by itself; an operator looks, and may `resend`
3. mark: what the server said

A claim is one worker's alone: every later step asks for it by the worker's name and fails once it is lost. A worker's
name must therefore be used for one run only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Update, func, select, update
from sqlalchemy.orm import Session

from credentials.sentence import sentence
from issuer import audit
from issuer.errors import TransitionRefused, Unknown
from issuer.messages.mail_hours import deliverable_at
from issuer.messages.recipients import program_clocks, programs_named, programs_of_credentials, zone_and_hours
from issuer.messages.settled import credential_ids
from issuer.store import Database
from issuer.tables import IssuerRow, MessageRow, NoticeRow, OneTimeLinkRow, PersonRow

CLAIM = timedelta(minutes=5)
HANDING_OVER = timedelta(minutes=15)
"""Longer than any server may take to answer: see portal.mail."""
_PATIENCE = timedelta(days=3)
_FAIR_CHANCE = 3  # attempts that every message has, however old it is
_STALE = timedelta(days=7)
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=5), timedelta(hours=4)

LEFT_UNCLEAR = sentence("the worker stopped while handing it over; the server may or may not have taken it")
OVERTAKEN = sentence("the link that it was to hold is of no use any more")
TOO_OLD = sentence("it waited for more than {days} days and is of no use any more", days=_STALE.days)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message on its way. `sender` is the issuer's name, `reply_to` the issuer's own address if it has one."""

    id: UUID
    address: str
    subject: str
    text: str
    html: str | None
    calendar: str | None
    sender: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep found: messages given back to the queue, and those whose fate nobody knows."""

    given_back: int
    unclear: int


def claim(
    db: Database, *, worker: str, now: datetime, time_zone: str, limit: int = 20, only: UUID | None = None
) -> tuple[UUID, ...]:
    """Take up to `limit` messages that are due, oldest first; they are this worker's until CLAIM is over.

    only: that message and no other, if it is due.

    One that is outside its recipient's mail hours (he is asleep: the worker was off, or the server was) is put off till
    they begin. One that waited for a week is dropped, and so is one whose recipient was erased.
    """
    claimed = []
    due = (MessageRow.state == "queued", MessageRow.not_before <= now)
    with db.write() as session:
        rows = session.scalars(
            select(MessageRow)
            .where(*due, *([MessageRow.id == only] if only is not None else []))
            .order_by(MessageRow.not_before, MessageRow.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
        for row in rows:
            if now - row.not_before > _STALE or not row.address:
                row.state, row.fault = "dropped", TOO_OLD if row.address else sentence("its recipient was erased")
                continue
            opening = _opening(session, row, time_zone, now)
            if opening > now:
                row.not_before = opening
                continue
            row.state, row.claimed_by, row.claimed_until = "claimed", worker, now + CLAIM
            row.attempts += 1
            claimed.append(row.id)
    return tuple(claimed)


def _opening(session: Session, row: MessageRow, time_zone: str, now: datetime) -> datetime:
    notices = session.scalars(select(NoticeRow).where(NoticeRow.message_id == row.id)).all()
    if not notices and _signs_in(session, row):
        return now  # whoever asks for it is awake, and waits
    told = programs_named(notices, programs_of_credentials(session, credential_ids(notices)))
    person = session.get(PersonRow, row.recipient_id) if row.recipient_id is not None else None
    clocks = program_clocks(session, row.issuer_id)
    zone, hours = zone_and_hours(person.time_zone if person else None, told, clocks, time_zone)
    return deliverable_at(now, zone, hours)


def _signs_in(session: Session, row: MessageRow) -> bool:
    return session.scalar(select(OneTimeLinkRow.id).where(OneTimeLinkRow.message_id == row.id)) is not None


def read_claimed(db: Database, message_id: UUID, *, worker: str) -> Outgoing | None:
    """A message that this worker has claimed; None if it is not his any more."""
    with db.read() as session:
        row = session.get(MessageRow, message_id)
        if row is None or row.state != "claimed" or row.claimed_by != worker:
            return None
        return _outgoing(session, row)


def hand_over(db: Database, message_id: UUID, *, worker: str, now: datetime) -> bool:
    """Record that the server is given the message from now on. False: the claim is lost, and nothing may be sent."""
    change = _mine(message_id, worker, "claimed").where(MessageRow.claimed_until > now, MessageRow.address != "")
    return _done(db, change.values(state="handing over", claimed_until=now + HANDING_OVER))


def mark_sent(db: Database, message_id: UUID, *, worker: str, now: datetime) -> bool:
    """The server took it. True also if a sweep had called it unclear meanwhile: now it is known."""
    change = _mine(message_id, worker, "handing over", "unclear")
    return _done(db, change.values(state="sent", sent_at=now, claimed_by=None, claimed_until=None, fault=None))


def mark_dropped(db: Database, message_id: UUID, *, worker: str, fault: str) -> bool:
    """It is of no use any more, and was not given to the server."""
    change = _mine(message_id, worker, "claimed")
    return _done(db, change.values(state="dropped", claimed_by=None, claimed_until=None, fault=fault))


def mark_refused(db: Database, message_id: UUID, *, worker: str, fault: str) -> bool:
    """The server said no, for good."""
    change = _mine(message_id, worker, "claimed", "handing over", "unclear")
    return _done(db, change.values(state="refused", claimed_by=None, claimed_until=None, fault=fault))


def mark_unclear(db: Database, message_id: UUID, *, worker: str, fault: str) -> bool:
    """The server was given all of it, and its answer was lost. The worker's name stays: he may learn more."""
    change = _mine(message_id, worker, "handing over")
    return _done(db, change.values(state="unclear", claimed_until=None, fault=fault))


def mark_deferred(db: Database, message_id: UUID, *, worker: str, now: datetime, fault: str) -> str | None:
    """The server has surely not taken it: back into the queue, after a pause that doubles from five minutes to four
    hours. After three days it is refused instead. Returns the state it is in now; None: it was not this worker's.
    """
    with db.write() as session:
        row = session.get(MessageRow, message_id, with_for_update=True)
        if row is None or row.claimed_by != worker or row.state not in {"claimed", "handing over", "unclear"}:
            return None
        row.fault, row.claimed_by, row.claimed_until = fault, None, None
        if now - row.created_at >= _PATIENCE and row.attempts >= _FAIR_CHANCE:
            row.state = "refused"
        else:
            row.state, row.not_before = "queued", now + pause(row.attempts)
        return row.state


def release(db: Database, worker: str) -> int:
    """Give back everything this worker has claimed and not begun to hand over, as if never claimed."""
    with db.write() as session:
        rows = session.scalars(
            select(MessageRow)
            .where(MessageRow.state == "claimed", MessageRow.claimed_by == worker)
            .order_by(MessageRow.id)
            .with_for_update()
        ).all()
        for row in rows:
            row.state, row.claimed_by, row.claimed_until = "queued", None, None
            row.attempts -= 1
        return len(rows)


def sweep_claims(db: Database, *, now: datetime) -> Swept:
    """What workers left behind: claimed too long ago → queued; handing over too long ago → unclear."""
    left = MessageRow.claimed_until <= now
    with db.write() as session:
        given_back = session.scalars(
            _swept("claimed", left).values(state="queued", claimed_by=None, claimed_until=None)
        )
        back = len(given_back.all())
        unclear = session.scalars(
            _swept("handing over", left).values(state="unclear", claimed_until=None, fault=LEFT_UNCLEAR)
        )
        return Swept(back, len(unclear.all()))


def resend(db: Database, message_id: UUID, *, actor: str, now: datetime) -> None:
    """Put a message that is unclear, refused or dropped into the queue again, by an operator's decision.

    It keeps its Message-ID, by which a mail program can recognise a second copy. Raises Unknown if there is no such
    message, TransitionRefused if it was sent, is on its way, or has nothing left in it.
    """
    with db.write() as session:
        row = session.get(MessageRow, message_id, with_for_update=True)
        if row is None:
            raise Unknown(
                sentence(
                    "there is no message {message_id}; `guildmark messages list` shows them", message_id=message_id
                )
            )
        if row.state not in {"unclear", "refused", "dropped"}:
            raise TransitionRefused(
                sentence(
                    "the message {message_id} is {state}; only unclear, refused and dropped ones",
                    message_id=message_id,
                    state=row.state,
                )
            )
        if not row.address:
            raise TransitionRefused(
                sentence(
                    "the recipient of the message {message_id} was erased; nothing of it is left", message_id=message_id
                )
            )
        before, row.state, row.not_before, row.attempts = row.state, "queued", now, 0
        row.claimed_by = row.claimed_until = row.fault = None
        details = {"message": str(message_id), "was": before}
        session.flush()
        audit.append(
            session, at=now, actor=actor, action="message resent", subject=f"message:{message_id}", details=details
        )


def count_waiting(db: Database) -> int:
    """How many messages are in the queue."""
    with db.read() as session:
        return session.scalar(select(func.count()).where(MessageRow.state == "queued")) or 0


@dataclass(frozen=True, slots=True)
class PutOff:
    """Messages that the mail server could not take so far: how many, and when the oldest was written."""

    count: int
    since: datetime | None


def put_off(db: Database) -> PutOff:
    """Of all issuers: what is in the queue and was tried."""
    query = select(func.count(), func.min(MessageRow.created_at)).where(
        MessageRow.state == "queued", MessageRow.fault.is_not(None)
    )
    with db.read() as session:
        return PutOff(*session.execute(query).one())


def pause(attempts: int) -> timedelta:
    """How long to wait after so many attempts that came to nothing for now."""
    return min(_FIRST_PAUSE * (1 << min(max(attempts - 1, 0), 10)), _LONGEST_PAUSE)


def _mine(message_id: UUID, worker: str, *states: str) -> Update:
    return update(MessageRow).where(
        MessageRow.id == message_id, MessageRow.claimed_by == worker, MessageRow.state.in_(states)
    )


def _swept(state: str, left: Any) -> Any:
    return (
        update(MessageRow)
        .where(MessageRow.state == state, left)
        .returning(MessageRow.id)
        .execution_options(synchronize_session=False)
    )


def _done(db: Database, change: Update) -> bool:
    with db.write() as session:
        changed: Sequence[UUID] = session.scalars(
            change.returning(MessageRow.id).execution_options(synchronize_session=False)
        ).all()
    return bool(changed)


def _outgoing(session: Session, row: MessageRow) -> Outgoing:
    issuer = session.get_one(IssuerRow, row.issuer_id)
    return Outgoing(
        row.id,
        row.address,
        row.subject,
        row.text,
        row.html,
        row.calendar,
        str(issuer.profile.get("name", issuer.slug)),
        row.attempts,
    )
