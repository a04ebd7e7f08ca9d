"""The levels that a wallet may be asked for: those in use, program by program."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select

from issuer.addresses import achievement_url
from issuer.store import Database
from issuer.tables import AchievementRow, IssuerRow, LevelRow, ProgramRow

MOST_LEVELS = 500


@dataclass(frozen=True, slots=True)
class AskedLevel:
    """A level by its public id; `achievement` is the id under which credentials of every version name it, and `type`
    the type of SD-JWT VCs of it."""

    id: str
    program: str
    name: str
    achievement: str
    type: str


def askable_levels(db: Database, only: Collection[str] | None = None) -> tuple[AskedLevel, ...]:
    """The levels in use of every issuer here, in their order; or those of them whose public ids are `only`."""
    newest = select(func.max(AchievementRow.id)).group_by(AchievementRow.level_id)
    with db.read() as session:
        rows = session.execute(
            select(LevelRow.public_id, ProgramRow.name, AchievementRow.content, IssuerRow.base_url)
            .join(ProgramRow, ProgramRow.id == LevelRow.program_id)
            .join(IssuerRow, IssuerRow.id == ProgramRow.issuer_id)
            .join(AchievementRow, AchievementRow.level_id == LevelRow.id)
            .where(LevelRow.in_use, AchievementRow.id.in_(newest))
            .order_by(IssuerRow.id, ProgramRow.name, ProgramRow.id, LevelRow.position)
            .limit(MOST_LEVELS)
        ).all()
    return tuple(
        AskedLevel(
            str(row.public_id),
            row.name,
            str(row.content.get("name", "")),
            achievement_url(row.base_url, row.public_id),
            f"{row.base_url}/credential-types/{row.public_id}",
        )
        for row in rows
        if only is None or str(row.public_id) in only
    )
