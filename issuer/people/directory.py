"""People as the directory knows them: found by an address, listed, with their manager and reports; and leaving."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select, tuple_, union
from sqlalchemy.orm import Session, aliased

from credentials.sentence import sentence
from issuer import audit
from issuer.awards import comparable
from issuer.errors import Fault, Refused, Unknown
from issuer.people.targets import present
from issuer.store import Database
from issuer.tables import MembershipRow, PersonAddressRow, PersonRow
from issuer.text_search import SHORTEST_INDEXED, holds

_CHUNK = 1_000


class UnknownPerson(Unknown):
    """Nobody has that address."""


@dataclass(frozen=True, slots=True)
class Membership:
    """In a team or role since a day."""

    name: str
    since: date


@dataclass(frozen=True, slots=True)
class PersonView:
    """A person. `emails` stand as they were written; `manager_name` is None without a manager on record."""

    id: UUID
    name: str
    emails: tuple[str, ...]
    employee_number: str | None
    function: str | None
    manager_id: UUID | None
    manager_name: str | None
    teams: tuple[Membership, ...]
    roles: tuple[Membership, ...]
    time_zone: str | None
    joined_on: date | None
    left_on: date | None
    erased: bool

    def present(self, day: date) -> bool:
        """Whether he is with the company on that day."""
        return not self.erased and (self.left_on is None or self.left_on >= day)

    @property
    def email(self) -> str | None:
        """One of his addresses, always the same."""
        return self.emails[0] if self.emails else None


@dataclass(frozen=True, slots=True)
class PeopleFilter:
    """Whom to list; fields left None do not narrow it. `manager_id` means everyone who reports to him directly.

    `search` looks in names, addresses and employee numbers, whatever the case.
    """

    person_id: UUID | None = None
    team: str | None = None
    role: str | None = None
    manager_id: UUID | None = None
    search: str | None = None
    present_on: date | None = None


def person_by_address(session: Session, address: str) -> PersonView | None:
    """Who has that e-mail address, or None."""
    row = session.get(PersonAddressRow, comparable(address))
    return person(session, row.person_id) if row is not None else None


def person(session: Session, person_id: UUID) -> PersonView | None:
    """The person of that id, an erased one too; None if there is none."""
    return next(iter(people_by_id(session, [person_id]).values()), None)


def people_by_id(session: Session, person_ids: Collection[UUID]) -> dict[UUID, PersonView]:
    """Many people by their ids, with three queries for each thousand."""
    found: dict[UUID, PersonView] = {}
    ids = sorted(person_ids)
    for start in range(0, len(ids), _CHUNK):
        rows = session.scalars(select(PersonRow).where(PersonRow.id.in_(ids[start : start + _CHUNK]))).all()
        found |= {view.id: view for view in _views(session, rows)}
    return found


def reports_of(session: Session, manager_id: UUID, day: date | None = None) -> tuple[PersonView, ...]:
    """Who reports to him directly (and is there on that day, if one is given), by name."""
    return list_people(session, PeopleFilter(manager_id=manager_id, present_on=day))


def manager_of(session: Session, person_id: UUID) -> PersonView | None:
    """The manager of a person, or None."""
    found = session.get(PersonRow, person_id)
    return person(session, found.manager_id) if found is not None and found.manager_id is not None else None


def required_person(session: Session, address: str) -> PersonView:
    """Who has that e-mail address. Raises UnknownPerson."""
    found = person_by_address(session, address)
    if found is None:
        raise UnknownPerson(
            sentence("nobody has the address {address!r}; see `guildmark people list`", address=address)
        )
    return found


def list_people(
    session: Session, filter_: PeopleFilter | None = None, *, after: tuple[str, UUID] | None = None, limit: int = 0
) -> tuple[PersonView, ...]:
    """People by name; those beyond `after` (name and id of the last one seen), at most `limit` (0: all)."""
    query = _filtered(filter_ or PeopleFilter()).order_by(PersonRow.name, PersonRow.id)
    if after is not None:
        query = query.where(tuple_(PersonRow.name, PersonRow.id) > after)
    rows = session.scalars(query.limit(limit) if limit else query).all()
    return tuple(
        view for start in range(0, len(rows), _CHUNK) for view in _views(session, rows[start : start + _CHUNK])
    )


def count_people(session: Session, filter_: PeopleFilter) -> int:
    """How many there are."""
    return session.scalar(_filtered(filter_).with_only_columns(func.count())) or 0


def ids_of(session: Session, filter_: PeopleFilter) -> tuple[UUID, ...]:
    """The ids of people, in their order."""
    return tuple(session.scalars(_filtered(filter_).with_only_columns(PersonRow.id).order_by(PersonRow.id)))


def leave(db: Database, address: str, *, on: date, actor: str, now: datetime) -> PersonView:
    """Record someone's last day with the company; the same again changes nothing.

    Raises UnknownPerson, Refused for a day before he joined.
    """
    with db.write() as session:
        found = required_person(session, address)
        if found.joined_on is not None and on < found.joined_on:
            what = sentence("{on} is before the day of joining, {joined_on}", on=on, joined_on=found.joined_on)
            raise Refused("Leaving", [Fault("", what, sentence("give the last day with the company"))])
        row = session.get_one(PersonRow, found.id)
        if row.left_on != on:
            row.left_on, row.changed_at = on, now
            session.flush()
            details = {"left_on": on.isoformat()}
            audit.append(
                session, at=now, actor=actor, action="person left", subject=f"person:{row.id}", details=details
            )
        return next(iter(_views(session, [row])))


def _filtered(wanted: PeopleFilter) -> Select[PersonRow]:
    query = select(PersonRow).where(PersonRow.erased_at.is_(None))
    for kind, name in (("team", wanted.team), ("role", wanted.role)):
        if name is not None:
            members = select(MembershipRow.person_id).where(MembershipRow.kind == kind, MembershipRow.name == name)
            query = query.where(PersonRow.id.in_(members))
    if wanted.person_id is not None:
        query = query.where(PersonRow.id == wanted.person_id)
    if wanted.manager_id is not None:
        query = query.where(PersonRow.manager_id == wanted.manager_id)
    if wanted.present_on is not None:
        query = query.where(present(wanted.present_on))
    if wanted.search:
        query = query.where(_said_of(wanted.search))
    return query


def _said_of(text: str) -> ColumnElement[bool]:
    """Whether a name or an address holds that, or it is an employee number."""
    addresses = select(PersonAddressRow.person_id).where(holds(PersonAddressRow.address, text))
    number = PersonRow.employee_number == text
    if len(text) < SHORTEST_INDEXED:
        return or_(holds(PersonRow.name, text), number, PersonRow.id.in_(addresses))
    named = aliased(PersonRow)
    # Each by an index of its own: joined by “or” they would have none.
    return PersonRow.id.in_(
        union(
            select(named.id).where(holds(named.name, text)),
            select(named.id).where(named.employee_number == text),
            addresses,
        )
    )


def _views(session: Session, rows: Iterable[PersonRow]) -> list[PersonView]:
    people = list(rows)
    ids = [row.id for row in people]
    addresses: dict[UUID, list[str]] = {}
    for one in session.scalars(
        select(PersonAddressRow)
        .where(PersonAddressRow.person_id.in_(ids))
        .order_by(PersonAddressRow.ordinal, PersonAddressRow.address)
    ):
        addresses.setdefault(one.person_id, []).append(one.shown)
    groups: dict[tuple[UUID, str], list[Membership]] = {}
    for member in session.scalars(
        select(MembershipRow).where(MembershipRow.person_id.in_(ids)).order_by(MembershipRow.name)
    ):
        groups.setdefault((member.person_id, member.kind), []).append(Membership(member.name, member.since))
    managers: dict[UUID, Any] = {}
    above = {row.manager_id for row in people if row.manager_id is not None}
    for identifier, name in session.execute(select(PersonRow.id, PersonRow.name).where(PersonRow.id.in_(above))):
        managers[identifier] = name
    return [
        PersonView(
            id=row.id,
            name=row.name,
            emails=tuple(addresses.get(row.id, ())),
            employee_number=row.employee_number,
            function=row.function,
            manager_id=row.manager_id,
            manager_name=managers.get(row.manager_id) if row.manager_id is not None else None,
            teams=tuple(groups.get((row.id, "team"), ())),
            roles=tuple(groups.get((row.id, "role"), ())),
            time_zone=row.time_zone,
            joined_on=row.joined_on,
            left_on=row.left_on,
            erased=row.erased_at is not None,
        )
        for row in people
    ]
