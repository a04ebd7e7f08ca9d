"""Whose grades are asked for, how often, and what a grade is as the report of a learning system.

A grade is asked for a few times a day while the course is fresh, and no more after half a year without a launch. One
that is not passed yet is no report; the same grade again is the same report, and another one is another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

from sqlalchemy import select, update

from issuer.learning.reports import Known, Learner, Report, digest_of
from issuer.learning.rules import Member, Verb
from issuer.store import Database, insert_missing
from issuer.tables import IssuerRow, LtiGradeRow, LtiPlatformRow, PersonAddressRow

FRESH = timedelta(days=14)
BETWEEN_FRESH = timedelta(hours=1)
BETWEEN = timedelta(hours=12)
LONGEST = timedelta(days=183)
HELD = timedelta(minutes=15)
"""For so long nobody else asks for what is being asked for."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A grade that is asked for now. `email` is the person's own address in the directory, None without one."""

    id: UUID
    platform_id: UUID
    line_item: str
    subject: str
    program: str
    level: str
    launched_at: datetime
    email: str | None


@dataclass(frozen=True, slots=True)
class Grade:
    """What a platform says of a result (LTI-AGS 2.0, section 3.3.2)."""

    score: Decimal
    maximum: Decimal

    @property
    def scaled(self) -> Decimal:
        """From 0 to 1; more than the maximum, as some platforms give, is 1."""
        return max(Decimal(0), min(Decimal(1), self.score / self.maximum))


def note_launch(
    db: Database,
    *,
    platform_id: UUID,
    line_item: str,
    subject: str,
    person_id: UUID,
    program: str,
    level: str,
    now: datetime,
    randomness: Callable[[int], bytes],
) -> None:
    """Ask for this person's grade in this column from now on."""
    row = {
        "id": UUID(bytes=randomness(16), version=4),
        "platform_id": platform_id,
        "line_item": line_item,
        "subject": subject,
        "person_id": person_id,
        "program": program,
        "level": level,
        "launched_at": now,
        "ask_at": now,
        "fault": None,
    }
    with db.write() as session:
        insert_missing(session, LtiGradeRow, [row], ("platform_id", "line_item", "subject"))
        session.execute(
            update(LtiGradeRow)
            .where(
                LtiGradeRow.platform_id == platform_id,
                LtiGradeRow.line_item == line_item,
                LtiGradeRow.subject == subject,
            )
            .values(person_id=person_id, program=program, level=level, launched_at=now, ask_at=now)
            .execution_options(synchronize_session=False)
        )


def claim_next(db: Database, *, now: datetime) -> Asked | None:
    """One grade that is to be asked for; nobody else gets it for a while. None: there is none."""
    with db.write() as session:
        due = select(LtiGradeRow.id).where(LtiGradeRow.ask_at <= now).order_by(LtiGradeRow.ask_at, LtiGradeRow.id)
        for identifier in session.scalars(due.limit(20)):
            taken = session.execute(
                update(LtiGradeRow)
                .where(LtiGradeRow.id == identifier, LtiGradeRow.ask_at <= now)
                .values(ask_at=now + HELD)
                .execution_options(synchronize_session=False)
            )
            if getattr(taken, "rowcount", 0) != 1:
                continue
            row = session.get_one(LtiGradeRow, identifier, populate_existing=True)
            email = session.scalars(
                select(PersonAddressRow.shown)
                .where(PersonAddressRow.person_id == row.person_id)
                .order_by(PersonAddressRow.ordinal, PersonAddressRow.address)
                .limit(1)
            ).one_or_none()
            return Asked(
                row.id,
                row.platform_id,
                row.line_item,
                row.subject,
                row.program,
                row.level,
                row.launched_at,
                email,
            )
    return None


def issuer_of(db: Database, platform_id: UUID) -> str | None:
    """The slug of the issuer whose platform it is."""
    with db.read() as session:
        return session.scalars(
            select(IssuerRow.slug)
            .join(LtiPlatformRow, LtiPlatformRow.issuer_id == IssuerRow.id)
            .where(LtiPlatformRow.id == platform_id)
        ).one_or_none()


def answered(db: Database, asked: Asked, *, fault: str | None, done: bool, now: datetime) -> None:
    """What came of asking. `done`: an award follows, so it is asked again after the next launch only."""
    age = now - asked.launched_at
    again = None if done or age > LONGEST else now + (BETWEEN_FRESH if age < FRESH else BETWEEN)
    with db.write() as session:
        session.execute(
            update(LtiGradeRow)
            .where(LtiGradeRow.id == asked.id, LtiGradeRow.launched_at == asked.launched_at)
            .values(ask_at=again, fault=fault)
            .execution_options(synchronize_session=False)
        )


def report_of(asked: Asked, grade: Grade, *, passing: int, activity: str) -> Report | None:
    """The grade as a report that the programs' rules judge; None if it is not passed, or the person has no address."""
    if asked.email is None or grade.scaled * 100 < passing:
        return None
    value = {
        "line_item": asked.line_item,
        "subject": asked.subject,
        "score": str(grade.score.normalize()),
        "maximum": str(grade.maximum.normalize()),
    }
    digest = digest_of(value)
    return Report(
        event_id=f"lti:{sha256(digest.encode()).hexdigest()[:32]}",
        digest=digest,
        verb=Verb.PASSED,
        verb_said=Verb.PASSED.value,
        learner=Learner(Known.ADDRESS, asked.email),
        activity=activity,
        score={
            Member.SCALED: grade.scaled,
            Member.RAW: grade.score,
            Member.MIN: Decimal(0),
            Member.MAX: grade.maximum,
        },
        success=True,
        program=asked.program,
        level=asked.level,
    )
