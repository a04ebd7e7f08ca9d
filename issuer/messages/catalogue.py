"""Messages as an operator sees them: which there are, how far each got, and what one says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func, select, tuple_

from issuer.errors import Unknown
from issuer.issuers import issuer_row
from issuer.store import Database
from issuer.tables import MessageRow, NoticeRow

MOST = 500
MOST_COUNTED = 10_000
"""On a page, what there is more of is not counted to its end."""


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
    db: Database,
    *,
    issuer: str | None = None,
    state: State | None = None,
    limit: int = 100,
    after: tuple[datetime, UUID] | None = None,
) -> tuple[MessageView, ...]:
    """Messages, newest first; those beyond `after`, when the last one seen was written and its id. Raises
    UnknownIssuer."""
    with db.read() as session:
        owner = issuer_row(session, issuer)
        query = select(MessageRow).where(MessageRow.issuer_id == owner.id)
        if state is not None:
            query = query.where(MessageRow.state == state.value)
        if after is not None:
            query = query.where(tuple_(MessageRow.created_at, MessageRow.id) < after)
        query = query.order_by(MessageRow.created_at.desc(), MessageRow.id.desc()).limit(min(limit, MOST))
        return tuple(_view(row) for row in session.scalars(query))


def count_messages(db: Database, *, issuer: str | None = None, most: int | None = None) -> Mapping[State, int]:
    """How many messages there are in each state; `most` + 1 if there are more than `most`. Raises UnknownIssuer."""
    with db.read() as session:
        owner = issuer_row(session, issuer)
        totals = []
        for state in State:
            some = select(MessageRow.id).where(MessageRow.issuer_id == owner.id, MessageRow.state == state.value)
            counted = (some if most is None else some.limit(most + 1)).subquery()
            totals.append(select(func.count()).select_from(counted).scalar_subquery())
        return dict(zip(State, session.execute(select(*totals)).one(), strict=True))


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
