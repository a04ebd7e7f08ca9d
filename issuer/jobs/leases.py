"""Who does a job now: a named lease with a holder and an end. It saves double work and guarantees nothing else.

A holder that is killed keeps its lease until the end of it, unless it is known to be `gone`; one that is slow may find
it taken over. Both are harmless, because every job is an idempotent sweep: what decides is always the rows that the job
is about.

`holder` says who is at it, and once it was given back, how that ended; `last_done_at` up to when the job has done its
work. All machines' clocks are taken to agree to within a few seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from issuer.store import Database
from issuer.tables import LeaseRow


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease as it stands. `holder` is the outcome of the last run once it was given back."""

    name: str
    holder: str
    until: datetime
    last_done_at: datetime | None

    def held(self, now: datetime) -> bool:
        """True while someone may be believed to be at it."""
        return self.until > now


def take(
    db: Database,
    name: str,
    *,
    holder: str,
    now: datetime,
    length: timedelta,
    unless_done_after: datetime | None = None,
    gone: Callable[[str], bool] = lambda _: False,
) -> Lease | None:
    """Take a lease that nobody holds, until now + length; None if it is held.

    unless_done_after: None too if its work was done later than that, so that of many workers with one timetable only
    the first works. gone: whether a holder is known to have died; what he held is free. One statement: of several at
    once exactly one is given it.
    """
    with db.write() as session:
        before = session.scalar(select(LeaseRow.holder).where(LeaseRow.name == name, LeaseRow.until > now))
        wanted = _insert(session)(LeaseRow).values(name=name, holder=holder, until=now + length, last_done_at=None)
        free = LeaseRow.until <= now
        if before is not None and gone(before):
            free |= LeaseRow.holder == before
        if unless_done_after is not None:
            free &= or_(LeaseRow.last_done_at.is_(None), LeaseRow.last_done_at <= unless_done_after)
        row = session.execute(
            wanted.on_conflict_do_update(
                index_elements=["name"],
                set_={"holder": wanted.excluded.holder, "until": wanted.excluded.until},
                where=free,
            ).returning(LeaseRow.until, LeaseRow.last_done_at)
        ).one_or_none()
    return None if row is None else Lease(name, holder, row.until, row.last_done_at)


def renew(db: Database, name: str, *, holder: str, now: datetime, length: timedelta) -> bool:
    """Hold it until now + length; False if it was taken over meanwhile."""
    with db.write() as session:
        return bool(
            session.scalar(
                update(LeaseRow)
                .where(LeaseRow.name == name, LeaseRow.holder == holder)
                .values(until=now + length)
                .returning(LeaseRow.name)
            )
        )


def release(
    db: Database, name: str, *, holder: str, now: datetime, outcome: str, done_at: datetime | None = None
) -> bool:
    """Give it back and say how it ended; `done_at`: up to when the work is done. False if it was taken over."""
    values: dict[str, object] = {"holder": outcome, "until": now}
    if done_at is not None:
        values["last_done_at"] = done_at
    with db.write() as session:
        return bool(
            session.scalar(
                update(LeaseRow)
                .where(LeaseRow.name == name, LeaseRow.holder == holder)
                .values(**values)
                .returning(LeaseRow.name)
            )
        )


def note(db: Database, name: str, *, now: datetime, outcome: str, done_at: datetime | None = None) -> None:
    """Say how work ended that needs no lease, because any number may be at it."""
    values = {"holder": outcome, "until": now} | ({} if done_at is None else {"last_done_at": done_at})
    with db.write() as session:
        insert = _insert(session)(LeaseRow).values(name=name, last_done_at=done_at, holder=outcome, until=now)
        session.execute(insert.on_conflict_do_update(index_elements=["name"], set_=values))


def _insert(session: Session) -> Any:
    """`INSERT … ON CONFLICT` of this database: both write it alike, SQLAlchemy has one of each."""
    return sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert


def drop(db: Database, name: str) -> None:
    """Forget a lease that will not be wanted again."""
    with db.write() as session:
        session.execute(delete(LeaseRow).where(LeaseRow.name == name))


def leases(db: Database, names: Iterable[str]) -> dict[str, Lease]:
    """Those of these leases that were ever taken, by name."""
    with db.read() as session:
        rows = session.scalars(select(LeaseRow).where(LeaseRow.name.in_(list(names)))).all()
        return {row.name: Lease(row.name, row.holder, row.until, row.last_done_at) for row in rows}
