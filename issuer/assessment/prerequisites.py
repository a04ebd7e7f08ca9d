"""Which levels somebody held on a day, and which prerequisites that leaves unmet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from credentials.sentence import sentence
from issuer.assessment.rules import PrerequisiteRule
from issuer.errors import Fault
from issuer.tables import AchievementRow, AwardRow, CredentialRow, LevelRow, ProgramRow
from issuer.validity import end_of_day, start_of_day

_AT_ONCE = 500


class Level(NamedTuple):
    """A level by the short names of its program and itself."""

    program: str
    level: str

    def __str__(self) -> str:
        return f"{self.program}/{self.level}"


@dataclass(frozen=True, slots=True)
class Held:
    """A level that was awarded and stands: neither revoked nor suspended, valid in these instants."""

    level: Level
    valid_from: datetime
    valid_until: datetime | None

    def on(self, day: date, zone: ZoneInfo) -> bool:
        """Whether it was valid at some time of that day."""
        begun = self.valid_from <= end_of_day(day, zone)
        return begun and (self.valid_until is None or self.valid_until >= start_of_day(day, zone))


def held_by(session: Session, issuer_id: int, person_ids: Iterable[UUID]) -> Mapping[UUID, Sequence[Held]]:
    """What each person was awarded and still has; what is just being issued counts. One query per 500 people."""
    wanted = sorted(set(person_ids))
    held: defaultdict[UUID, list[Held]] = defaultdict(list)
    for start in range(0, len(wanted), _AT_ONCE):
        rows = session.execute(
            select(
                AwardRow.person_id,
                ProgramRow.slug,
                LevelRow.slug,
                CredentialRow.valid_from,
                CredentialRow.valid_until,
            )
            .join(CredentialRow, CredentialRow.award_id == AwardRow.id)
            .join(AchievementRow, AchievementRow.id == AwardRow.achievement_id)
            .join(LevelRow, LevelRow.id == AchievementRow.level_id)
            .join(ProgramRow, ProgramRow.id == LevelRow.program_id)
            .where(
                AwardRow.issuer_id == issuer_id,
                AwardRow.person_id.in_(wanted[start : start + _AT_ONCE]),
                CredentialRow.state != "void",
                CredentialRow.revoked_at.is_(None),
                CredentialRow.suspended_at.is_(None),
            )
        )
        for person_id, program, level, valid_from, valid_until in rows:
            if person_id is not None:
                held[person_id].append(Held(Level(program, level), valid_from, valid_until))
    return held


def faults_of_prerequisites(
    rules: Sequence[PrerequisiteRule], program: str, held: Iterable[Held], day: date, zone: ZoneInfo
) -> Iterator[Fault]:
    """One fault for each prerequisite of a level of `program` that was not met on that day."""
    there = {one.level for one in held if one.on(day, zone)}
    for rule in rules:
        levels = [Level(one.program or program, one.level) for one in rule.of]
        if sum(level in there for level in levels) >= rule.needed:
            continue
        names = ", ".join(str(level) for level in levels)
        if len(levels) == 1:
            what = sentence("the level {names} must be held first, and was not on {day}", names=names, day=day)
        else:
            what = sentence(
                "{needed} of the levels {names} must be held first, and were not on {day}",
                needed=rule.needed,
                names=names,
                day=day,
            )
        yield Fault("prerequisites", what, sentence("award what is missing first, or correct the day"))
