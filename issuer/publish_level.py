"""One level of a program, published: a new version of it if anything changed, and none if nothing did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

import rfc8785
from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from issuer.achievement_content import achievement_content, level_rules
from issuer.errors import Fault
from issuer.program_definition import LevelDefinition, ProgramDefinition
from issuer.tables import AchievementRow, IssuerRow, LevelRow, ProgramRow
from issuer.validity import today


class Outcome(StrEnum):
    """What applying a program did to a level; one restored was withdrawn before, and its newest version holds again."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    WITHDRAWN = "withdrawn"
    RESTORED = "restored"


@dataclass(frozen=True, slots=True)
class LevelApplied:
    """A level after applying; `version` is its newest."""

    level: str
    version: str
    outcome: Outcome


def publish_level(
    session: Session,
    owner: IssuerRow,
    program: ProgramRow,
    position: int,
    *,
    definition: ProgramDefinition,
    faults: list[Fault],
    now: datetime,
) -> LevelApplied:
    """Publish the level at `position` of a definition, in the caller's transaction; what is wrong goes to `faults`.

    Content is compared without `midway` where the file says none: it tells how the last step was made, and leaving it
    out when that is past is no new version.
    """
    level = definition.levels[position]
    row, restored = _level_row(session, owner, program, level, position)
    published = session.scalars(
        select(AchievementRow)
        .where(AchievementRow.level_id == row.id)
        .order_by(AchievementRow.ordinal)
        .options(defer(AchievementRow.image))
    ).all()
    newest = published[-1] if published else None
    media_type, image = definition.images.get(level.level, (None, None))
    rules = level_rules(level, program=definition.program, time_zone=definition.time_zone)
    content = achievement_content(level, owner.base_url, row.public_id, has_image=image is not None)
    same = rules if level.midway or not newest or "midway" not in newest.rules else _with_midway_of(newest, rules)
    if newest and newest.content_digest == _digest(content, same, image) and level.version in {None, newest.version}:
        return LevelApplied(level.level, newest.version, Outcome.RESTORED if restored else Outcome.UNCHANGED)
    taken = {one.version for one in published}
    if level.version in taken:
        faults.append(
            Fault(
                definition.place("levels", position, "version"),
                f"version {level.version} of {level.level} is published already, with other content, and cannot change",
                f"raise the version (the newest is {published[-1].version}), or leave it out to have one made",
            )
        )
        return LevelApplied(level.level, str(level.version), Outcome.UNCHANGED)
    if newest:
        faults += _midway_faults(definition, position, now)
    ordinal = len(published) + 1
    version = level.version or next(str(n) for n in range(ordinal, ordinal + len(taken) + 1) if str(n) not in taken)
    session.add(
        AchievementRow(
            level_id=row.id,
            version=version,
            ordinal=ordinal,
            rules=rules,
            content_digest=_digest(content, rules, image),
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


def withdraw_levels(session: Session, program: ProgramRow, kept: set[str]) -> tuple[LevelApplied, ...]:
    """Levels that are no longer in the file cannot be awarded any more; what was awarded stays as it is."""
    gone = []
    query = select(LevelRow).where(LevelRow.program_id == program.id, LevelRow.in_use).order_by(LevelRow.position)
    for row in session.scalars(query):
        if row.slug not in kept:
            row.in_use = False
            newest = select(AchievementRow.version).where(AchievementRow.level_id == row.id)
            version = session.scalars(newest.order_by(AchievementRow.ordinal.desc()).limit(1)).one_or_none()
            gone.append(LevelApplied(row.slug, version or "", Outcome.WITHDRAWN))
    return tuple(gone)


def _with_midway_of(newest: AchievementRow, rules: Mapping[str, Any]) -> dict[str, Any]:
    return {**rules, "midway": newest.rules["midway"]}


def _midway_faults(definition: ProgramDefinition, position: int, now: datetime) -> list[Fault]:
    """Of a version about to be published: nobody can finish by a day that is past."""
    midway = definition.levels[position].midway
    day = today(now, ZoneInfo(definition.time_zone))
    if midway is None or midway.finish_until is None or midway.finish_until >= day:
        return []
    return [
        Fault(
            definition.place("levels", position, "midway", "finish_until"),
            f"{midway.finish_until} is past, and nobody could finish by then under the version before",
            f"name a day from {day} on, or write midway: map",
        )
    ]


def _level_row(
    session: Session, owner: IssuerRow, program: ProgramRow, level: LevelDefinition, position: int
) -> tuple[LevelRow, bool]:
    """The level's row, in use now; and whether it was there already and was not."""
    row = session.scalars(
        select(LevelRow).where(LevelRow.program_id == program.id, LevelRow.slug == level.level)
    ).one_or_none()
    if row is None:
        # Made of the names, so that the same program has the same addresses in a database built anew.
        public_id = uuid5(NAMESPACE_URL, f"{owner.did}/programs/{program.slug}/levels/{level.level}")
        row = LevelRow(program_id=program.id, slug=level.level, public_id=public_id)
        session.add(row)
        restored = False
    else:
        restored = not row.in_use
    row.position, row.in_use = position, True
    session.flush()
    return row, restored


def _digest(content: Mapping[str, Any], rules: Mapping[str, Any], image: bytes | None) -> str:
    whole = {"content": content, "rules": rules, "image": sha256(image).hexdigest() if image else None}
    return sha256(rfc8785.dumps(whole)).hexdigest()
