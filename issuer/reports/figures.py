"""How many credentials stand how, and how many people there are: a few questions, whatever the size of the company.

What ended and what did not is counted along one index; those that are revoked or suspended, along indexes that hold
these few alone. That is linear still, so whoever shows the figures of a large company keeps them for a while (MANY).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Boolean, ColumnElement, and_, func, literal_column, or_, select
from sqlalchemy.orm import aliased

from issuer.issuers import issuer_row
from issuer.people.targets import present
from issuer.store import Database
from issuer.succession.chain import indexed
from issuer.tables import CredentialRow, PersonRow

MANY = 50_000
"""Credentials: with more of them, counting takes long enough to be kept for a while."""
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
    lasting = or_(row.valid_until.is_(None), row.valid_until >= now)
    with db.read() as session:
        owner = issuer_row(session, issuer).id

        def total(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
            return select(func.count()).select_from(row).where(row.issuer_id == owner, *conditions).scalar_subquery()

        revoked = row.revoked_at.is_not(None)
        resting = and_(row.suspended_at.is_not(None), row.revoked_at.is_(None))
        unsigned = literal_column("credentials.state IN ('preparing', 'void')", Boolean)
        off = [(some, when) for some in (revoked, resting, unsigned) for when in (ended, lasting)]
        counts = session.execute(
            select(
                total(ended),
                total(row.valid_until >= now) + total(row.valid_until.is_(None)),  # two stretches of the index
                *(total(some, when) for some, when in off),
            )
        ).one()
        replaced = select(later.id).where(later.replaces_id == row.id, later.state == "issued", indexed(later)).exists()
        farthest = now + timedelta(days=HORIZONS[-1])
        ends = (clean, row.state == "issued", row.valid_until >= now, row.valid_until < farthest, ~replaced)
        soon = session.execute(
            select(*(func.count().filter(row.valid_until < now + timedelta(days=days)) for days in HORIZONS)).where(
                row.issuer_id == owner, *ends
            )
        ).one()
        people = session.scalar(select(func.count()).select_from(PersonRow).where(present(today))) or 0
    all_ended, all_lasting, *others = counts
    of_ended, of_lasting = sum(others[::2]), sum(others[1::2])
    expiring = dict(zip(HORIZONS, soon, strict=True))
    valid, expired = all_lasting - of_lasting, all_ended - of_ended
    return Figures(valid, others[2] + others[3], expired, others[0] + others[1], people, expiring)
