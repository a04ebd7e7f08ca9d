"""A worker's part of a bulk: chunk by chunk, until nothing waits.

1. claim: some waiting items, which no other worker has
2. do: what the bulk's kind says (`issuer.jobs.bulk_kinds`); of a list of awards the numbered steps of issuing
3. record: the outcome of each item, committed together
4. end: when no item waits any more, the bulk has ended

A crash after 2 leaves items `waiting` that are done; done again, they find what was made, and nothing is made twice.
On PostgreSQL the claimed rows stay locked until 3 is committed: other workers skip them, and a killed worker's locks
are gone with its connection. SQLite has one writer at a time anyway: there a lease keeps others off the whole bulk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import exists, func, select, update
from sqlalchemy.orm import Session

from issuer import audit
from issuer.canonical_json import json_text
from issuer.errors import DatabaseError, IssuerError
from issuer.jobs import leases
from issuer.jobs.bulk import BEGUN_AT, BulkState, begun, waiting_bulks
from issuer.jobs.bulk_kinds import Chunk, Did, Item, do_chunk
from issuer.jobs.job import Parts
from issuer.many_rows import change_rows
from issuer.tables import BulkItemRow, BulkRow, IssuerRow
from keys.errors import KeysError

CHUNK = 1_000
"""Items between two looks at whether to stop or to cancel: about a second of signing."""
_FIRST = 100
"""Items of the first chunk; each further one has twice as many, up to CHUNK. A worker that takes over from a dead one
has committed something in a tenth of the time, and so has one that is killed again and again."""
_SQLITE_LEASE = timedelta(minutes=2)


class BulkStep(StrEnum):
    """The numbered steps, for whoever watches; between them come those of issuing."""

    CLAIM = "bulk 1 claim"
    DO = "bulk 2 do"
    RECORD = "bulk 3 record"
    END = "bulk 4 end"


Reached = Callable[[str], None]
"""Called when a step is about to begin; what it raises ends the work there, as a crash would."""


@dataclass(frozen=True, slots=True)
class Worked:
    """What a worker did with the bulks: items with outcomes, and bulks that cannot go on at the moment."""

    done: int = 0
    failed: int = 0
    cancelled: int = 0
    stuck: int = 0

    def __add__(self, other: Worked) -> Worked:
        return Worked(
            self.done + other.done,
            self.failed + other.failed,
            self.cancelled + other.cancelled,
            self.stuck + other.stuck,
        )

    @property
    def idle(self) -> bool:
        """True if there was nothing to take."""
        return self == Worked()


def work_on_bulks(parts: Parts, *, chunk_size: int = CHUNK, reached: Reached = lambda _: None) -> Worked:
    """Work on all bulks until none has anything to take; one chunk of each in turn, so that none waits for another.

    Ends early, after a chunk, when the worker is to stop. A bulk that cannot go on (no key, an output that does not
    verify) keeps its items waiting and says why; the others go on. Raises DatabaseError.
    """
    total = Worked()
    stuck: set[UUID] = set()
    size = min(_FIRST, chunk_size)
    while True:
        taken = Worked()
        for bulk_id in waiting_bulks(parts.database):
            if parts.stopping():
                return total + taken
            if bulk_id not in stuck:
                worked = work_on_bulk(parts, bulk_id, chunk_size=size, reached=reached)
                taken += worked
                if worked.stuck:
                    stuck.add(bulk_id)
        total += taken
        size = min(2 * size, chunk_size)
        if taken.idle or not (taken.done or taken.failed or taken.cancelled):
            return total


def work_on_bulk(parts: Parts, bulk_id: UUID, *, chunk_size: int = CHUNK, reached: Reached = lambda _: None) -> Worked:
    """One chunk of a bulk: the numbered steps. Raises DatabaseError; other faults of ours are kept with the bulk."""
    reached(BulkStep.CLAIM)
    _begin(parts, bulk_id)
    try:
        with _claimed(parts, bulk_id, chunk_size) as claim:
            if claim is None:
                return Worked()
            worked = _cancelled(claim) if claim.cancelling else _done(parts, claim, reached)
    except DatabaseError:
        raise
    except (IssuerError, KeysError) as error:
        with parts.database.write() as session:
            session.execute(update(BulkRow).where(BulkRow.id == bulk_id).values(fault=str(error)))
        return Worked(stuck=1)
    reached(BulkStep.END)
    _end(parts, bulk_id)
    return worked


def _begin(parts: Parts, bulk_id: UUID) -> None:
    """Note when the first worker came, in a transaction of its own: nobody shall wait for this row."""
    with parts.database.read() as session:
        if BEGUN_AT in session.get_one(BulkRow, bulk_id).arguments:
            return
    with parts.database.write() as session:
        row = session.get_one(BulkRow, bulk_id, with_for_update={"key_share": True})
        if BEGUN_AT not in row.arguments:
            row.arguments = begun(row.arguments, parts.clock())


@dataclass(frozen=True, slots=True)
class _Claim:
    """Items that are ours until `record` is called; `record` writes their outcomes, and is the last thing."""

    chunk: Chunk
    cancelling: bool
    record: Callable[[Sequence[Did], str], None]


@contextmanager
def _claimed(parts: Parts, bulk_id: UUID, size: int) -> Iterator[_Claim | None]:
    """Some of the items that wait; None if there are none that another worker has not."""
    if parts.database.engine.dialect.name == "sqlite":
        with _claimed_by_lease(parts, bulk_id, size) as claim:
            yield claim
        return
    with parts.database.write() as session:
        found = _waiting(session, bulk_id, size)
        if found is None:
            yield None
            return
        chunk, cancelling = found
        yield _Claim(chunk, cancelling, lambda dids, other: _record(session, chunk, dids, other))


@contextmanager
def _claimed_by_lease(parts: Parts, bulk_id: UUID, size: int) -> Iterator[_Claim | None]:
    name = f"bulk {bulk_id}"
    now = parts.clock()
    length = _SQLITE_LEASE
    if leases.take(parts.database, name, holder=parts.worker, now=now, length=length, gone=parts.gone) is None:
        yield None
        return
    try:
        with parts.database.write() as session:
            found = _waiting(session, bulk_id, size)

        if found is None:
            yield None
        else:
            chunk, cancelling = found

            def record(dids: Sequence[Did], other: str) -> None:
                with parts.database.write() as session:
                    _record(session, chunk, dids, other)

            yield _Claim(chunk, cancelling, record)
    except Exception:
        leases.drop(parts.database, name)
        raise
    leases.drop(parts.database, name)


def _waiting(session: Session, bulk_id: UUID, size: int) -> tuple[Chunk, bool] | None:
    """Step 1. Items of a later stage are not taken while earlier ones wait, whoever has them."""
    row = session.get_one(BulkRow, bulk_id)
    waiting = (BulkItemRow.bulk_id == bulk_id) & (BulkItemRow.state == "waiting")
    first = session.scalar(select(func.min(BulkItemRow.ordinal)).where(waiting))
    if first is None:
        return Chunk.of(row, session.get_one(IssuerRow, row.issuer_id).slug, ()), False
    cancelling = row.cancel_asked_at is not None
    query = select(BulkItemRow.ordinal, BulkItemRow.work).where(waiting).order_by(BulkItemRow.ordinal)
    query = query.with_for_update(skip_locked=True)
    if not cancelling:
        stage_end = min((start for start in row.arguments["stages"] if start > first), default=row.total)
        query = query.where(BulkItemRow.ordinal < stage_end).limit(size)
    items = tuple([Item(ordinal, work) for ordinal, work in session.execute(query)])
    if not items:
        return None
    return Chunk.of(row, session.get_one(IssuerRow, row.issuer_id).slug, items), cancelling


def _done(parts: Parts, claim: _Claim, reached: Reached) -> Worked:
    """Steps 2 and 3."""
    if not claim.chunk.items:
        return Worked()
    reached(BulkStep.DO)
    dids = do_chunk(parts, claim.chunk, reached)
    reached(BulkStep.RECORD)
    claim.record(dids, "done")
    failed = sum(did.fault is not None for did in dids)
    return Worked(done=len(dids) - failed, failed=failed)


def _cancelled(claim: _Claim) -> Worked:
    dids = [Did(item.ordinal, None, None) for item in claim.chunk.items]
    claim.record(dids, "cancelled")
    return Worked(cancelled=len(dids))


def _record(session: Session, chunk: Chunk, dids: Sequence[Did], otherwise: str) -> None:
    """Step 3: `failed` with its fault, or `otherwise`. Of the work only its origin is kept: the rest is of people."""
    bulk_id, origins = chunk.bulk_id, {item.ordinal: item.work.get("origin") for item in chunk.items}
    change_rows(
        session,
        BulkItemRow,
        where={"bulk_id": bulk_id, "state": "waiting"},
        by={"ordinal": [did.ordinal for did in dids]},
        each={
            "state": ["failed" if did.fault is not None else otherwise for did in dids],
            "credential_id": [did.credential_id for did in dids],
            "fault": [did.fault for did in dids],
            "work": [json_text({"origin": origins[did.ordinal]} if origins[did.ordinal] else {}) for did in dids],
        },
    )
    session.execute(update(BulkRow).where(BulkRow.id == bulk_id, BulkRow.fault.is_not(None)).values(fault=None))


def _end(parts: Parts, bulk_id: UUID) -> None:
    """Step 4, by whoever finds that nothing waits: exactly one writes it down."""
    items = select(BulkItemRow.ordinal).where(BulkItemRow.bulk_id == bulk_id)
    now = parts.clock()
    with parts.database.read() as session:
        if session.scalar(select(exists(items.where(BulkItemRow.state == "waiting")))):
            return
        states = set(session.scalars(select(BulkItemRow.state).where(BulkItemRow.bulk_id == bulk_id).distinct()))
    state = BulkState.DONE
    if "cancelled" in states:
        state = BulkState.CANCELLED
    elif states == {"failed"}:
        state = BulkState.FAILED
    with parts.database.write() as session:
        ended = session.scalar(
            update(BulkRow)
            .where(BulkRow.id == bulk_id, BulkRow.state == "waiting")
            .values(state=state.value, ended_at=now, fault=None)
            .returning(BulkRow.id)
        )
        if ended is not None:
            audit.append(session, at=now, actor=parts.worker, action=f"bulk {state}", subject=f"bulk:{bulk_id}")
