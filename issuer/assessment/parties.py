"""The people of an assessment: found by what they are called by, as values that outlive their session."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from credentials.sentence import sentence
from issuer.awards import comparable
from issuer.tables import PersonAddressRow, PersonRow

_UNSAYABLE = re.compile(r"[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Party:
    """A person with what an assessment asks about him. `email` is empty if he has no address on record."""

    id: UUID
    name: str
    email: str
    did: str | None
    function: str | None
    manager_id: UUID | None
    left_on: date | None
    erased: bool

    def gone(self, day: date) -> str | None:
        """Why nothing can be done with him on that day, in words; None if he is there."""
        if self.erased:
            return sentence("was erased")
        if self.left_on is not None and self.left_on < day:
            return sentence("left on {left_on}", left_on=self.left_on)
        return None


def find_party(session: Session, named: str | UUID, *, lock: bool = False) -> Party | None:
    """The person of that id, e-mail address or employee number; None if there is none.

    With `lock`, nobody else proposes him, and nobody erases him, before the commit.
    """
    identifier = _identifier(session, named)
    if identifier is None:
        return None
    query = select(PersonRow).where(PersonRow.id == identifier)
    row = session.scalars(query.with_for_update(key_share=True) if lock else query).one_or_none()
    return None if row is None else _party(session, row)


def _identifier(session: Session, named: str | UUID) -> UUID | None:
    if isinstance(named, UUID):
        return named
    text = named.strip().removeprefix("urn:uuid:")
    if _UNSAYABLE.search(text):  # no database takes it, and nobody is called by it
        return None
    try:
        return UUID(text)
    except ValueError:
        pass
    address = session.get(PersonAddressRow, comparable(text))
    if address is not None:
        return address.person_id
    return session.scalars(select(PersonRow.id).where(PersonRow.employee_number == text)).one_or_none()


def _party(session: Session, row: PersonRow) -> Party:
    addresses = session.scalars(
        select(PersonAddressRow.shown)
        .where(PersonAddressRow.person_id == row.id)
        .order_by(PersonAddressRow.ordinal, PersonAddressRow.address)
        .limit(1)
    ).all()
    return Party(
        id=row.id,
        name=row.name,
        email=addresses[0] if addresses else "",
        did=row.did,
        function=row.function,
        manager_id=row.manager_id,
        left_on=row.left_on,
        erased=row.erased_at is not None,
    )
