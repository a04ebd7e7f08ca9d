"""Everybody, page by page, with what happened to them in a stretch of time: what the sweeps over people share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from issuer.jobs.job import Parts
from issuer.jobs.telling import Desk, Told
from issuer.people.facts import levels_of, people_facts
from issuer.program_settings import settings_of
from issuer.recertification.facts import Levels, Pacings, PersonFacts
from issuer.recertification.timeline import Happening
from issuer.tables import IssuerRow, PersonRow, ProgramRow
from issuer.validity import today

FIRST_LOOK_BACK = timedelta(days=1)
"""How far back the first sweep of an installation looks: nobody is told what was long before it."""
PAGE = 200
"""People of one transaction."""

Finder = Callable[[PersonFacts], tuple[Happening, ...]]
Reached = Callable[[str], None]
"""Called before each step of a sweep; what it raises ends the sweep there, as a crash would."""


@dataclass(frozen=True, slots=True)
class House:
    """What is the same for all people of an issuer: its levels, and who is behind its programs."""

    issuer_id: int
    levels: Levels
    pacings: Pacings
    desks: Mapping[str, Desk]


@dataclass(frozen=True, slots=True)
class Page:
    """Some people, and what happened to each of them to whom anything did; `managers` are those who are there."""

    house: House
    people: tuple[PersonFacts, ...]
    happenings: Mapping[UUID, tuple[Happening, ...]]
    managers: Mapping[UUID, UUID]

    def told(self, person: PersonFacts) -> Told:
        """Whom a happening of this person concerns."""
        return Told(self.house.issuer_id, self.house.levels, person, self.managers.get(person.id), self.house.desks)


def houses(parts: Parts) -> Iterator[House]:
    """Every issuer that has levels."""
    with parts.database.read() as session:
        ids = session.scalars(select(IssuerRow.id).order_by(IssuerRow.id)).all()
    for issuer_id in ids:
        with parts.database.read() as session:
            levels, pacings = levels_of(session, issuer_id)
            desks = _desks(session, issuer_id)
        if levels:
            yield House(issuer_id, levels, pacings, desks)


def begin(last_done_at: datetime | None, now: datetime) -> datetime:
    """From when on a sweep tells what happened."""
    return last_done_at or now - FIRST_LOOK_BACK


def pages(parts: Parts, house: House, job: str, find: Finder, *, now: datetime, size: int) -> Iterator[Page]:
    """Everybody of a house, with what `find` says of each. Raises Stopped between pages."""
    after: UUID | None = None
    while True:
        with parts.database.read() as session:
            people = tuple(people_facts(session, house.issuer_id, house.levels, after=after, limit=size))
            managers = _managers(session, people, now)
        found = {one.id: find(one) for one in people}
        yield Page(house, people, {one: happenings for one, happenings in found.items() if happenings}, managers)
        if len(people) < size:
            return
        after = people[-1].id
        parts.pause(job)


def _managers(session: Session, people: tuple[PersonFacts, ...], now: datetime) -> dict[UUID, UUID]:
    """The manager of each who has one that is still with the company."""
    manager = aliased(PersonRow)
    rows = session.execute(
        select(PersonRow.id, manager.id, manager.left_on)
        .join(manager, manager.id == PersonRow.manager_id)
        .where(PersonRow.id.in_([person.id for person in people]), manager.erased_at.is_(None))
    )
    zones = {person.id: person.zone for person in people}
    return {
        person_id: manager_id
        for person_id, manager_id, left_on in rows
        if left_on is None or left_on >= today(now, zones[person_id])
    }


def _desks(session: Session, issuer_id: int) -> dict[str, Desk]:
    rows = session.scalars(select(ProgramRow).where(ProgramRow.issuer_id == issuer_id))
    return {row.slug: Desk(row.owner_address, settings_of(row).mail_hours) for row in rows}
