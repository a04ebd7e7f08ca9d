"""How long others took for a level: from the day on which they could begin to the day from which the award counts.

Nobody is pointed at: there is a forecast only of FEWEST people or more, of their middle half and in whole weeks or
months. It is read from the newest awards of the level, so that it costs the same however many hold it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from statistics import quantiles
from typing import Final
from uuid import UUID

from sqlalchemy import Select, func, select, union_all
from sqlalchemy.orm import Session

from credentials.sentence import Sentence, counted, sentence
from issuer.issuers import issuer_row
from issuer.people.assignment_rules import TargetKind
from issuer.programs import Achievement, catalogue_of
from issuer.recertification.facts import LevelKey, Prerequisite
from issuer.store import Database
from issuer.tables import AchievementRow, AssignmentRow, AwardRow, IssuerRow, LevelRow, PersonRow, ProgramRow

FEWEST: Final = 5
NEWEST: Final = 200
"""Awards of each version of a level that are looked at."""
MOST_LEVELS: Final = 12
_WEEKS_BELOW = 70  # days; longer ones are told in months
_MONTH = 30.44


@dataclass(frozen=True, slots=True)
class Forecast:
    """Days that `people` others took: half of them up to `median`, the middle half between `low` and `high`."""

    people: int
    low: int
    median: int
    high: int

    @property
    def words(self) -> Sentence:
        """“Others took about 4 months, half of them between 3 and 6 months (31 people).”"""
        unit = _weeks if self.high < _WEEKS_BELOW else _months
        low, middle, high = (_in(days, weeks=self.high < _WEEKS_BELOW) for days in (self.low, self.median, self.high))
        if low == high:
            return sentence("Others took about {time} ({people} people).", time=unit(middle), people=self.people)
        return sentence(
            "Others took about {time}, half of them between {low} and {high} ({people} people).",
            time=unit(middle),
            low=low,
            high=unit(high),
            people=self.people,
        )


def forecasts(
    db: Database, issuer: str | None, levels: Collection[LevelKey], *, apart_from: UUID
) -> Mapping[LevelKey, Forecast]:
    """Forecasts of at most MOST_LEVELS of these levels, where there are enough others. Raises UnknownIssuer.

    A person could begin once the last prerequisite was held; else on the day of joining, or of the assignment to him or
    to everyone, if that came later. Whose rows tell none of these does not count.
    """
    wanted = sorted(levels)[:MOST_LEVELS]
    with db.read() as session:
        found = days_taken(session, issuer_row(session, issuer).id, wanted)
    told = {}
    for key, taken in found.items():
        if (one := forecast_of([days for person, days in taken if person != apart_from])) is not None:
            told[key] = one
    return told


def days_taken(
    session: Session,
    issuer_id: int,
    levels: Collection[LevelKey],
    *,
    since: date | None = None,
    before: date | None = None,
    recorded_before: datetime | None = None,
) -> Mapping[LevelKey, Sequence[tuple[UUID, int]]]:
    """How many days each of those took who were awarded a level last, and in that time, for the first time.

    What was recorded later than that instant is not seen. Only levels in use are looked at; there is nothing of so few
    that no forecast would be made of them.
    """
    owner = session.get_one(IssuerRow, issuer_id)
    catalogue = catalogue_of(session, owner)
    versions = _versions(session, issuer_id)
    found = {key: level for key in levels if (level := catalogue.find(key.program, key.level)) is not None}
    awards = _newest_awards(session, {key: versions[key] for key in found}, since, before, recorded_before)
    people = {person for some in awards.values() for person in some}
    if len(people) < FEWEST:
        return {}
    demands = {key: _demands(level) for key, level in found.items()}
    earlier = {one for some in demands.values() for demand in some for one in demand.levels}
    held = _first_days(session, people, {key: versions.get(key, ()) for key in earlier | set(found)})
    joined = dict(session.execute(select(PersonRow.id, PersonRow.joined_on).where(PersonRow.id.in_(people))).all())
    assigned = _assigned(session, versions, people)
    told: dict[LevelKey, list[tuple[UUID, int]]] = {}
    for key in found:
        for person in awards[key]:
            done = held.get((person, key))
            if done is None or (since is not None and done < since) or (before is not None and done >= before):
                continue
            begun = (
                _last_held(person, demands[key], held)
                if demands[key]
                else _asked_since(joined.get(person), assigned.get((key, str(person)), assigned.get((key, ""))), done)
            )
            if begun is not None and begun <= done:
                told.setdefault(key, []).append((person, (done - begun).days))
    return told


def forecast_of(days: Sequence[int]) -> Forecast | None:
    """What so many durations come to; None if they are fewer than FEWEST. Pure."""
    if len(days) < FEWEST:
        return None
    low, median, high = (round(one) for one in quantiles(days, n=4, method="inclusive"))
    return Forecast(len(days), low, median, high)


def _versions(session: Session, issuer_id: int) -> dict[LevelKey, list[int]]:
    rows = session.execute(
        select(ProgramRow.slug, LevelRow.slug, AchievementRow.id)
        .join(LevelRow, LevelRow.id == AchievementRow.level_id)
        .join(ProgramRow, ProgramRow.id == LevelRow.program_id)
        .where(ProgramRow.issuer_id == issuer_id)
    )
    found: dict[LevelKey, list[int]] = defaultdict(list)
    for program, level, version in rows:
        found[LevelKey(program, level)].append(version)
    return found


def _newest_awards(
    session: Session,
    versions: Mapping[LevelKey, Iterable[int]],
    since: date | None,
    before: date | None,
    recorded_before: datetime | None,
) -> dict[LevelKey, set[UUID]]:
    """Who was awarded each level last: one statement, which reads NEWEST rows of an index for each version."""
    when = [AwardRow.awarded_on >= since] if since is not None else []
    when += [AwardRow.awarded_on < before] if before is not None else []
    when += [AwardRow.decided_at < recorded_before] if recorded_before is not None else []
    level_of = {version: key for key, some in versions.items() for version in some}
    found: dict[LevelKey, set[UUID]] = {key: set() for key in versions}
    if not level_of:
        return found
    parts = []
    for version in level_of:
        newest = (
            select(AwardRow.achievement_id, AwardRow.person_id)
            .where(AwardRow.achievement_id == version, *when)
            .order_by(AwardRow.awarded_on.desc())
            .limit(NEWEST)
            .subquery()
        )
        parts.append(select(newest.c.achievement_id, newest.c.person_id))
    for version, person in session.execute(union_all(*parts)):
        if person is not None:
            found[level_of[version]].add(person)
    return found


def _first_days(
    session: Session, people: Collection[UUID], versions: Mapping[LevelKey, Iterable[int]]
) -> dict[tuple[UUID, LevelKey], date]:
    """The day from which each of the people has had each of the levels for the first time."""
    level_of = {version: key for key, some in versions.items() for version in some}
    query: Select[UUID, int, date] = (
        select(AwardRow.person_id, AwardRow.achievement_id, func.min(AwardRow.awarded_on))  # type: ignore[assignment]
        .where(AwardRow.person_id.in_(people), AwardRow.achievement_id.in_(level_of))
        .group_by(AwardRow.person_id, AwardRow.achievement_id)
    )
    found: dict[tuple[UUID, LevelKey], date] = {}
    for person, version, day in session.execute(query):
        key = (person, level_of[version])
        found[key] = min(day, found.get(key, day))
    return found


def _assigned(
    session: Session, levels: Collection[LevelKey], people: Collection[UUID]
) -> dict[tuple[LevelKey, str], date]:
    """When each level was asked of each of the people by himself, and of everyone (""), for the first time."""
    rows = session.execute(
        select(ProgramRow.slug, LevelRow.slug, AssignmentRow.target, func.min(AssignmentRow.assigned_on))
        .join(LevelRow, LevelRow.id == AssignmentRow.level_id)
        .join(ProgramRow, ProgramRow.id == LevelRow.program_id)
        .where(
            AssignmentRow.target_kind.in_([TargetKind.PERSON.value, TargetKind.EVERYONE.value]),
            AssignmentRow.target.in_(["", *map(str, people)]),
        )
        .group_by(ProgramRow.slug, LevelRow.slug, AssignmentRow.target)
    )
    found = ((LevelKey(program, level), target, day) for program, level, target, day in rows)
    return {(key, target): day for key, target, day in found if key in levels}


def _demands(level: Achievement) -> tuple[Prerequisite, ...]:
    return tuple(
        Prerequisite(tuple(LevelKey(one.program or level.program, one.level) for one in rule.of), rule.needed)
        for rule in level.prerequisites
    )


def _last_held(
    person: UUID, demands: Iterable[Prerequisite], held: Mapping[tuple[UUID, LevelKey], date]
) -> date | None:
    """The day on which everything that is demanded was held for the first time; None if it never was."""
    days = []
    for demand in demands:
        got = sorted(held[person, key] for key in demand.levels if (person, key) in held)
        if len(got) < demand.needed:
            return None
        days.append(got[demand.needed - 1])
    return max(days)


def _asked_since(joined: date | None, assigned: date | None, done: date) -> date | None:
    return max((day for day in (joined, assigned) if day is not None and day <= done), default=None)


def _in(days: int, *, weeks: bool) -> int:
    return max(1, round(days / 7 if weeks else days / _MONTH))


def _weeks(number: int) -> Sentence:
    return counted(number, "{n} week", "{n} weeks")


def _months(number: int) -> Sentence:
    return counted(number, "{n} month", "{n} months")
