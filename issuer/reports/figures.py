"""How many credentials stand how, and how many people there are: a few questions, whatever the size of the company."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import aliased

from issuer.issuers import issuer_row
from issuer.people.targets import present
from issuer.store import Database
from issuer.tables import CredentialRow, PersonRow

HORIZONS = (30, 60, 90)
"""Days within which what expires is counted."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Issued credentials by what a stranger would find now, and `people` who are with the company.

    `expiring` counts, by horizon in days, those valid now that end within it and that nothing has replaced; each
    horizon holds the shorter ones.
    """

    valid: int
    suspended: int
    expired: int
    revoked: int
    people: int
    expiring: Mapping[int, int]

    @property
    def issued(self) -> int:
        """All of them."""
        return self.valid + self.suspended + self.expired + self.revoked


def figures(db: Database, issuer: str | None, *, now: datetime, today: date) -> Figures:
    """The figures of an issuer at `now`; `today` is the day there. Raises UnknownIssuer."""
    row, later = CredentialRow, aliased(CredentialRow)
    clean = and_(row.revoked_at.is_(None), row.suspended_at.is_(None))
    ended = and_(row.valid_until.is_not(None), row.valid_until < now)
    with db.read() as session:
        mine = (row.issuer_id == issuer_row(session, issuer).id, row.state == "issued")
        counts = session.execute(
            select(
                _total(and_(clean, or_(row.valid_until.is_(None), row.valid_until >= now))),
                _total(and_(row.revoked_at.is_(None), row.suspended_at.is_not(None))),
                _total(and_(clean, ended)),
                _total(row.revoked_at.is_not(None)),
            ).where(*mine)
        ).one()
        replaced = select(later.id).where(later.replaces_id == row.id, later.state == "issued").exists()
        farthest = now + timedelta(days=HORIZONS[-1])
        soon = session.execute(
            select(*(_total(row.valid_until < now + timedelta(days=days)) for days in HORIZONS)).where(
                *mine, clean, row.valid_until >= now, row.valid_until < farthest, ~replaced
            )
        ).one()
        people = session.scalar(select(func.count()).select_from(PersonRow).where(present(today))) or 0
    valid, suspended, expired, revoked = (int(value or 0) for value in counts)
    expiring = dict(zip(HORIZONS, (int(value or 0) for value in soon), strict=True))
    return Figures(valid, suspended, expired, revoked, people, expiring)


def _total(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))
