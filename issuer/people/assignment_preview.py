"""Whom an assignment touches: before it is made, and while it is in force. Nothing is changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from credentials.sentence import sentence
from issuer.issuers import issuer_row
from issuer.people.assignment_rules import DueRule, Target, due_rule_from_dict
from issuer.people.assignments import AssignmentView, UnknownAssignment, find_assignment, planned
from issuer.people.targets import concerned
from issuer.store import Database
from issuer.tables import AssignmentRow, LevelRow, PersonRow, ProgramRow
from issuer.validity import today

MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class Touched:
    """Somebody of whom something is asked, and until when, if it is required."""

    id: UUID
    name: str
    due_on: date | None


@dataclass(frozen=True, slots=True)
class AssignmentPreview:
    """How many present people do not hold the level yet, and how many do; some of the former by name.

    `replaces` is the assignment to the same target that ends thereby; `same`: it is in force as it is, nothing happens.
    """

    open: int
    holding: int
    some: tuple[Touched, ...]
    replaces: AssignmentView | None = None
    same: bool = False


def preview_assignment(
    db: Database,
    *,
    issuer: str | None,
    program: str,
    level: str,
    to: Target,
    due: DueRule | None,
    now: datetime,
) -> AssignmentPreview:
    """What `assign` would do. Raises as it does: AssignmentRefused, UnknownProgram, UnknownIssuer."""
    with db.read() as session:
        owner = issuer_row(session, issuer)
        plan = planned(session, owner, program, level, to, due, now)
        level_id, kind, target = plan.key
        row = AssignmentRow(level_id=level_id, target_kind=kind, target=target, assigned_on=plan.day)
        row.due = due.as_dict() if due is not None else None
        known, day = plan.known, plan.day
        same = known is not None and known.due == row.due
        counts, some = _touched(session, row, now, day)
    replaces = find_assignment(db, issuer, known.id) if known is not None else None
    return AssignmentPreview(*counts, some, replaces, same)


def touched_by(db: Database, *, issuer: str | None, assignment_id: int, now: datetime) -> AssignmentPreview:
    """Whom an assignment touches now: whom its end would free. Raises UnknownAssignment, UnknownIssuer."""
    with db.read() as session:
        owner = issuer_row(session, issuer)
        found = session.execute(
            select(AssignmentRow, ProgramRow.time_zone)
            .join(LevelRow, LevelRow.id == AssignmentRow.level_id)
            .join(ProgramRow, ProgramRow.id == LevelRow.program_id)
            .where(ProgramRow.issuer_id == owner.id, AssignmentRow.id == assignment_id)
        ).one_or_none()
        if found is None:
            raise UnknownAssignment(sentence("there is no assignment {assignment_id}", assignment_id=assignment_id))
        row, zone = found
        counts, some = _touched(session, row, now, today(now, ZoneInfo(zone)))
    return AssignmentPreview(*counts, some)


def _touched(
    session: Session, row: AssignmentRow, now: datetime, day: date
) -> tuple[tuple[int, int], tuple[Touched, ...]]:
    asked, holding = (concerned(row, now, day, holding=held).order_by(None) for held in (False, True))
    counts = tuple(
        session.scalar(select(func.count()).select_from(query.subquery())) or 0 for query in (asked, holding)
    )
    named = asked.add_columns(PersonRow.name).order_by(PersonRow.name, PersonRow.id).limit(MOST_NAMED)
    rule = due_rule_from_dict(row.due) if row.due is not None else None
    rows: Sequence[tuple[UUID, date | None, str]] = session.execute(named).all()
    some = tuple(
        Touched(person_id, name, rule.due_on(joined=joined, assigned=row.assigned_on) if rule is not None else None)
        for person_id, joined, name in rows
    )
    return (counts[0], counts[1]), some
