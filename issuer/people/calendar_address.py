"""The secret address at which a person's calendar finds his due dates. Of the secret only the hash is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Delete, delete, select

from issuer.allocation import Randomness
from issuer.issuers import issuer_row
from issuer.sign_in.tokens import hash_of, is_secret, new_secret
from issuer.store import Database
from issuer.tables import CalendarFeedRow, IssuerRow, PersonRow


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Whose due dates an address gives, and those of which issuer."""

    person_id: UUID
    issuer: str


def calendar_since(db: Database, issuer: str | None, person_id: UUID) -> datetime | None:
    """Since when the person has an address; None if he has none. Raises UnknownIssuer."""
    with db.read() as session:
        row = session.get(CalendarFeedRow, (issuer_row(session, issuer).id, person_id))
        return row.created_at if row is not None else None


def is_calendar_secret(db: Database, issuer: str | None, person_id: UUID, secret: str) -> bool:
    """Whether it is that of the person's present address. Raises UnknownIssuer."""
    with db.read() as session:
        row = session.get(CalendarFeedRow, (issuer_row(session, issuer).id, person_id))
        return row is not None and row.secret_hash == hash_of(secret)


def new_calendar_secret(
    db: Database, issuer: str | None, *, person_id: UUID, now: datetime, randomness: Randomness
) -> str:
    """The secret of a new address, which replaces the one before. Raises UnknownIssuer."""
    secret = new_secret(randomness)
    with db.write() as session:
        owner = issuer_row(session, issuer)
        session.execute(_of(owner.id, person_id))
        session.add(
            CalendarFeedRow(issuer_id=owner.id, person_id=person_id, secret_hash=hash_of(secret), created_at=now)
        )
    return secret


def end_calendar(db: Database, issuer: str | None, *, person_id: UUID) -> None:
    """The person's address gives nothing any more. Raises UnknownIssuer."""
    with db.write() as session:
        session.execute(_of(issuer_row(session, issuer).id, person_id))


def subscriber(db: Database, secret: str) -> Subscriber | None:
    """Whose address has that secret; None if nobody's has."""
    if not is_secret(secret):
        return None
    with db.read() as session:
        row = session.execute(
            select(CalendarFeedRow.person_id, IssuerRow.slug)
            .join(IssuerRow, IssuerRow.id == CalendarFeedRow.issuer_id)
            .join(PersonRow, PersonRow.id == CalendarFeedRow.person_id)
            .where(CalendarFeedRow.secret_hash == hash_of(secret), PersonRow.erased_at.is_(None))
        ).one_or_none()
        return Subscriber(row.person_id, row.slug) if row is not None else None


def _of(issuer_id: int, person_id: UUID) -> Delete:
    return (
        delete(CalendarFeedRow)
        .where(CalendarFeedRow.issuer_id == issuer_id, CalendarFeedRow.person_id == person_id)
        .execution_options(synchronize_session=False)
    )
