"""A program as the public sees it: its levels, what each asks and how long it lasts, and who stands behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from issuer.addresses import program_url
from issuer.endorsements import Endorsement, endorsements_in
from issuer.issuers import Issuer, as_issuer, issuer_row
from issuer.level_words import Names, asks, lasts
from issuer.people.mentors import Thanked, thanked_mentors
from issuer.programs import Achievement, Catalogue, Program, achievement_row, as_achievement, catalogue_of
from issuer.recertification.facts import LevelKey
from issuer.store import Database
from issuer.succession.facts import ACHIEVEMENT_ID
from issuer.tables import AchievementRow, AwardRow, CredentialRow, IssuerRow, LevelRow, PersonRow, ProgramRow

MOST_TOLD = 1_000
"""More holders than these are not counted to the end, where that would take all the awards of a large program."""
_WALKED = 5_000
"""Newest awards of each version among which they are counted."""
FEWEST_TOLD = 5
"""Fewer holders than these are not counted in public: in a small program a number would tell who has or lost it."""


@dataclass(frozen=True, slots=True)
class LevelOverview:
    """A level and its rules in sentences. `holders` is how many people hold it now; None: fewer than FEWEST_TOLD,
    MOST_TOLD + 1: more than MOST_TOLD."""

    achievement: Achievement
    asks: tuple[str, ...]
    lasts: tuple[str, ...]
    holders: int | None


@dataclass(frozen=True, slots=True)
class ProgramOverview:
    """A program at its public address, its levels in order; `mentors` are those who agreed to be named."""

    issuer: Issuer
    program: Program
    url: str
    levels: tuple[LevelOverview, ...]
    endorsements: tuple[Endorsement, ...]
    mentors: tuple[Thanked, ...]


@dataclass(frozen=True, slots=True)
class LevelPlace:
    """Where a version of a level belongs: its program and its rules; `newest` is the version published last.

    A program none of whose levels is in use has no page.
    """

    issuer: Issuer
    achievement: Achievement
    url: str
    asks: tuple[str, ...]
    lasts: tuple[str, ...]
    newest: str
    in_use: bool
    program_in_use: bool


def program_overview(db: Database, issuer: str | None, program: str, *, now: datetime) -> ProgramOverview | None:
    """A program of an issuer; None if there is none of that name with levels in use. Raises UnknownIssuer."""
    with db.read() as session:
        owner = issuer_row(session, issuer)
        catalogue = catalogue_of(session, owner)
        found = catalogue.programs.get(program)
        if found is None:
            return None
        row = session.scalars(
            select(ProgramRow).where(ProgramRow.issuer_id == owner.id, ProgramRow.slug == program)
        ).one()
        names, holders = _names(catalogue), _holders(session, row, now)
        known = as_issuer(owner)
        return ProgramOverview(
            issuer=known,
            program=found,
            url=program_url(known.base_url, known.address_slug, found.slug),
            levels=tuple(
                LevelOverview(level, asks(level, names), lasts(level), _told(holders.get(level.public_id, 0)))
                for level in found.levels
            ),
            endorsements=endorsements_in(session, owner, program=program),
            mentors=thanked_mentors(session, row),
        )


def level_place(db: Database, public_id: UUID, version: str | None) -> LevelPlace | None:
    """The version of a level at an achievement's address (None: the newest), with its rules; None if there is none."""
    with db.read() as session:
        row, newest = achievement_row(session, public_id, version), achievement_row(session, public_id, None)
        if row is None or newest is None:
            return None
        level, program, owner = session.execute(
            select(LevelRow, ProgramRow, IssuerRow)
            .join(ProgramRow, ProgramRow.id == LevelRow.program_id)
            .join(IssuerRow, IssuerRow.id == ProgramRow.issuer_id)
            .where(LevelRow.id == row.level_id)
        ).one()
        achievement, known, catalogue = (
            as_achievement(row, level, program),
            as_issuer(owner),
            catalogue_of(session, owner),
        )
        return LevelPlace(
            issuer=known,
            achievement=achievement,
            url=program_url(known.base_url, known.address_slug, program.slug),
            asks=asks(achievement, _names(catalogue)),
            lasts=lasts(achievement),
            newest=newest.version,
            in_use=level.in_use,
            program_in_use=program.slug in catalogue.programs,
        )


def _names(catalogue: Catalogue) -> Names:
    return {
        LevelKey(slug, level.level): level.name
        for slug, program in catalogue.programs.items()
        for level in program.levels
    }


def _told(count: int) -> int | None:
    return count if count >= FEWEST_TOLD else None


def _holders(session: Session, program: ProgramRow, now: datetime) -> Mapping[UUID, int]:
    """How many people have a credential of each level that a stranger would find valid now; MOST_TOLD + 1 at most."""
    newest = _holders_of_newest(session, program, now)
    if newest is None:
        newest = _all_holders(session, program, now)
    return {public_id: min(count, MOST_TOLD + 1) for public_id, count in newest.items()}


def _holders_of_newest(session: Session, program: ProgramRow, now: datetime) -> dict[UUID, int] | None:
    """The same, looking at the newest awards only; None if these do not tell it: the older ones are needed too."""
    versions = session.execute(
        select(AchievementRow.id, LevelRow.public_id)
        .join(LevelRow, LevelRow.id == AchievementRow.level_id)
        .where(LevelRow.program_id == program.id)
    ).all()
    parts = []
    for version, _ in versions:
        some = (
            select(AwardRow.id, AwardRow.person_id)
            .where(AwardRow.achievement_id == version)
            .order_by(AwardRow.awarded_on.desc())
            .limit(_WALKED)
            .subquery()
        )
        valid = (
            select(CredentialRow.id)
            .join(PersonRow, PersonRow.id == some.c.person_id)
            .where(CredentialRow.award_id == some.c.id, *_valid(now), PersonRow.erased_at.is_(None))
            .exists()
        )
        held = select(some.c.person_id).where(valid).limit(2 * MOST_TOLD).subquery()
        parts += [
            select(func.count(func.distinct(held.c.person_id))).scalar_subquery(),
            select(func.count()).select_from(select(some.c.id).subquery()).scalar_subquery(),
        ]
    if not parts:
        return {}
    counts = session.execute(select(*parts)).one()
    found: dict[UUID, int] = {}
    for (_, level), held_by, seen in zip(versions, counts[::2], counts[1::2], strict=True):
        if held_by > MOST_TOLD:
            found[level] = MOST_TOLD + 1
        elif seen < _WALKED or found.get(level, 0) > MOST_TOLD:
            found[level] = found.get(level, 0) + held_by
        else:
            return None
    # Who holds two versions of a level is one holder: below the bound that takes counting them by themselves.
    several = {level for level in found if sum(one == level for _, one in versions) > 1}
    return None if any(found[level] <= MOST_TOLD for level in several) else found


def _valid(now: datetime) -> tuple[ColumnElement[bool], ...]:
    row = CredentialRow
    return (
        row.state == "issued",
        row.revoked_at.is_(None),
        row.suspended_at.is_(None),
        row.valid_from <= now,
        or_(row.valid_until.is_(None), row.valid_until >= now),
    )


def _all_holders(session: Session, program: ProgramRow, now: datetime) -> dict[UUID, int]:
    row = CredentialRow
    counts = session.execute(
        select(LevelRow.public_id, func.count(func.distinct(AwardRow.person_id)))
        .select_from(row)
        .join(AwardRow, AwardRow.id == row.award_id)
        .join(PersonRow, PersonRow.id == AwardRow.person_id)
        .join(AchievementRow, AchievementRow.id == ACHIEVEMENT_ID)
        .join(LevelRow, LevelRow.id == AchievementRow.level_id)
        .where(
            LevelRow.program_id == program.id,
            *_valid(now),
            PersonRow.erased_at.is_(None),
        )
        .group_by(LevelRow.public_id)
    )
    return {public_id: int(count) for public_id, count in counts}
