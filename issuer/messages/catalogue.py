"""Messages as an operator sees them: which there are, how far each got, and what one says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func, select

from issuer.errors import Unknown
from issuer.issuers import issuer_row
from issuer.store import Database
from issuer.tables import MessageRow, NoticeRow

MOST = 500


class State(StrEnum):
    """How far a message got: see `issuer.messages.delivery`."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    HANDING_OVER = "handing over"
    SENT = "sent"
    REFUSED = "refused"
    UNCLEAR = "unclear"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message. `fault` says what went wrong last, `kinds` what its notices are about."""

    id: UUID
    address: str
    subject: str
    text: str
    html: str | None
    calendar: str | None
    state: State
    attempts: int
    fault: str | None
    not_before: datetime
    created_at: datetime
    sent_at: datetime | None
    kinds: tuple[str, ...] = ()


def list_messages(
    db: Database, *, issuer: str | None = None, state: State | None = None, limit: int = 100, offset: int = 0
) -> tuple[MessageView, ...]:
    """Messages, newest first. Raises UnknownIssuer."""
    with db.read() as session:
        owner = issuer_row(session, issuer)
        query = select(MessageRow).where(MessageRow.issuer_id == owner.id)
        if state is not None:
            query = query.where(MessageRow.state == state.value)
        query = query.order_by(MessageRow.created_at.desc(), MessageRow.id).limit(min(limit, MOST)).offset(offset)
        return tuple(_view(row) for row in session.scalars(query))


def count_messages(db: Database, *, issuer: str | None = None) -> Mapping[State, int]:
    """How many messages there are in each state; a state without any is 0. Raises UnknownIssuer."""
    with db.read() as session:
        owner = issuer_row(session, issuer)
        query = select(MessageRow.state, func.count()).where(MessageRow.issuer_id == owner.id)
        found = {State(state): number for state, number in session.execute(query.group_by(MessageRow.state))}
    return {state: found.get(state, 0) for state in State}


def waiting_notices(db: Database, now: datetime, *, issuer: str | None = None) -> int:
    """How many notices are due and not yet in a message: they wait for mail hours. Raises UnknownIssuer."""
    with db.read() as session:
        owner = issuer_row(session, issuer)
        query = select(func.count()).select_from(NoticeRow)
        waiting = (NoticeRow.issuer_id == owner.id, NoticeRow.state == "waiting", NoticeRow.due_at <= now)
        return session.scalar(query.where(*waiting)) or 0


def find_message(db: Database, message_id: UUID) -> MessageView:
    """One message with the kinds of its notices. Raises Unknown."""
    with db.read() as session:
        row = session.get(MessageRow, message_id)
        if row is None:
            raise Unknown(f"there is no message {message_id}; `guildmark messages list` shows them")
        kinds = session.scalars(select(NoticeRow.kind).where(NoticeRow.message_id == row.id).order_by(NoticeRow.id))
        return _view(row, tuple(dict.fromkeys(kinds)))


def _view(row: MessageRow, kinds: tuple[str, ...] = ()) -> MessageView:
    return MessageView(
        row.id,
        row.address,
        row.subject,
        row.text,
        row.html,
        row.calendar,
        State(row.state),
        row.attempts,
        row.fault,
        row.not_before,
        row.created_at,
        row.sent_at,
        kinds,
    )
