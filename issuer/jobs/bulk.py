"""Work on many rows at once, in the background: begun as a whole, done item by item, watched, cancelled.

A bulk is checked as a whole before it begins: wrong items are all named, and nothing is begun. Then workers do it in
chunks (`issuer.jobs.bulk_work`). An item is `waiting` until its outcome is recorded, whoever worked on it and died;
what is to be done is idempotent, so an item that is done again finds what was made the first time. What an item holds
of a person is forgotten when its outcome is recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any
from uuid import UUID

import rfc8785
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from credentials.sentence import sentence
from issuer import audit
from issuer.errors import Fault, IdempotencyConflict, Refused, Unknown
from issuer.issuers import issuer_row
from issuer.store import Database
from issuer.tables import BulkItemRow, BulkRow, IssuerRow

MOST_ITEMS = 100_000
BEGUN_AT = "begun_at"
"""Member of a bulk's arguments: when the first chunk was taken."""


class BulkKind(StrEnum):
    """What is done to every item; REISSUE: to the newest version of its level; RENEW: for one day of completion."""

    ISSUE = "issue"
    REVOKE = "revoke"
    SUSPEND = "suspend"
    REINSTATE = "reinstate"
    REISSUE = "reissue"
    RENEW = "renew"


class BulkState(StrEnum):
    """`failed`: not one item could be done; `done` may have failed items too."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class UnknownBulk(Unknown):
    """No bulk has that id."""


@dataclass(frozen=True, slots=True)
class Bulk:
    """A bulk and how far it is. `fault` says what keeps it from going on; the next worker tries again."""

    id: UUID
    issuer: str
    kind: BulkKind
    state: BulkState
    total: int
    done: int
    failed: int
    cancelled: int
    created_by: str
    created_at: datetime
    begun_at: datetime | None
    ended_at: datetime | None
    cancel_asked_at: datetime | None
    fault: str | None

    @property
    def waiting(self) -> int:
        """Items without an outcome yet."""
        return self.total - self.done - self.failed - self.cancelled

    def rate(self, now: datetime) -> float | None:
        """Items per second since it began; None before that."""
        if self.begun_at is None or self.done + self.failed == 0:
            return None
        return (self.done + self.failed) / max(((self.ended_at or now) - self.begun_at).total_seconds(), 0.001)

    def remaining(self, now: datetime) -> timedelta | None:
        """How long it will take from now on if it goes on like this; None if nobody can say, or it has ended."""
        rate = self.rate(now)
        return timedelta(seconds=round(self.waiting / rate)) if rate and self.ended_at is None else None


@dataclass(frozen=True, slots=True)
class ItemOutcome:
    """An item with an outcome. `origin` is where it came from, like `row 7`."""

    ordinal: int
    origin: str
    state: str
    credential_id: UUID | None
    fault: str | None


def start_bulk(
    db: Database,
    kind: BulkKind,
    items: Sequence[Mapping[str, Any]],
    *,
    issuer: str | None,
    arguments: Mapping[str, Any],
    actor: str,
    now: datetime,
    randomness: Callable[[int], bytes],
    stages: Sequence[int] = (),
    idempotency_key: str | None = None,
) -> Bulk:
    """Record what is to be done; a worker does it. The items were checked by the caller: see `bulk_kinds`.

    stages: numbers of items before which everything earlier must be done, because it builds on that.
    With an idempotency key used before, the bulk of that time is returned; IdempotencyConflict if that was other work.
    Raises Refused for no items or too many, UnknownIssuer.
    """
    _check_size(len(items))
    digest = sha256(rfc8785.dumps([kind.value, dict(arguments), [dict(item) for item in items]])).hexdigest()
    with db.write() as session:
        owner = issuer_row(session, issuer, lock=idempotency_key is not None)
        identifier = UUID(bytes=randomness(16), version=4)
        key = f"given:{idempotency_key}" if idempotency_key is not None else f"bulk:{identifier}"
        known = session.scalars(
            select(BulkRow).where(BulkRow.issuer_id == owner.id, BulkRow.idempotency_key == key)
        ).one_or_none()
        if known is not None:
            if known.arguments["digest"] != digest:
                fault = Fault(
                    "idempotency_key",
                    sentence("it was used for other work"),
                    sentence("give this work a key of its own"),
                )
                raise IdempotencyConflict([fault])
            return _seen(session, known, owner.slug)
        row = BulkRow(
            id=identifier,
            issuer_id=owner.id,
            kind=kind.value,
            state=BulkState.WAITING.value,
            arguments={**arguments, "digest": digest, "stages": list(stages)},
            total=len(items),
            created_by=actor,
            created_at=now,
            idempotency_key=key,
        )
        session.add(row)
        session.flush()
        session.execute(
            insert(BulkItemRow),
            [
                {"bulk_id": identifier, "ordinal": number, "work": dict(item), "state": "waiting"}
                for number, item in enumerate(items)
            ],
        )
        audit.append(
            session,
            at=now,
            actor=actor,
            action="bulk started",
            subject=f"bulk:{identifier}",
            details={"kind": kind.value, "items": len(items), "digest": digest},
        )
        return _seen(session, row, owner.slug)


def _check_size(count: int) -> None:
    if count == 0:
        raise Refused(
            sentence("The work"), [Fault("", sentence("there is nothing in it"), sentence("give one item at least"))]
        )
    if count > MOST_ITEMS:
        raise Refused(
            sentence("The work"),
            [
                Fault(
                    "",
                    sentence("it has {count} items", count=count),
                    sentence("at most {most} are taken; split it", most=MOST_ITEMS),
                )
            ],
        )


def find_bulk(db: Database, bulk_id: UUID, *, issuer: str | None = None) -> Bulk:
    """A bulk as it stands now; of that issuer only, if given. Raises UnknownBulk."""
    with db.read() as session:
        row, slug = _found(session, bulk_id, issuer)
        return _seen(session, row, slug)


def list_bulks(db: Database, *, issuer: str | None = None, limit: int = 50) -> tuple[Bulk, ...]:
    """The newest bulks, newest first; of that issuer only, if given."""
    with db.read() as session:
        query = select(BulkRow, IssuerRow.slug).join(IssuerRow, IssuerRow.id == BulkRow.issuer_id)
        if issuer is not None:
            query = query.where(IssuerRow.slug == issuer)
        rows = session.execute(query.order_by(BulkRow.created_at.desc(), BulkRow.id).limit(limit)).all()
        counts = _counts(session, [row.id for row, _ in rows])
        return tuple(_as_bulk(row, slug, counts.get(row.id, {})) for row, slug in rows)


def waiting_bulks(db: Database) -> tuple[UUID, ...]:
    """Those with work left, oldest first."""
    with db.read() as session:
        query = select(BulkRow.id).where(BulkRow.state == "waiting").order_by(BulkRow.created_at, BulkRow.id)
        return tuple(session.scalars(query))


def outcomes(
    db: Database, bulk_id: UUID, *, state: str | None = None, after: int = -1, limit: int = 100
) -> tuple[ItemOutcome, ...]:
    """Items of a bulk in their order, from after that number on; only those in `state` if given."""
    with db.read() as session:
        query = select(BulkItemRow).where(BulkItemRow.bulk_id == bulk_id, BulkItemRow.ordinal > after)
        if state is not None:
            query = query.where(BulkItemRow.state == state)
        return tuple(
            ItemOutcome(row.ordinal, str(row.work.get("origin", "")), row.state, row.credential_id, row.fault)
            for row in session.scalars(query.order_by(BulkItemRow.ordinal).limit(limit))
        )


def cancel_bulk(db: Database, bulk_id: UUID, *, actor: str, now: datetime, issuer: str | None = None) -> Bulk:
    """Ask for the end of a bulk: what is being done is finished, what waits is not begun. What was done stays.

    Of one that has ended, or is being cancelled, nothing changes. Raises UnknownBulk.
    """
    with db.write() as session:
        row, slug = _found(session, bulk_id, issuer, lock=True)
        if row.state == "waiting" and row.cancel_asked_at is None:
            row.cancel_asked_at = now
            audit.append(session, at=now, actor=actor, action="bulk cancelled", subject=f"bulk:{bulk_id}")
        return _seen(session, row, slug)


def _found(session: Session, bulk_id: UUID, issuer: str | None, *, lock: bool = False) -> tuple[BulkRow, str]:
    query = select(BulkRow, IssuerRow.slug).join(IssuerRow, IssuerRow.id == BulkRow.issuer_id)
    query = query.where(BulkRow.id == bulk_id)
    if lock:
        query = query.with_for_update(of=BulkRow, key_share=True)
    found = session.execute(query).one_or_none()
    if found is None or issuer not in (None, found[1]):
        raise UnknownBulk(sentence("there is no bulk {bulk_id}", bulk_id=bulk_id))
    return found[0], found[1]


def _seen(session: Session, row: BulkRow, slug: str) -> Bulk:
    return _as_bulk(row, slug, _counts(session, [row.id]).get(row.id, {}))


def _counts(session: Session, bulk_ids: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    found: dict[UUID, dict[str, int]] = {}
    query = select(BulkItemRow.bulk_id, BulkItemRow.state, func.count()).where(BulkItemRow.bulk_id.in_(bulk_ids))
    for bulk_id, state, number in session.execute(query.group_by(BulkItemRow.bulk_id, BulkItemRow.state)):
        found.setdefault(bulk_id, {})[state] = number
    return found


def _as_bulk(row: BulkRow, slug: str, counts: Mapping[str, int]) -> Bulk:
    begun = row.arguments.get(BEGUN_AT)
    return Bulk(
        id=row.id,
        issuer=slug,
        kind=BulkKind(row.kind),
        state=BulkState(row.state),
        total=row.total,
        done=counts.get("done", 0),
        failed=counts.get("failed", 0),
        cancelled=counts.get("cancelled", 0),
        created_by=row.created_by,
        created_at=row.created_at,
        begun_at=datetime.fromisoformat(begun) if begun else None,
        ended_at=row.ended_at,
        cancel_asked_at=row.cancel_asked_at,
        fault=row.fault,
    )


def begun(arguments: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """A bulk's arguments from its first chunk on."""
    return {**arguments, BEGUN_AT: now.isoformat()}
