"""The wall: certifications of the last year, of those who agreed to be celebrated, the newest first; and applause.

On it is what somebody earned (not what he renewed), as long as a stranger would find it valid: issued, not revoked, not
suspended, not expired, its page not closed, and its holder still with the company, where he can withdraw what he said.
A page of the wall takes as many questions for a thousand people as for a million.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, delete, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from credentials.sentence import sentence
from issuer.errors import Unknown
from issuer.issuers import issuer_row
from issuer.people.targets import present
from issuer.program_settings import settings_of
from issuer.store import Database, insert_missing
from issuer.tables import (
    AchievementRow,
    ApplauseRow,
    AwardRow,
    CredentialRow,
    LevelRow,
    MembershipRow,
    MentorRow,
    PersonRow,
    ProgramRow,
    SharingRow,
    WallChoiceRow,
)
from issuer.wall_choices import Audience

LENGTH: Final = timedelta(days=365)
"""For how long after the day of the award something is new."""
ASKED: Final = timedelta(days=30)
"""For how long after an award its holder is asked whether it may be celebrated."""
MOST_TEAMS: Final = 200
_FEW: Final = 500
_COLLEAGUES: Final = (Audience.COLLEAGUES, Audience.EVERYBODY)

Mark = tuple[datetime, UUID]
"""Where a page of the wall ends: the next begins after it."""


@dataclass(frozen=True, slots=True)
class Celebrated:
    """Something to celebrate. `full_name`: whether its holder wants his name said, or its initials.

    content: the achievement as it stands in the credential. mentors: names of those who agreed. applauded: by `viewer`.
    """

    award_id: UUID
    credential_id: UUID
    person_id: UUID
    name: str
    full_name: bool
    awarded_on: date
    program_id: int
    program_name: str
    content: dict[str, Any]
    mark: Mark
    mentors: tuple[str, ...] = ()
    applause: int = 0
    applauded: bool = False


@dataclass(frozen=True, slots=True)
class Looking:
    """Who looks (None: a stranger), and at what part of the wall: by program (slug) and team, from a mark on."""

    viewer: UUID | None
    program: str = ""
    team: str = ""
    after: Mark | None = None


def look(
    db: Database, issuer: str | None, looking: Looking, *, limit: int, now: datetime, today: date
) -> tuple[Celebrated, ...]:
    """Up to `limit` of what may be shown to whoever looks; mentors and applause for colleagues only."""
    audiences = _COLLEAGUES if looking.viewer is not None else (Audience.EVERYBODY,)
    with db.read() as session:
        issuer_id = issuer_row(session, issuer).id
        query = _valid(issuer_id, now, today).where(WallChoiceRow.audience.in_(audiences))
        agreed = _agreed(session, issuer_id, audiences)
        if agreed is not None:
            query = query.where(AwardRow.person_id.in_(agreed))
        if looking.program:
            query = query.where(ProgramRow.slug == looking.program)
        if looking.team:
            query = query.where(_in_team(looking.team))
        if looking.after is not None:
            query = query.where(_after(looking.after))
        found = _read(session, query.limit(limit))
        if looking.viewer is None:
            return tuple(found)
        return tuple(_with_applause(session, _with_mentors(session, found, today), looking.viewer))


def to_celebrate(
    db: Database, issuer: str | None, person_id: UUID, *, now: datetime, today: date, within: timedelta = LENGTH
) -> Celebrated | None:
    """The newest that would stand on the wall if this person agreed; None if there is nothing."""
    with db.read() as session:
        query = _valid(issuer_row(session, issuer).id, now, today).where(
            AwardRow.person_id == person_id, AwardRow.awarded_on >= today - within
        )
        found = _read(session, query.limit(1))
        return found[0] if found else None


def teams(db: Database, issuer: str | None) -> tuple[str, ...]:
    """The teams of those who agreed, by name; at most MOST_TEAMS."""
    with db.read() as session:
        found = session.scalars(
            select(MembershipRow.name)
            .join(WallChoiceRow, WallChoiceRow.person_id == MembershipRow.person_id)
            .where(
                MembershipRow.kind == "team",
                WallChoiceRow.issuer_id == issuer_row(session, issuer).id,
                WallChoiceRow.audience.in_(_COLLEAGUES),
            )
            .distinct()
            .order_by(MembershipRow.name)
            .limit(MOST_TEAMS)
        )
        return tuple(found)


def applaud(db: Database, issuer: str | None, *, award_id: UUID, person_id: UUID, now: datetime, today: date) -> None:
    """Applaud a colleague, once. Raises Unknown if it is not on the wall (any more), or is his own."""
    with db.write() as session:
        query = _valid(issuer_row(session, issuer).id, now, today).where(
            WallChoiceRow.audience.in_(_COLLEAGUES), AwardRow.id == award_id, AwardRow.person_id != person_id
        )
        if session.execute(query.limit(1)).first() is None:
            raise Unknown(sentence("this is not on the wall any more"))
        row = {"award_id": award_id, "person_id": person_id, "given_at": now}
        insert_missing(session, ApplauseRow, [row], ("award_id", "person_id"))


def take_back(db: Database, *, award_id: UUID, person_id: UUID) -> None:
    """Applaud no longer; where nobody did, nothing happens."""
    with db.write() as session:
        session.execute(
            delete(ApplauseRow)
            .where(ApplauseRow.award_id == award_id, ApplauseRow.person_id == person_id)
            .execution_options(synchronize_session=False)
        )


def _agreed(session: Session, issuer_id: int, audiences: Sequence[Audience]) -> Sequence[UUID] | None:
    """Who agreed, if they are few: then a database begins with them, and not with everything that is new."""
    found = session.scalars(
        select(WallChoiceRow.person_id)
        .where(WallChoiceRow.issuer_id == issuer_id, WallChoiceRow.audience.in_(audiences))
        .limit(_FEW + 1)
    ).all()
    return found if len(found) <= _FEW else None


_FIRST = aliased(CredentialRow)
"""The first credential that was made for an award: the wall's order is theirs, and a renewal has none."""


def _valid(issuer_id: int, now: datetime, today: date) -> Select[Any]:
    """What is new and valid, the newest first, whatever its holders said; with what they said, if anything."""
    now_shown = CredentialRow
    full_name = and_(
        func.coalesce(WallChoiceRow.full_name, True),
        func.coalesce(SharingRow.full_name, True),
    )
    return (
        select(
            AwardRow.id.label("award_id"),
            now_shown.id.label("credential_id"),
            AwardRow.person_id,
            PersonRow.name,
            full_name.label("full_name"),
            AwardRow.awarded_on,
            ProgramRow.id.label("program_id"),
            ProgramRow.name.label("program_name"),
            AchievementRow.content,
            _FIRST.created_at,
            _FIRST.id.label("first_id"),
        )
        .join_from(_FIRST, AwardRow, AwardRow.id == _FIRST.award_id)
        .join(now_shown, now_shown.award_id == AwardRow.id)
        .join(PersonRow, PersonRow.id == AwardRow.person_id)
        .join(AchievementRow, AchievementRow.id == func.coalesce(now_shown.achievement_id, AwardRow.achievement_id))
        .join(LevelRow, LevelRow.id == AchievementRow.level_id)
        .join(ProgramRow, ProgramRow.id == LevelRow.program_id)
        .outerjoin(SharingRow, and_(SharingRow.person_id == PersonRow.id, SharingRow.level_id == LevelRow.id))
        .outerjoin(
            WallChoiceRow, and_(WallChoiceRow.person_id == PersonRow.id, WallChoiceRow.issuer_id == _FIRST.issuer_id)
        )
        .where(
            _FIRST.issuer_id == issuer_id,
            _FIRST.state == "issued",
            _FIRST.replaces_id.is_(None),
            _FIRST.created_at >= datetime.combine(today - LENGTH, time(), UTC) - timedelta(days=1),
            AwardRow.awarded_on >= today - LENGTH,
            now_shown.state == "issued",
            now_shown.revoked_at.is_(None),
            now_shown.suspended_at.is_(None),
            now_shown.erased_at.is_(None),
            now_shown.valid_from <= now,
            or_(now_shown.valid_until.is_(None), now_shown.valid_until >= now),
            func.coalesce(SharingRow.page_open, True),
            present(today),
        )
        .order_by(_FIRST.created_at.desc(), _FIRST.id.desc())
    )


def _read(session: Session, query: Select[Any]) -> list[Celebrated]:
    return [
        Celebrated(
            award_id=row.award_id,
            credential_id=row.credential_id,
            person_id=row.person_id,
            name=row.name,
            full_name=bool(row.full_name),
            awarded_on=row.awarded_on,
            program_id=row.program_id,
            program_name=row.program_name,
            content=row.content,
            mark=(row.created_at, row.first_id),
        )
        for row in session.execute(query)
    ]


def _after(mark: Mark) -> ColumnElement[bool]:
    at, identifier = mark
    return or_(_FIRST.created_at < at, and_(_FIRST.created_at == at, _FIRST.id < identifier))


def _in_team(team: str) -> ColumnElement[bool]:
    return exists().where(
        MembershipRow.person_id == PersonRow.id, MembershipRow.kind == "team", MembershipRow.name == team
    )


def _with_mentors(session: Session, found: Sequence[Celebrated], today: date) -> list[Celebrated]:
    """The same with the mentors of the day who agreed, in programs that thank mentors."""
    thanking = _thanking(session, {one.program_id for one in found})
    people = {one.person_id for one in found if one.program_id in thanking}
    if not people:
        return list(found)
    rows = session.execute(
        select(MentorRow.person_id, MentorRow.program_id, MentorRow.since, MentorRow.until, PersonRow.name)
        .join(ProgramRow, ProgramRow.id == MentorRow.program_id)
        .join(PersonRow, PersonRow.id == MentorRow.mentor_id)
        .join(
            WallChoiceRow,
            and_(WallChoiceRow.person_id == MentorRow.mentor_id, WallChoiceRow.issuer_id == ProgramRow.issuer_id),
        )
        .where(
            MentorRow.person_id.in_(people),
            MentorRow.program_id.in_(thanking),
            WallChoiceRow.thanked,
            present(today),
        )
        .order_by(PersonRow.name)
    ).all()

    def thanked(one: Celebrated) -> tuple[str, ...]:
        return tuple(
            name
            for person_id, program_id, since, until, name in rows
            if (person_id, program_id) == (one.person_id, one.program_id)
            and since <= one.awarded_on
            and (until is None or one.awarded_on <= until)
        )

    return [replace(one, mentors=thanked(one)) for one in found]


def _thanking(session: Session, ids: Collection[int]) -> set[int]:
    programs = session.scalars(select(ProgramRow).where(ProgramRow.id.in_(ids)))
    return {one.id for one in programs if settings_of(one).thank_mentors}


def _with_applause(session: Session, found: Sequence[Celebrated], viewer: UUID) -> list[Celebrated]:
    if not found:
        return []
    counted = select(
        ApplauseRow.award_id, func.count(), func.sum(case((ApplauseRow.person_id == viewer, 1), else_=0))
    ).where(ApplauseRow.award_id.in_([one.award_id for one in found]))
    counts = {
        award_id: (number, mine) for award_id, number, mine in session.execute(counted.group_by(ApplauseRow.award_id))
    }
    return [
        replace(one, applause=counts[one.award_id][0], applauded=bool(counts[one.award_id][1]))
        if one.award_id in counts
        else one
        for one in found
    ]
