"""Who accompanies whom in a program: one mentor at a time, who sees his candidates' progress; thanked if he agrees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from issuer import audit
from issuer.errors import Fault, Refused, Unknown, UnknownProgram
from issuer.issuers import issuer_row
from issuer.people.directory import PersonView, people_by_id, required_person
from issuer.people.duties import courses_of
from issuer.people.facts import levels_of, people_facts
from issuer.program_settings import settings_of
from issuer.recertification.course import Course
from issuer.recertification.duties import Duty, duties_of
from issuer.store import Database
from issuer.tables import (
    AchievementRow,
    AwardRow,
    IssuerRow,
    LevelRow,
    MentorRow,
    PersonRow,
    ProgramRow,
    ProposalRow,
)
from issuer.validity import today

_RUNNING = ("proposed", "in assessment", "approved", "appealed")


class MentorRefused(Refused):
    """Someone cannot be that person's mentor."""


@dataclass(frozen=True, slots=True)
class Mentoring:
    """Who accompanies whom in a program, since when, until when, and whether the mentor agreed to be thanked."""

    program: str
    candidate: PersonView
    mentor: PersonView
    since: date
    until: date | None
    thanked: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """A candidate as his mentor sees him: what he holds in the program, what is being assessed, what he must do.

    `proposals` is the state of the running proposal of each level.
    """

    mentoring: Mentoring
    courses: tuple[Course, ...]
    proposals: Mapping[str, str]
    duties: tuple[Duty, ...]


@dataclass(frozen=True, slots=True)
class Thanked:
    """A mentor who agreed to be named, and how many of his candidates reached a level while he accompanied them."""

    name: str
    candidates: int


def assign_mentor(
    db: Database,
    *,
    issuer: str | None,
    program: str,
    candidate: str,
    mentor: str,
    thanked: bool,
    actor: str,
    now: datetime,
) -> Mentoring:
    """Give a candidate (by address) a mentor in a program; one whom he has already is ended.

    `thanked` only if the mentor agreed to be named on the program's page. The same again changes nothing. Raises
    MentorRefused, UnknownPerson, UnknownProgram, UnknownIssuer.
    """
    with db.write() as session:
        owner = issuer_row(session, issuer)
        row = _program(session, owner, program)
        day = today(now, ZoneInfo(row.time_zone))
        who, by = required_person(session, candidate), required_person(session, mentor)
        faults = (
            [Fault("", f"{mentor} and {candidate} are one person", "name somebody else")] if who.id == by.id else []
        )
        faults += [
            Fault("", f"{one.email} left on {one.left_on}", "name someone who is there")
            for one in (who, by)
            if not one.present(day)
        ]
        if faults:
            raise MentorRefused("The mentor", faults)
        session.execute(select(PersonRow.id).where(PersonRow.id == who.id).with_for_update())
        known = {
            one.mentor_id: one
            for one in session.scalars(
                select(MentorRow).where(MentorRow.program_id == row.id, MentorRow.person_id == who.id)
            )
        }
        changed = False
        for one in known.values():
            if one.mentor_id != by.id and one.until is None:
                one.until, changed = day, True
        present = known.get(by.id)
        if present is None:
            present = MentorRow(program_id=row.id, person_id=who.id, mentor_id=by.id, since=day, thanked=thanked)
            session.add(present)
            changed = True
        elif present.until is not None or present.thanked != thanked:
            present.until, present.thanked, changed = None, thanked, True
        session.flush()
        if changed:
            details = {"candidate": str(who.id), "mentor": str(by.id), "thanked": thanked}
            _audit(session, owner, program, "mentor assigned", details, actor, now)
        return Mentoring(program, who, by, present.since, None, thanked)


def end_mentor(
    db: Database, *, issuer: str | None, program: str, candidate: str, actor: str, now: datetime
) -> Mentoring:
    """End a candidate's mentoring in a program. Raises Unknown if he has no mentor there, UnknownPerson."""
    with db.write() as session:
        owner = issuer_row(session, issuer)
        row = _program(session, owner, program)
        who = required_person(session, candidate)
        found = session.scalars(
            select(MentorRow).where(
                MentorRow.program_id == row.id, MentorRow.person_id == who.id, MentorRow.until.is_(None)
            )
        ).one_or_none()
        if found is None:
            raise Unknown(f"{candidate} has no mentor in {program}")
        found.until = max(today(now, ZoneInfo(row.time_zone)), found.since)
        session.flush()
        details = {"candidate": str(who.id), "mentor": str(found.mentor_id)}
        _audit(session, owner, program, "mentor ended", details, actor, now)
        by = people_by_id(session, [found.mentor_id])[found.mentor_id]
        return Mentoring(program, who, by, found.since, found.until, found.thanked)


def consent_to_thanks(
    db: Database, *, issuer: str | None, mentor: str, thanked: bool, actor: str, now: datetime
) -> int:
    """Record that a mentor agrees, or no longer agrees, to be named; for how many candidates. Raises UnknownPerson."""
    with db.write() as session:
        owner = issuer_row(session, issuer)
        by = required_person(session, mentor)
        mine = select(ProgramRow.id).where(ProgramRow.issuer_id == owner.id)
        changed = session.execute(
            update(MentorRow)
            .where(MentorRow.mentor_id == by.id, MentorRow.program_id.in_(mine), MentorRow.thanked != thanked)
            .values(thanked=thanked)
            .returning(MentorRow.person_id)
        ).all()
        if changed:
            details = {"mentor": str(by.id), "thanked": thanked, "candidates": len(changed)}
            _audit(session, owner, None, "mentor consent", details, actor, now)
        return len(changed)


def candidates_of(
    db: Database, issuer: str | None, now: datetime, *, mentor: str | None = None, program: str | None = None
) -> tuple[Candidate, ...]:
    """The candidates who have a mentor now (this one, in this program), with their progress. Raises UnknownPerson."""
    with db.read() as session:
        owner = issuer_row(session, issuer)
        query = (
            select(MentorRow, ProgramRow.slug)
            .join(ProgramRow, ProgramRow.id == MentorRow.program_id)
            .where(ProgramRow.issuer_id == owner.id, MentorRow.until.is_(None))
        )
        if mentor is not None:
            query = query.where(MentorRow.mentor_id == required_person(session, mentor).id)
        if program is not None:
            query = query.where(ProgramRow.id == _program(session, owner, program).id)
        rows = session.execute(query).all()
        ids = {row.person_id for row, _ in rows}
        people = people_by_id(session, ids | {row.mentor_id for row, _ in rows})
        levels, _ = levels_of(session, owner.id)
        facts = {one.id: one for one in people_facts(session, owner.id, levels, person_ids=ids)}
        proposals = _proposals(session, ids)
    found = []
    for row, slug in rows:
        one = facts.get(row.person_id)
        if one is None:
            continue
        mentoring = Mentoring(slug, people[row.person_id], people[row.mentor_id], row.since, row.until, row.thanked)
        found.append(
            Candidate(
                mentoring,
                tuple(course for course in courses_of(one, levels, now) if course.level.program == slug),
                proposals.get((row.person_id, slug), {}),
                tuple(duty for duty in duties_of(one, levels, now) if duty.level.program == slug),
            )
        )
    return tuple(sorted(found, key=lambda one: (one.mentoring.program, one.mentoring.candidate.name)))


def thanked_mentors(session: Session, program: ProgramRow) -> tuple[Thanked, ...]:
    """The mentors who agreed to be named, those with most candidates first; nobody if the program thanks none."""
    if not settings_of(program).thank_mentors:
        return ()
    reached = (
        select(MentorRow.mentor_id, func.count(func.distinct(MentorRow.person_id)))
        .join(AwardRow, AwardRow.person_id == MentorRow.person_id)
        .join(AchievementRow, AchievementRow.id == AwardRow.achievement_id)
        .join(LevelRow, LevelRow.id == AchievementRow.level_id)
        .where(
            MentorRow.program_id == program.id,
            MentorRow.thanked,
            LevelRow.program_id == program.id,
            AwardRow.awarded_on >= MentorRow.since,
            or_(MentorRow.until.is_(None), AwardRow.awarded_on <= MentorRow.until),
        )
        .group_by(MentorRow.mentor_id)
    )
    counts = {identifier: int(count) for identifier, count in session.execute(reached)}
    named = session.execute(
        select(PersonRow.id, PersonRow.name)
        .where(PersonRow.erased_at.is_(None))
        .where(
            PersonRow.id.in_(select(MentorRow.mentor_id).where(MentorRow.program_id == program.id, MentorRow.thanked))
        )
    )
    thanked = [Thanked(name, counts.get(identifier, 0)) for identifier, name in named]
    return tuple(sorted(thanked, key=lambda one: (-one.candidates, one.name)))


def _proposals(session: Session, ids: set[UUID]) -> dict[tuple[UUID, str], dict[str, str]]:
    rows = session.execute(
        select(ProposalRow.person_id, ProgramRow.slug, LevelRow.slug, ProposalRow.state)
        .join(LevelRow, LevelRow.id == ProposalRow.level_id)
        .join(ProgramRow, ProgramRow.id == LevelRow.program_id)
        .where(ProposalRow.person_id.in_(ids), ProposalRow.state.in_(_RUNNING))
    )
    found: dict[tuple[UUID, str], dict[str, str]] = {}
    for person_id, program, level, state in rows:
        found.setdefault((person_id, program), {})[level] = state
    return found


def _program(session: Session, owner: IssuerRow, slug: str) -> ProgramRow:
    row = session.scalars(
        select(ProgramRow).where(ProgramRow.issuer_id == owner.id, ProgramRow.slug == slug)
    ).one_or_none()
    if row is None:
        raise UnknownProgram(f"there is no program {slug!r}; see `guildmark program list`")
    return row


def _audit(
    session: Session,
    owner: IssuerRow,
    program: str | None,
    action: str,
    details: dict[str, Any],
    actor: str,
    now: datetime,
) -> None:
    subject = f"program:{owner.slug}/{program}" if program else f"issuer:{owner.slug}"
    audit.append(session, at=now, actor=actor, action=action, subject=subject, details=details)
