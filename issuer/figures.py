"""How much there is and how far behind it is, for who watches over an installation: counts and ages, nothing of people.

Everything is read from indexes or from few rows; counting a million credentials takes some tenths of a second, so that
who asks often keeps the answer (`portal.metrics.recorded`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from issuer.store import Database
from issuer.tables import (
    AuditHeadRow,
    BulkItemRow,
    BulkRow,
    CredentialRow,
    LeaseRow,
    LogRow,
    MessageRow,
    StatusEventRow,
    StatusListRow,
    WebhookDeliveryRow,
)

UNFINISHED = ("preparing", "void")
"""States of credentials that nobody has; an index holds them."""
STILL_IN_HAND = ("queued", "claimed", "handing over")
"""States of a mail that is on its way."""
NEEDS_SOMEBODY = ("refused", "unclear")


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits in a queue: how many, and for how many seconds the one that waits longest has been due (0: none)."""

    number: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one moment.

    credentials: how many there are of each state (issued, preparing, void), and of the issued those that are revoked
    and suspended. given: of the places of each purpose's open lists, the share that was given out. unpublished: changes
    of status that stand in no published list yet. lists_good_for: seconds for which every published list still holds,
    None without any. jobs: seconds since each job was last done. log: entries of the transparency log, None if there is
    none; unlogged: events of the audit trail that it has not looked at.
    """

    credentials: Mapping[str, int]
    revoked: int
    suspended: int
    given: Mapping[str, float]
    unpublished: Waiting
    lists_good_for: float | None
    bulks: Waiting
    bulk_items: int
    mails: Waiting
    mails_in_trouble: Mapping[str, int]
    deliveries: Waiting
    jobs: Mapping[str, float]
    trail: int
    log: int | None
    unlogged: int


def figures(db: Database, now: datetime) -> Figures:
    """Read them all at one moment. Raises DatabaseUnreachable."""
    with db.read() as session:

        def number(query: Select[Any]) -> int:
            return session.scalar(query) or 0

        def waiting(query: Select[int, datetime]) -> Waiting:
            count, oldest = session.execute(query).one()
            return Waiting(count, _age(oldest, now))

        credentials = select(func.count()).select_from(CredentialRow)
        by_state = select(CredentialRow.state, func.count()).where(CredentialRow.state.in_(UNFINISHED))
        of_state = session.execute(by_state.group_by(CredentialRow.state)).all()
        unfinished = dict.fromkeys(UNFINISHED, 0) | dict(of_state)
        issued = number(credentials) - sum(unfinished.values())
        open_lists = session.execute(
            select(StatusListRow.purpose, func.max(StatusListRow.next_sequence * 1.0 / StatusListRow.size))
            .where(StatusListRow.is_open)
            .group_by(StatusListRow.purpose)
        )
        ends = session.scalar(select(func.min(StatusListRow.valid_until)).where(StatusListRow.edition > 0))
        troubled = select(MessageRow.state, func.count()).where(MessageRow.state.in_(NEEDS_SOMEBODY))
        in_trouble = session.execute(troubled.group_by(MessageRow.state)).all()
        leases = session.execute(select(LeaseRow.name, LeaseRow.last_done_at).where(LeaseRow.last_done_at.is_not(None)))
        log = session.execute(select(LogRow.size, LogRow.trail)).one_or_none()
        trail = number(select(AuditHeadRow.sequence))
        lists = select(StatusListRow.id)
        return Figures(
            credentials={"issued": issued, **unfinished},
            revoked=number(credentials.where(CredentialRow.revoked_at.is_not(None))),
            suspended=number(credentials.where(CredentialRow.suspended_at.is_not(None))),
            given={purpose: float(share) for purpose, share in open_lists},
            unpublished=waiting(
                select(func.count(), func.min(StatusEventRow.at)).where(
                    StatusEventRow.list_id.in_(lists), StatusEventRow.edition.is_(None)
                )
            ),
            lists_good_for=(ends - now).total_seconds() if ends is not None else None,
            bulks=waiting(select(func.count(), func.min(BulkRow.created_at)).where(BulkRow.state == "waiting")),
            bulk_items=number(
                select(func.count())
                .select_from(BulkItemRow)
                .join(BulkRow, BulkRow.id == BulkItemRow.bulk_id)
                .where(BulkRow.state == "waiting", BulkItemRow.state == "waiting")
            ),
            mails=waiting(
                select(func.count(), func.min(MessageRow.not_before)).where(MessageRow.state.in_(STILL_IN_HAND))
            ),
            mails_in_trouble=dict.fromkeys(NEEDS_SOMEBODY, 0) | dict(in_trouble),
            deliveries=waiting(
                select(func.count(), func.min(WebhookDeliveryRow.created_at)).where(
                    WebhookDeliveryRow.state.in_(("waiting", "claimed"))
                )
            ),
            jobs={name: _age(at, now) for name, at in leases},
            trail=trail,
            log=log.size if log is not None else None,
            unlogged=max(0, trail - log.trail) if log is not None else 0,
        )


def _age(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since is not None else 0.0
