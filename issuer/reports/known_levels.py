"""The levels that figures are told by: how they and their programs are called, and which versions each has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from issuer.recertification.facts import LevelKey
from issuer.tables import AchievementRow, LevelRow, ProgramRow


@dataclass(frozen=True, slots=True)
class KnownLevels:
    """Every level of an issuer, those withdrawn too, in the order of programs and steps.

    `of_version` and `of_row` tell a level by the row of one of its versions, and by its own; `zones` are by program.
    """

    names: Mapping[LevelKey, str]
    programs: Mapping[str, str]
    zones: Mapping[str, ZoneInfo]
    of_version: Mapping[int, LevelKey]
    of_row: Mapping[int, LevelKey]

    def versions(self, *keys: LevelKey) -> tuple[int, ...]:
        """The rows of all versions of these levels."""
        return tuple(version for version, key in self.of_version.items() if key in keys)

    def of_program(self, program: str | None) -> tuple[LevelKey, ...]:
        """The levels of a program in their order; of all programs without one."""
        return tuple(key for key in self.names if program in (None, key.program))


def known_levels(session: Session, issuer_id: int) -> KnownLevels:
    """All levels of an issuer, in one question."""
    rows = session.execute(
        select(
            AchievementRow.id,
            LevelRow.id,
            LevelRow.slug,
            ProgramRow.slug,
            ProgramRow.name,
            ProgramRow.time_zone,
            AchievementRow.content["name"].as_string(),
        )
        .join(LevelRow, LevelRow.id == AchievementRow.level_id)
        .join(ProgramRow, ProgramRow.id == LevelRow.program_id)
        .where(ProgramRow.issuer_id == issuer_id)
        .order_by(ProgramRow.name, ProgramRow.slug, LevelRow.position, LevelRow.id, AchievementRow.ordinal)
    ).all()
    names: dict[LevelKey, str] = {}
    programs: dict[str, str] = {}
    zones: dict[str, ZoneInfo] = {}
    of_version, of_row = {}, {}
    for version, level_id, level, program, program_name, zone, name in rows:
        key = LevelKey(program, level)
        names[key] = name  # the newest version comes last
        programs[program], zones[program] = program_name, ZoneInfo(zone)
        of_version[version], of_row[level_id] = key, key
    return KnownLevels(names, programs, zones, of_version, of_row)
