"""Whom of the directory a provider means: by its own name for him, and the first time by his verified address."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from credentials.sentence import sentence
from issuer import audit
from issuer.people.directory import person, person_by_address
from issuer.sign_in.refusals import Stranger, departed
from issuer.store import Database, insert_missing
from issuer.tables import IdentityRow

LONGEST_SUBJECT = 255
"""ASCII characters that a subject may have at most (OpenID Connect Core 1.0, section 2)."""


def person_of_identity(
    db: Database, *, provider: str, subject: str, email: str | None, now: datetime, today: date
) -> UUID:
    """The person whom a provider's token is about. The first time, its verified `email` says who he is.

    From then on the subject does, whatever becomes of the address. Raises Stranger, Departed.
    """
    with db.write() as session:
        known = session.scalars(
            select(IdentityRow.person_id).where(IdentityRow.provider == provider, IdentityRow.subject == subject)
        ).one_or_none()
        person_id = known or _linked(session, provider, subject, email, now)
        found = person(session, person_id)
        if found is None or not found.present(today):
            raise departed()
        return person_id


def _linked(session: Session, provider: str, subject: str, email: str | None, now: datetime) -> UUID:
    if email is None:
        raise Stranger(
            sentence(
                "Your company’s sign-in said who you are, but not by a verified e-mail address, and that is how the "
                "directory of this server would know you. Tell whoever runs it."
            )
        )
    found = person_by_address(session, email)
    if found is None:
        raise Stranger(
            sentence(
                "You are signed in as {email}, and nobody in the directory of this server has that address. "
                "Whoever keeps the directory can enter it.",
                email=email,
            )
        )
    row = {"provider": provider, "subject": subject, "person_id": found.id, "linked_at": now}
    insert_missing(session, IdentityRow, [row], ("provider", "subject"))
    audit.append(
        session,
        at=now,
        actor="sign-in",
        action="identity linked",
        subject=f"person:{found.id}",
        details={"provider": provider},
    )
    return found.id
