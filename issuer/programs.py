"""Programs in the database: publishing versions of levels, and the catalogue of what can be awarded.

A published version is immutable. Applying the same file again changes nothing; changed content becomes a new version
of the level, which keeps its address (`achievement.id`) and gets a new `achievement.version`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5
from zoneinfo import ZoneInfo

import rfc8785
from sqlalchemy import select
from sqlalchemy.orm import Session

from issuer import audit
from issuer.achievement_content import achievement_content, level_rules
from issuer.errors import Fault, ProgramRefused, UnknownProgram
from issuer.issuers import issuer_row
from issuer.program_definition import LevelDefinition, ProgramDefinition, ResultRule
from issuer.store import Database
from issuer.tables import AchievementRow, IssuerRow, LevelRow, ProgramRow
from issuer.validity import Validity


class Outcome(StrEnum):
    """What applying a program did to a level."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class LevelApplied:
    """A level after applying; `version` is its newest."""

    level: str
    version: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class ProgramApplied:
    """What applying a program did, level by level."""

    program: str
    levels: tuple[LevelApplied, ...]


@dataclass(frozen=True, slots=True)
class Achievement:
    """One published version of a level. `content` is the Achievement as it stands in credentials."""

    row_id: int
    public_id: UUID
    program: str
    program_name: str
    level: str
    version: str
    name: str
    content: Mapping[str, Any]
    validity: Validity | None
    results: tuple[ResultRule, ...]
    status_purposes: tuple[str, ...]
    time_zone: str
    image_media_type: str | None
    published_at: datetime

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which its days begin and end."""
        return ZoneInfo(self.time_zone)


@dataclass(frozen=True, slots=True)
class Program:
    """A program with the newest version of each of its levels, in order."""

    slug: str
    name: str
    description: str | None
    time_zone: str
    levels: tuple[Achievement, ...]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that an issuer can award now."""

    issuer: str
    programs: Mapping[str, Program]

    def find(self, program: str, level: str) -> Achievement | None:
        """The newest version of a level, or None."""
        found = self.programs.get(program)
        return next((one for one in found.levels if one.level == level), None) if found else None

    def level(self, program: str, level: str) -> Achievement:
        """The newest version of a level that is known to be there. Raises UnknownProgram."""
        found = self.find(program, level)
        if found is None:
            raise UnknownProgram(f"there is no level {level!r} of a program {program!r}")
        return found


def apply_program(
    db: Database, *, issuer: str | None, definition: ProgramDefinition, actor: str, now: datetime
) -> ProgramApplied:
    """Publish what is new or changed in a program, all or nothing.

    Raises ProgramRefused if a level names a version that was published with other content, UnknownIssuer.
    """
    with db.write() as session:
        owner = issuer_row(session, issuer, lock=True)
        program = _program_row(session, owner, definition, now)
        faults: list[Fault] = []
        applied = tuple(
            _apply_level(session, owner, program, position, definition=definition, faults=faults, now=now)
            for position in range(len(definition.levels))
        )
        if faults:
            raise ProgramRefused("The program", faults)
        applied += _withdraw(session, program, {level.level for level in definition.levels})
        session.flush()
        if any(level.outcome is not Outcome.UNCHANGED for level in applied):
            audit.append(
                session,
                at=now,
                actor=actor,
                action="program applied",
                subject=f"program:{owner.slug}/{program.slug}",
                details={"levels": {one.level: f"{one.version} {one.outcome}" for one in applied}},
            )
        return ProgramApplied(program.slug, applied)


def load_catalogue(db: Database, issuer: str | None = None) -> Catalogue:
    """What the issuer can award now: the newest version of every level in use. Raises UnknownIssuer."""
    with db.read() as session:
        return catalogue_of(session, issuer_row(session, issuer))


def catalogue_of(session: Session, owner: IssuerRow) -> Catalogue:
    """`load_catalogue` within a transaction."""
    rows = session.execute(
        select(AchievementRow, LevelRow, ProgramRow)
        .join(LevelRow, LevelRow.id == AchievementRow.level_id)
        .join(ProgramRow, ProgramRow.id == LevelRow.program_id)
        .where(ProgramRow.issuer_id == owner.id, LevelRow.in_use)
        .order_by(ProgramRow.slug, LevelRow.position, AchievementRow.ordinal)
    ).all()
    newest_of = {level.id: (achievement, level, program) for achievement, level, program in rows}
    programs: dict[str, Program] = {}
    for achievement, level, program in newest_of.values():
        before = programs.get(program.slug)
        levels = (*(before.levels if before else ()), as_achievement(achievement, level, program))
        programs[program.slug] = Program(program.slug, program.name, program.description, program.time_zone, levels)
    return Catalogue(owner.slug, programs)


def achievement_row(session: Session, public_id: UUID, version: str | None) -> AchievementRow | None:
    """The row of a level's version (None: the newest)."""
    query = (
        select(AchievementRow)
        .join(LevelRow, LevelRow.id == AchievementRow.level_id)
        .where(LevelRow.public_id == public_id)
        .order_by(AchievementRow.ordinal.desc())
        .limit(1)
    )
    return session.scalars(query if version is None else query.where(AchievementRow.version == version)).one_or_none()


def as_achievement(row: AchievementRow, level: LevelRow, program: ProgramRow) -> Achievement:
    """The rows as a value that outlives its session."""
    rules = row.rules
    return Achievement(
        row_id=row.id,
        public_id=level.public_id,
        program=program.slug,
        program_name=program.name,
        level=level.slug,
        version=row.version,
        name=str(row.content["name"]),
        content=dict(row.content),
        validity=Validity(**rules["validity"]) if rules["validity"] else None,
        results=tuple(ResultRule.model_validate(rule) for rule in rules["results"]),
        status_purposes=tuple(rules["status"]),
        time_zone=str(rules["time_zone"]),
        image_media_type=row.image_media_type,
        published_at=row.published_at,
    )


def _program_row(session: Session, owner: IssuerRow, definition: ProgramDefinition, now: datetime) -> ProgramRow:
    row = session.scalars(
        select(ProgramRow).where(ProgramRow.issuer_id == owner.id, ProgramRow.slug == definition.program)
    ).one_or_none()
    if row is None:
        row = ProgramRow(issuer_id=owner.id, slug=definition.program, created_at=now)
        session.add(row)
    row.name, row.description, row.time_zone = definition.name, definition.description, definition.time_zone
    session.flush()
    return row


def _apply_level(
    session: Session,
    owner: IssuerRow,
    program: ProgramRow,
    position: int,
    *,
    definition: ProgramDefinition,
    faults: list[Fault],
    now: datetime,
) -> LevelApplied:
    level = definition.levels[position]
    row = _level_row(session, owner, program, level, position)
    published = session.scalars(
        select(AchievementRow).where(AchievementRow.level_id == row.id).order_by(AchievementRow.ordinal)
    ).all()
    media_type, image = definition.images.get(level.level, (None, None))
    rules = level_rules(level, definition.time_zone)
    content = achievement_content(level, owner.base_url, row.public_id, has_image=image is not None)
    digest = _digest(content, rules, image)
    newest = published[-1] if published else None
    if newest and newest.content_digest == digest and level.version in {None, newest.version}:
        return LevelApplied(level.level, newest.version, Outcome.UNCHANGED)
    taken = {one.version for one in published}
    if level.version in taken:
        faults.append(
            Fault(
                f"levels[{position}].version",
                f"version {level.version} of {level.level} is published already, with other content, and cannot change",
                f"raise the version (the newest is {published[-1].version}), or leave it out to have one made",
            )
        )
        return LevelApplied(level.level, str(level.version), Outcome.UNCHANGED)
    ordinal = len(published) + 1
    version = level.version or next(str(n) for n in range(ordinal, ordinal + len(taken) + 1) if str(n) not in taken)
    session.add(
        AchievementRow(
            level_id=row.id,
            version=version,
            ordinal=ordinal,
            rules=rules,
            content_digest=digest,
            published_at=now,
            content=achievement_content(
                level, owner.base_url, row.public_id, has_image=image is not None, version=version
            ),
            image=image,
            image_media_type=media_type,
        )
    )
    session.flush()
    return LevelApplied(level.level, version, Outcome.CHANGED if published else Outcome.NEW)


def _level_row(
    session: Session, owner: IssuerRow, program: ProgramRow, level: LevelDefinition, position: int
) -> LevelRow:
    row = session.scalars(
        select(LevelRow).where(LevelRow.program_id == program.id, LevelRow.slug == level.level)
    ).one_or_none()
    if row is None:
        # Made of the names, so that the same program has the same addresses in a database built anew.
        public_id = uuid5(NAMESPACE_URL, f"{owner.did}/programs/{program.slug}/levels/{level.level}")
        row = LevelRow(program_id=program.id, slug=level.level, public_id=public_id)
        session.add(row)
    row.position, row.in_use = position, True
    session.flush()
    return row


def _withdraw(session: Session, program: ProgramRow, kept: set[str]) -> tuple[LevelApplied, ...]:
    """Levels that are no longer in the file cannot be awarded any more; what was awarded stays as it is."""
    gone = []
    for row in session.scalars(select(LevelRow).where(LevelRow.program_id == program.id, LevelRow.in_use)):
        if row.slug not in kept:
            row.in_use = False
            newest = achievement_row(session, row.public_id, None)
            gone.append(LevelApplied(row.slug, newest.version if newest else "", Outcome.WITHDRAWN))
    return tuple(gone)


def _digest(content: Mapping[str, Any], rules: Mapping[str, Any], image: bytes | None) -> str:
    whole = {"content": content, "rules": rules, "image": sha256(image).hexdigest() if image else None}
    return sha256(rfc8785.dumps(whole)).hexdigest()
