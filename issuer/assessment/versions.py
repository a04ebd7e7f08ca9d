"""Under which version of a level an award is judged: as the engine's midway rules say (`recertification.governing`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from issuer.awards import AwardRequest
from issuer.people.facts import version_of
from issuer.programs import Achievement, Catalogue, as_achievement
from issuer.recertification.facts import LevelFacts, LevelKey
from issuer.recertification.governing import governing, newest
from issuer.tables import AchievementRow, IssuerRow, LevelRow, ProgramRow
from issuer.validity import today


def versions_of(session: Session, level_id: int) -> tuple[Achievement, ...]:
    """All published versions of a level, oldest first."""
    rows = session.execute(
        select(AchievementRow, LevelRow, ProgramRow)
        .join(LevelRow, LevelRow.id == AchievementRow.level_id)
        .join(ProgramRow, ProgramRow.id == LevelRow.program_id)
        .where(LevelRow.id == level_id)
        .order_by(AchievementRow.ordinal)
    )
    return tuple(as_achievement(achievement, level, program) for achievement, level, program in rows)


def for_who_began(versions: Sequence[Achievement], began_on: date, now: datetime) -> Achievement:
    """The version that judges now who began on a day: the newest of that day, unless a later one took him over."""
    return still_governing(versions, newest(_facts(versions), began_on).ordinal, now)


def still_governing(versions: Sequence[Achievement], ordinal: int, now: datetime) -> Achievement:
    """The version that judges now who began under version `ordinal`; versions oldest first, at least one."""
    found = governing(_facts(versions), ordinal, today(now, versions[-1].zone))
    return next(one for one in versions if one.ordinal == found.ordinal)


def _facts(versions: Sequence[Achievement]) -> LevelFacts:
    last = versions[-1]
    return LevelFacts(LevelKey(last.program, last.level), last.name, last.zone, tuple(map(version_of, versions)))


def level_of(session: Session, owner: IssuerRow, catalogue: Catalogue, request: AwardRequest) -> Achievement | None:
    """The version that a request names, or the newest; None if there is none or the level is in use no more."""
    newest_one = catalogue.find(request.program, request.level)
    if newest_one is None or request.version in {None, newest_one.version}:
        return newest_one
    found = session.execute(
        select(AchievementRow, LevelRow, ProgramRow)
        .join(LevelRow, LevelRow.id == AchievementRow.level_id)
        .join(ProgramRow, ProgramRow.id == LevelRow.program_id)
        .where(
            ProgramRow.issuer_id == owner.id,
            LevelRow.public_id == newest_one.public_id,
            AchievementRow.version == request.version,
        )
    ).one_or_none()
    return as_achievement(*found) if found is not None else None
