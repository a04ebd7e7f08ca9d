"""What somebody has to look at: work that failed or waits, mail that was not taken, keys and lists at their end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from issuer.assessment.cases import OPEN
from issuer.issuers import issuer_row
from issuer.jobs.job import Job, Outcome
from issuer.jobs.leases import Lease, leases
from issuer.signing_keys import KeyState, Use
from issuer.store import Database
from issuer.tables import (
    ApiTokenRow,
    BulkRow,
    MessageRow,
    ProposalRow,
    SigningKeyRow,
    StatusEventRow,
    StatusListRow,
)

WAITING_LONG = timedelta(days=14)
TOKENS_END = timedelta(days=14)
UNPUBLISHED = timedelta(hours=1)
NEARLY_FULL = 0.95
_LATE = timedelta(minutes=15)
"""A job that is later than this beside its own timetable was not looked at by any worker."""


@dataclass(frozen=True, slots=True)
class FailedJob:
    """A job whose last run failed, and what it said."""

    name: str
    said: str


@dataclass(frozen=True, slots=True)
class Attention:
    """What needs somebody. `last_worked` is when any job was last done; `idle`: no worker has looked for too long.

    `put_off` are mails that the mail server could not take so far, the oldest of which was written at `put_off_since`;
    `proposals` are open longer than WAITING_LONG; `changes` are changes of status that no published list says yet;
    `lacking` are the uses for which no key signs; `tokens` are names of tokens that end soon.
    """

    failed_jobs: tuple[FailedJob, ...]
    idle: bool
    last_worked: datetime | None
    bulks: int
    stuck_bulks: int
    refused: int
    unclear: int
    put_off: int
    put_off_since: datetime | None
    proposals: int
    oldest_proposal: datetime | None
    changes: int
    full_lists: int
    lacking: tuple[Use, ...]
    tokens: tuple[str, ...]


def attention(db: Database, issuer: str | None, *, jobs: Sequence[Job], now: datetime) -> Attention:
    """What needs somebody at `now`, in a fixed number of questions. Raises UnknownIssuer."""
    known = leases(db, [job.name for job in jobs])
    with db.read() as session:
        owner = issuer_row(session, issuer).id
        by_state = session.execute(
            select(MessageRow.state, func.count())
            .where(MessageRow.issuer_id == owner, MessageRow.state.in_(["refused", "unclear"]))
            .group_by(MessageRow.state)
        )
        messages: dict[str, int] = {row[0]: row[1] for row in by_state}
        put_off, put_off_since = session.execute(
            select(func.count(), func.min(MessageRow.created_at)).where(
                MessageRow.issuer_id == owner, MessageRow.state == "queued", MessageRow.fault.is_not(None)
            )
        ).one()
        waiting = (BulkRow.issuer_id == owner, BulkRow.state == "waiting")
        bulks, stuck = session.execute(select(func.count(), func.count(BulkRow.fault)).where(*waiting)).one()
        proposals, oldest = session.execute(
            select(func.count(), func.min(ProposalRow.proposed_at)).where(
                ProposalRow.issuer_id == owner,
                ProposalRow.state.in_([state.value for state in OPEN]),
                ProposalRow.proposed_at < now - WAITING_LONG,
            )
        ).one()
        mine = select(StatusListRow.id).where(StatusListRow.issuer_id == owner)
        changes = session.scalar(
            select(func.count())
            .select_from(StatusEventRow)
            .where(
                StatusEventRow.edition.is_(None),
                StatusEventRow.at < now - UNPUBLISHED,
                StatusEventRow.list_id.in_(mine),
            )
        )
        full = session.scalar(
            select(func.count())
            .select_from(StatusListRow)
            .where(
                StatusListRow.issuer_id == owner,
                StatusListRow.is_open,
                StatusListRow.next_sequence >= StatusListRow.size * NEARLY_FULL,
            )
        )
        signing = set(
            session.scalars(
                select(SigningKeyRow.use).where(
                    SigningKeyRow.issuer_id == owner, SigningKeyRow.state == KeyState.ACTIVE.value
                )
            )
        )
        tokens = session.scalars(
            select(ApiTokenRow.name)
            .where(
                ApiTokenRow.issuer_id == owner,
                ApiTokenRow.revoked_at.is_(None),
                ApiTokenRow.expires_at > now,
                ApiTokenRow.expires_at <= now + TOKENS_END,
            )
            .order_by(ApiTokenRow.expires_at)
            .limit(20)
        ).all()
    done = [lease.last_done_at for lease in known.values() if lease.last_done_at is not None]
    return Attention(
        failed_jobs=tuple(
            FailedJob(name, lease.holder.partition(": ")[2] or lease.holder)
            for name, lease in known.items()
            if _failed(lease, now)
        ),
        idle=_idle(jobs, known, now),
        last_worked=max(done, default=None),
        bulks=bulks,
        stuck_bulks=stuck,
        refused=messages.get("refused", 0),
        unclear=messages.get("unclear", 0),
        put_off=put_off,
        put_off_since=put_off_since,
        proposals=proposals,
        oldest_proposal=oldest,
        changes=changes or 0,
        full_lists=full or 0,
        lacking=tuple(use for use in Use if use.value not in signing),
        tokens=tuple(tokens),
    )


def _failed(lease: Lease, now: datetime) -> bool:
    return not lease.held(now) and lease.holder.startswith(f"{Outcome.FAILED}")


def _idle(jobs: Sequence[Job], known: dict[str, Lease], now: datetime) -> bool:
    """Whether even the most frequent job that needs no keys was not looked at in time."""
    frequent = min((job for job in jobs if not job.needs_keys), key=lambda job: job.every, default=None)
    if frequent is None:
        return False
    lease = known.get(frequent.name)
    return lease is None or (not lease.held(now) and lease.until < now - frequent.every - _LATE)
