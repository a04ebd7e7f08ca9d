"""What must be done until when and why: from rows to the engine and back, for one person or for many."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from issuer.issuers import issuer_row
from issuer.people.directory import PeopleFilter, PersonView, ids_of, people_by_id
from issuer.people.facts import levels_of, people_facts
from issuer.recertification.course import Course, course_of
from issuer.recertification.duties import Duty, NextLevel, duties_of, next_levels
from issuer.recertification.facts import LevelKey, Levels, PersonFacts
from issuer.store import Database
from issuer.validity import today


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one person stands: every level that he was given, what he must do, and what he could do next."""

    courses: tuple[Course, ...]
    duties: tuple[Duty, ...]
    next_levels: tuple[NextLevel, ...]
    names: dict[LevelKey, str]


@dataclass(frozen=True, slots=True)
class PersonDuty:
    """Something that a person must do. `level_name` is how the level is called."""

    person: PersonView
    duty: Duty
    level_name: str


def duties_of_person(db: Database, issuer: str | None, person_id: UUID, now: datetime) -> tuple[Duty, ...]:
    """What a person must do, soonest first; nothing for someone unknown, erased or gone. Raises UnknownIssuer."""
    return standing_of_person(db, issuer, person_id, now).duties


def standing_of_person(db: Database, issuer: str | None, person_id: UUID, now: datetime) -> Standing:
    """Where a person stands with an issuer. Raises UnknownIssuer."""
    with db.read() as session:
        owner = issuer_row(session, issuer)
        levels, _ = levels_of(session, owner.id)
        facts = next(people_facts(session, owner.id, levels, person_ids=[person_id]), None)
    names = {key: level.name for key, level in levels.items()}
    if facts is None:
        return Standing((), (), (), names)
    return Standing(
        courses_of(facts, levels, now), duties_of(facts, levels, now), next_levels(facts, levels, now), names
    )


def courses_of(facts: PersonFacts, levels: Levels, now: datetime) -> tuple[Course, ...]:
    """The course of every level that a person was ever given, by level."""
    keys = sorted({one.level for one in facts.holdings if one.level in levels})
    return tuple(course_of(levels[key], facts.holdings, now) for key in keys)


def duties_of_people(
    db: Database, issuer: str | None, filter_: PeopleFilter, now: datetime, *, within: timedelta | None = None
) -> tuple[PersonDuty, ...]:
    """What people must do, soonest first; only what is due (or opens) `within` that time, if it is given.

    What is overdue is always there. Raises UnknownIssuer.
    """
    return tuple(sorted(_duties(db, issuer, filter_, now, within), key=_order))


def _duties(
    db: Database, issuer: str | None, filter_: PeopleFilter, now: datetime, within: timedelta | None
) -> Iterator[PersonDuty]:
    with db.read() as session:
        owner = issuer_row(session, issuer)
        levels, _ = levels_of(session, owner.id)
        everyone = filter_ == PeopleFilter()
        ids = None if everyone else ids_of(session, filter_)
        found = [
            (facts.id, duty)
            for facts in people_facts(session, owner.id, levels, person_ids=ids)
            for duty in duties_of(facts, levels, now)
            if within is None or _soon(duty, today(now, levels[duty.level].zone) + within)
        ]
        people = people_by_id(session, {identifier for identifier, _ in found})
    for identifier, duty in found:
        yield PersonDuty(people[identifier], duty, levels[duty.level].name)


def _soon(duty: Duty, horizon: date) -> bool:
    return duty.overdue or (duty.due_on is not None and duty.due_on <= horizon)


def _order(one: PersonDuty) -> tuple[date, str, LevelKey]:
    return one.duty.due_on or date.max, one.person.name, one.duty.level
