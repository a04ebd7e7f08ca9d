"""Who is meant by the addresses of awards: people on record, or somebody new, entered by these very awards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from issuer.awards import comparable
from issuer.many_rows import among, insert_rows
from issuer.people.identity import written_by
from issuer.tables import PersonAddressRow, PersonRow


class Named(Protocol):
    """Somebody as an award names him."""

    @property
    def name(self) -> str:
        """The name that is signed."""
        ...

    @property
    def email(self) -> str:
        """The address as it was written."""
        ...

    @property
    def did(self) -> str | None:
        """His DID, if it was given."""
        ...


def enter_people(
    session: Session, issuer_id: int, named: Mapping[str, Named], now: datetime, new_ids: Sequence[UUID]
) -> dict[str, UUID]:
    """The person of each address (in the form that is compared), entered under one of `new_ids` if nobody has it.

    A name or DID given later replaces the one on record only of a person whom this issuer entered and nobody else
    knows (`issuer.people.identity`); of all others the award says it, and the record stays as it is.
    """
    known = _known(session, named)
    strangers = [address for address in sorted(named) if address not in known]
    entered = _enter(session, {address: named[address] for address in strangers}, now, new_ids)
    _correct(session, issuer_id, {person_id: named[address] for address, person_id in reversed(known.items())})
    return known | entered


def addresses_of(recipients: Iterable[Named]) -> dict[str, Named]:
    """By address; of several the last one says the name."""
    return {comparable(one.email): one for one in recipients}


def _enter(session: Session, strangers: Mapping[str, Named], now: datetime, new_ids: Sequence[UUID]) -> dict[str, UUID]:
    entered = dict(zip(strangers, new_ids, strict=False))
    if not entered:
        return {}
    # In the order of their random ids, which an index that has grown large takes best. Addresses in their own order:
    # two processes that enter some of the same then never wait for each other.
    by_id = sorted(zip(entered.values(), strangers.values(), strict=True), key=lambda pair: pair[0].int)
    insert_rows(
        session,
        PersonRow,
        same={"created_at": now},
        each={
            "id": [identifier for identifier, _ in by_id],
            "name": [one.name for _, one in by_id],
            "did": [one.did for _, one in by_id],
        },
    )
    count = insert_rows(
        session,
        PersonAddressRow,
        same={"ordinal": 0},
        each={
            "address": list(entered),
            "shown": [one.email for one in strangers.values()],
            "person_id": list(entered.values()),
        },
        unless_there=("address",),
    )
    if count == len(entered):
        return entered
    people = _known(session, entered)  # another process entered some of them at the same moment
    outrun = [identifier for address, identifier in entered.items() if people[address] != identifier]
    session.execute(delete(PersonRow).where(PersonRow.id.in_(outrun)))
    return people


def _correct(session: Session, issuer_id: int, given: Mapping[UUID, Named]) -> None:
    if not given:
        return
    own = written_by(session, issuer_id, given)
    rows = session.execute(select(PersonRow.id, PersonRow.name, PersonRow.did).where(among(session, PersonRow.id, own)))
    changed = [row.id for row in rows if (row.name, row.did) != (given[row.id].name, given[row.id].did or row.did)]
    for row in session.scalars(select(PersonRow).where(among(session, PersonRow.id, changed)).order_by(PersonRow.id)):
        row.name, row.did = given[row.id].name, given[row.id].did or row.did
    session.flush()


def _known(session: Session, addresses: Iterable[str]) -> dict[str, UUID]:
    rows = session.execute(
        select(PersonAddressRow.address, PersonAddressRow.person_id).where(
            among(session, PersonAddressRow.address, addresses)
        )
    )
    return {row.address: row.person_id for row in rows}
