"""The audit trail: who did what when, each event holding the hash of the one before.

An event's hash is SHA-256 over the canonical JSON (RFC 8785) of its sequence, instant, actor, action, subject,
details and the previous event's hash; the first event's `previous` is GENESIS. Whoever alters, removes or reorders
events breaks a link, unless he writes every later event anew; whoever cuts off the end can be found out by a head
that was written down before (`verify(remembered_head=…)`), and by the database's own record of its head.

Details hold ids and facts, never names or addresses of people: an erased person leaves no trace here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, cast

from sqlalchemy import Table, bindparam, inspect, select, update
from sqlalchemy.orm import Session

from credentials.instants import format_instant, parse_instant
from credentials.sentence import sentence
from issuer.canonical_json import canonical_json, of_plain
from issuer.many_rows import insert_rows
from issuer.store import Database
from issuer.tables import AuditEventRow, AuditHeadRow

GENESIS = "0" * 64
_PAGE = 1_000
_head_table = cast(Table, inspect(AuditHeadRow).local_table)
_TAKE = (
    update(_head_table)
    .values(sequence=_head_table.c.sequence + bindparam("count"))
    .returning(_head_table.c.sequence, _head_table.c.hash)
)
_END = update(_head_table).values(hash=bindparam("link"))


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the trail: write it down elsewhere, and a later cut is found."""

    sequence: int
    hash: str


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One event as it is stored and hashed."""

    sequence: int
    at: datetime
    actor: str
    action: str
    subject: str
    details: Mapping[str, Any]
    hash: str


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What `verify` found. `fault` names the first bad event in a sentence; None: the trail is whole."""

    events: int
    head: Head
    fault: str | None

    @property
    def whole(self) -> bool:
        """True if nothing was altered, removed or reordered."""
        return self.fault is None


def append(
    session: Session, *, at: datetime, actor: str, action: str, subject: str, details: Mapping[str, Any] | None = None
) -> Head:
    """Add one event to the trail: see `append_all`."""
    return append_all(session, at=at, actor=actor, events=[(action, subject, details or {})])


def append_all(
    session: Session, *, at: datetime, actor: str, events: Sequence[tuple[str, str, Mapping[str, Any]]]
) -> Head:
    """Add events (action, subject, details) to the trail, in the caller's transaction, and return its new end.

    The head's row is locked from here to the commit, so that appends of several processes form one line. Append as
    the last thing of a transaction, after every other lock, and two transactions never wait for each other.
    """
    session.flush()
    count = len(events)
    connection = session.connection()
    end, previous = connection.execute(_TAKE, {"count": count}).one()
    if not events:
        return Head(end, previous)
    instant, numbers = format_instant(at), range(end - count + 1, end + 1)
    # events of a batch share the object of their details: it is written once
    texts = {key: canonical_json(dict(one)).decode() for key, one in {id(one): one for _, _, one in events}.items()}
    details = [texts[id(one)] for _, _, one in events]
    links = [previous]
    for number, (action, subject, _), detail in zip(numbers, events, details, strict=True):
        links.append(_hash(number, instant, actor, action, subject, detail, links[-1]))
    insert_rows(
        session,
        AuditEventRow,
        same={"at": instant, "actor": actor},
        each={
            "sequence": numbers,
            "action": [action for action, _, _ in events],
            "subject": [subject for _, subject, _ in events],
            "details": details,
            "previous": links[:-1],
            "hash": links[1:],
        },
    )
    connection.execute(_END, {"link": links[-1]})
    return Head(end, links[-1])


def head(db: Database) -> Head:
    """The trail's present end."""
    with db.read() as session:
        return _head(session)


def events(db: Database, *, after: int = 0, limit: int = 100, subject: str | None = None) -> tuple[AuditEvent, ...]:
    """Up to `limit` events that come after sequence `after`, oldest first; of one `subject` if given."""
    with db.read() as session:
        query = select(AuditEventRow).where(AuditEventRow.sequence > after)
        if subject is not None:
            query = query.where(AuditEventRow.subject == subject)
        rows = session.scalars(query.order_by(AuditEventRow.sequence).limit(limit)).all()
        return tuple(
            AuditEvent(
                row.sequence,
                parse_instant(row.at),
                row.actor,
                row.action,
                row.subject,
                json.loads(row.details),
                row.hash,
            )
            for row in rows
        )


def verify(db: Database, *, remembered_head: Head | None = None) -> AuditReport:
    """Walk the whole trail and check every link; with `remembered_head`, that the trail still contains it."""
    with db.read() as session:
        end, fault = _walk(session, remembered_head)
        recorded = _head(session)
    if fault is None and end != recorded:
        fault = sentence(
            "the trail ends at event {sequence}, but event {recorded} was recorded as its end",
            sequence=str(end.sequence),
            recorded=str(recorded.sequence),
        )
    if fault is None and remembered_head is not None and remembered_head.sequence > end.sequence:
        fault = sentence(
            "the trail ends at event {sequence}, but event {remembered} was remembered: its end is cut off",
            sequence=str(end.sequence),
            remembered=str(remembered_head.sequence),
        )
    return AuditReport(end.sequence, end, fault)


def _walk(session: Session, remembered: Head | None) -> tuple[Head, str | None]:
    """The last good event, and what is wrong with the one after it."""
    end = Head(0, GENESIS)
    while True:
        rows = session.scalars(
            select(AuditEventRow)
            .where(AuditEventRow.sequence > end.sequence)
            .order_by(AuditEventRow.sequence)
            .limit(_PAGE)
        ).all()
        if not rows:
            return end, None
        for row in rows:
            fault = _broken(row, end)
            if fault is not None:
                return end, fault
            if remembered is not None and row.sequence == remembered.sequence and row.hash != remembered.hash:
                return end, sentence(
                    "event {sequence} is not the one that was remembered: the trail was written anew",
                    sequence=str(row.sequence),
                )
            end = Head(row.sequence, row.hash)
        session.expunge_all()


def _broken(row: AuditEventRow, before: Head) -> str | None:
    if row.sequence != before.sequence + 1:
        return sentence(
            "event {missing} is missing: event {before} is followed by {after}",
            missing=str(before.sequence + 1),
            before=str(before.sequence),
            after=str(row.sequence),
        )
    if row.previous != before.hash:
        return sentence(
            "event {sequence} does not follow from event {before}: one of them was replaced or moved",
            sequence=str(row.sequence),
            before=str(before.sequence),
        )
    if row.hash != _hash(row.sequence, row.at, row.actor, row.action, row.subject, row.details, row.previous):
        return sentence(
            "event {sequence} ({action}, {at}) was altered after it was written",
            sequence=str(row.sequence),
            action=row.action,
            at=row.at,
        )
    return None


def _head(session: Session) -> Head:
    row = session.execute(select(AuditHeadRow.sequence, AuditHeadRow.hash)).one()
    return Head(row.sequence, row.hash)


def _hash(sequence: int, at: str, actor: str, action: str, subject: str, details: str, previous: str) -> str:
    link = {
        "action": action,
        "actor": actor,
        "at": at,
        "details": details,
        "previous": previous,
        "sequence": sequence,
        "subject": subject,
    }
    return sha256(of_plain(link)).hexdigest()
