"""What time alone will do: the engine's timeline of many people, counted, and compared between two sets of rules.

Nothing is written and nobody is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from issuer.achievement_content import level_rules
from issuer.assessment.rules import PrerequisiteRule
from issuer.errors import Fault, Refused, UnknownProgram
from issuer.issuers import issuer_row
from issuer.people.directory import PeopleFilter, PersonView, ids_of, people_by_id
from issuer.people.facts import levels_of, people_facts
from issuer.program_definition import LevelDefinition, ProgramDefinition
from issuer.recertification.facts import LevelFacts, LevelKey, Levels, LevelVersion, Pacings, Prerequisite
from issuer.recertification.timeline import Happening, What, timeline_of
from issuer.store import Database
from issuer.validity import today


class Change(StrEnum):
    """What new rules make of a happening."""

    APPEARS = "appears"
    VANISHES = "vanishes"
    MOVES = "moves"


@dataclass(frozen=True, slots=True)
class Difference:
    """A happening that new rules would change: `before` is None if it appears, `after` if it vanishes."""

    change: Change
    before: Happening | None
    after: Happening | None

    @property
    def happening(self) -> Happening:
        """The one that there will be, or the one that there would have been."""
        found = self.after or self.before
        assert found is not None  # noqa: S101  (one of them is there, by construction)
        return found


@dataclass(frozen=True, slots=True)
class Simulation:
    """The future of people: happenings by time, who they are, how levels are called, how many people it covers."""

    start: datetime
    end: datetime
    happenings: tuple[Happening, ...]
    people: Mapping[UUID, PersonView]
    names: Mapping[LevelKey, str]
    covered: int

    def months(self) -> tuple[tuple[str, Counter[What]], ...]:
        """Each month of the time (`2026-11`), with how many happenings of each kind it has."""
        return by_month(self.happenings, self.start, self.end)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What new rules would change in the future of some people."""

    now: Simulation
    then: Simulation
    differences: tuple[Difference, ...]


def simulate(
    db: Database,
    issuer: str | None,
    *,
    start: datetime,
    end: datetime,
    program: str | None = None,
    filter_: PeopleFilter | None = None,
) -> Simulation:
    """What will happen to whom if nobody acts. Raises UnknownIssuer, UnknownProgram."""
    return _simulated(db, issuer, None, start, end, program, filter_).now


def compare(
    db: Database,
    issuer: str | None,
    definition: ProgramDefinition,
    *,
    start: datetime,
    end: datetime,
    filter_: PeopleFilter | None = None,
) -> Comparison:
    """What a program's file would change in that future, if it were applied at `start`. Nothing is applied.

    Levels of other programs are in it where they depend on this one's. Raises UnknownIssuer.
    """
    return _simulated(db, issuer, definition, start, end, None, filter_)


def with_changes(levels: Levels, pacings: Pacings, definition: ProgramDefinition, on: date) -> tuple[Levels, Pacings]:
    """The levels and pacings as they would be, were the definition published on that day."""
    changed = dict(levels)
    named = {LevelKey(definition.program, level.level): level for level in definition.levels}
    for key, facts in levels.items():
        if key.program == definition.program and key not in named:
            changed[key] = replace(facts, in_use=False)
    for key, level in named.items():
        zone = ZoneInfo(definition.time_zone)
        known = changed.get(key) or LevelFacts(key, level.name, zone, ())
        version = _version(definition, level, len(known.versions) + 1, on)
        newest = known.versions[-1] if known.versions else None
        same = (
            newest is not None and replace(version, ordinal=newest.ordinal, published_on=newest.published_on) == newest
        )
        versions = known.versions if newest and same else (*known.versions, version)
        changed[key] = LevelFacts(key, level.name, zone, versions)
    return changed, {**pacings, definition.program: definition.settings.pacing}


def differences(before: Iterable[Happening], after: Iterable[Happening]) -> tuple[Difference, ...]:
    """What appears, vanishes and moves between two futures, by time.

    The same thing at the same time is no difference. A thing of the same kind, person, level and distance that stands
    at another time has moved; if there are several, they are paired in their order.
    """
    old, new = _grouped(before), _grouped(after)
    found: list[Difference] = []
    for thing in old.keys() | new.keys():
        was, will = old.get(thing, []), new.get(thing, [])
        times = {one.at for one in was} & {one.at for one in will}
        was, will = ([one for one in some if one.at not in times] for some in (was, will))
        for one, other in zip(was, will, strict=False):
            found.append(Difference(Change.MOVES, one, other))
        found += [Difference(Change.VANISHES, one, None) for one in was[len(will) :]]
        found += [Difference(Change.APPEARS, None, one) for one in will[len(was) :]]
    return tuple(sorted(found, key=lambda one: _time(one.happening)))


def by_month(happenings: Iterable[Happening], start: datetime, end: datetime) -> tuple[tuple[str, Counter[What]], ...]:
    """Every month between two instants, those without a happening too."""
    counts: dict[str, Counter[What]] = {month: Counter() for month in _months(start, end)}
    for one in happenings:
        counts.setdefault(f"{one.on:%Y-%m}", Counter())[one.what] += 1
    return tuple(sorted(counts.items()))


def _months(start: datetime, end: datetime) -> Iterator[str]:
    year, month = start.year, start.month
    while (year, month) <= (end.year, end.month):
        yield f"{year:04}-{month:02}"
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def _simulated(
    db: Database,
    issuer: str | None,
    definition: ProgramDefinition | None,
    start: datetime,
    end: datetime,
    program: str | None,
    filter_: PeopleFilter | None,
) -> Comparison:
    if end <= start:
        raise Refused("The simulation", [Fault("", f"it would end on {end:%Y-%m-%d}", "name a day that is to come")])
    with db.read() as session:
        owner = issuer_row(session, issuer)
        levels, pacings = levels_of(session, owner.id)
        if program is not None and program not in {key.program for key in levels}:
            raise UnknownProgram(f"there is no program {program!r}; see `guildmark program list`")
        there = today(start, ZoneInfo(definition.time_zone)) if definition is not None else start.date()
        changed = with_changes(levels, pacings, definition, there) if definition is not None else None
        everyone = filter_ is None or filter_ == PeopleFilter()
        ids = None if everyone or filter_ is None else ids_of(session, filter_)
        before: list[Happening] = []
        after: list[Happening] = []
        covered = 0
        for facts in people_facts(session, owner.id, levels, person_ids=ids):
            covered += 1
            before += timeline_of(facts, levels, pacings, start, end)
            after += timeline_of(facts, *changed, start, end) if changed is not None else ()
        if program is not None:
            before = [one for one in before if one.level.program == program]
        concerned = {one.person_id for one in (*before, *after)}
        people = people_by_id(session, concerned)
    names = {key: level.name for key, level in (changed[0] if changed is not None else levels).items()}
    now, then = (
        Simulation(start, end, tuple(sorted(some, key=_time)), people, names, covered) for some in (before, after)
    )
    return Comparison(now, then, differences(before, after) if changed is not None else ())


_ORDER = {what: number for number, what in enumerate(What)}


def _time(one: Happening) -> tuple[datetime, UUID, int, str]:
    return one.at, one.person_id, _ORDER[one.what], one.key


_Thing = tuple[What, UUID, LevelKey, int, LevelKey | None, str]


def _grouped(happenings: Iterable[Happening]) -> dict[_Thing, list[Happening]]:
    found: dict[_Thing, list[Happening]] = {}
    for one in sorted(happenings, key=_time):
        thing = (one.what, one.person_id, one.level, one.distance, one.because, one.effect or "")
        found.setdefault(thing, []).append(one)
    return found


def _version(definition: ProgramDefinition, level: LevelDefinition, ordinal: int, on: date) -> LevelVersion:
    """A level of a file as its next published version would be."""
    rules = level_rules(level, program=definition.program, time_zone=definition.time_zone)
    prerequisites = [PrerequisiteRule.model_validate(rule) for rule in rules.get("prerequisites", ())]
    return LevelVersion(
        ordinal=ordinal,
        published_on=on,
        validity=level.validity,
        recertification=level.recertification,
        prerequisites=tuple(
            Prerequisite(tuple(LevelKey(one.program or definition.program, one.level) for one in rule.of), rule.needed)
            for rule in prerequisites
        ),
        finish_until=level.midway.finish_until if level.midway is not None else None,
    )
