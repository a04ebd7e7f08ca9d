"""What a correction changes of the person's record, beside what the credential says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from issuer.awards import comparable
from issuer.people.identity import written_by
from issuer.store import insert_missing
from issuer.succession.correction import Correction
from issuer.tables import IssuerRow, PersonAddressRow, PersonRow


def correct_people(session: Session, people: Mapping[UUID, PersonRow], fresh: Sequence[Correction]) -> None:
    """The record of a person whom this issuer alone knows says what the credential will say: name and DID.

    Addresses decide where messages go and whom an award is to: beside other issuers only the directory gives them, or
    one issuer could lead another's messages and awards to an address of its choice. Where there is no other, a
    corrected address is the main one from now on; of people of the directory it comes behind the directory's.
    """
    own = {
        person_id
        for issuer_id in sorted({one.issuer_id for one in fresh})
        for person_id in written_by(session, issuer_id, {one.person_id for one in fresh if one.issuer_id == issuer_id})
    }
    for one in fresh:
        if one.person_id in own:
            person, said = people[one.person_id], one.request
            person.name, person.did = said.name, said.did or person.did
    alone = session.scalar(select(func.count()).select_from(IssuerRow)) == 1
    if alone:
        _enter(session, {comparable(one.request.email): one for one in fresh}, own)


def _enter(session: Session, addresses: Mapping[str, Correction], own: set[UUID]) -> None:
    """Addresses that are new; of one's own people the new one is the main one from now on."""
    known = set(session.scalars(select(PersonAddressRow.address).where(PersonAddressRow.address.in_(addresses))))
    new = {address: one for address, one in addresses.items() if address not in known}
    session.execute(
        update(PersonAddressRow)
        .where(PersonAddressRow.person_id.in_([one.person_id for one in new.values() if one.person_id in own]))
        .values(ordinal=PersonAddressRow.ordinal + 1)
        .execution_options(synchronize_session=False)
    )
    last = {
        row.person_id: row.ordinal
        for row in session.execute(
            select(PersonAddressRow.person_id, func.max(PersonAddressRow.ordinal).label("ordinal"))
            .where(PersonAddressRow.person_id.in_([one.person_id for one in new.values()]))
            .group_by(PersonAddressRow.person_id)
        )
    }
    insert_missing(
        session,
        PersonAddressRow,
        [
            {
                "address": address,
                "shown": one.request.email,
                "person_id": one.person_id,
                "ordinal": 0 if one.person_id in own else last.get(one.person_id, -1) + 1,
            }
            for address, one in sorted(new.items())
        ],
        ("address",),
    )
