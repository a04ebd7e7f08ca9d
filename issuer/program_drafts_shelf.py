"""Every program of an issuer, published or still a draft: what is in use, who holds it, and what is being written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from issuer.issuers import issuer_row
from issuer.program_drafts import Draft, drafts_of
from issuer.program_reach import holders_of, holders_of_all, running_of
from issuer.programs import catalogue_of
from issuer.store import Database
from issuer.tables import AchievementRow, LevelRow, ProgramRow


@dataclass(frozen=True, slots=True)
class Version:
    """A published version of a level."""

    version: str
    published_at: datetime


@dataclass(frozen=True, slots=True)
class ShelvedLevel:
    """A level with its versions, the newest first (in a list of programs: that one alone).

    `holders` hold it now; `running` are on the way to it. pictured: its newest version has a picture of its own.
    """

    level: str
    name: str
    public_id: UUID
    in_use: bool
    versions: tuple[Version, ...]
    holders: int
    running: int = 0
    pictured: bool = False

    @property
    def newest(self) -> Version:
        """The version published last."""
        return self.versions[0]


@dataclass(frozen=True, slots=True)
class Shelved:
    """A program with its levels in order; without any it was never published. `draft` is without its pictures."""

    slug: str
    name: str
    levels: tuple[ShelvedLevel, ...]
    draft: Draft | None

    @property
    def in_use(self) -> bool:
        """Whether any of its levels can be awarded."""
        return any(level.in_use for level in self.levels)

    @property
    def holders(self) -> int:
        """How many hold one of its levels; who holds two counts twice."""
        return sum(level.holders for level in self.levels)


def shelf(db: Database, *, issuer: str | None, now: datetime) -> tuple[Shelved, ...]:
    """All programs by name: those in use with their levels, those withdrawn, and drafts of new ones.

    Raises UnknownIssuer.
    """
    with db.read() as session:
        owner = issuer_row(session, issuer)
        drafts = {draft.program: draft for draft in drafts_of(session, owner)}
        holders = holders_of_all(session, owner.id, now)
        programs = catalogue_of(session, owner).programs
        names = session.execute(select(ProgramRow.slug, ProgramRow.name).where(ProgramRow.issuer_id == owner.id)).all()
        found = []
        for slug, name in names:
            levels = tuple(
                ShelvedLevel(
                    level=level.level,
                    name=level.name,
                    public_id=level.public_id,
                    in_use=True,
                    versions=(Version(level.version, level.published_at),),
                    holders=holders.get((slug, level.level), 0),
                )
                for level in (programs[slug].levels if slug in programs else ())
            )
            found.append(Shelved(slug, name, levels, drafts.pop(slug, None)))
        found += [Shelved(slug, "", (), draft) for slug, draft in drafts.items()]
    return tuple(sorted(found, key=lambda one: (one.name or one.slug).casefold()))


def shelved(db: Database, program: str, *, issuer: str | None, now: datetime) -> Shelved | None:
    """One program that was published, with every version of every level it ever had; None if there is none.

    Raises UnknownIssuer.
    """
    with db.read() as session:
        owner = issuer_row(session, issuer)
        row = session.scalars(
            select(ProgramRow).where(ProgramRow.issuer_id == owner.id, ProgramRow.slug == program)
        ).one_or_none()
        if row is None:
            return None
        draft = next((one for one in drafts_of(session, owner) if one.program == program), None)
        levels = _levels(session, row, holders_of(session, program, now), running_of(session, program))
        return Shelved(row.slug, row.name, levels, draft)


def _levels(
    session: Session, program: ProgramRow, holders: Mapping[str, int], running: Mapping[str, int]
) -> tuple[ShelvedLevel, ...]:
    rows = session.execute(
        select(LevelRow, AchievementRow.version, AchievementRow.published_at, AchievementRow.content)
        .join(AchievementRow, AchievementRow.level_id == LevelRow.id)
        .where(LevelRow.program_id == program.id)
        .order_by(LevelRow.in_use.desc(), LevelRow.position, LevelRow.id, AchievementRow.ordinal.desc())
    )
    found: dict[str, tuple[LevelRow, Mapping[str, Any], list[Version]]] = {}
    for level, version, published_at, content in rows:
        newest = found.setdefault(level.slug, (level, content, []))
        newest[2].append(Version(version, published_at))
    return tuple(
        ShelvedLevel(
            level=slug,
            name=str(content["name"]),
            public_id=level.public_id,
            in_use=level.in_use,
            versions=tuple(versions),
            holders=holders.get(slug, 0),
            running=running.get(slug, 0),
            pictured="image" in content,
        )
        for slug, (level, content, versions) in found.items()
    )
