"""Levels required of, or suggested to, people, teams, roles or everyone. Rows are ended, never changed or deleted.

A program's file is one truth: what it assigns is changed there. What was assigned by hand and stands in the file later
is taken over by it. A changed assignment is ended and made anew, and its time counts anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from credentials.sentence import sentence
from issuer import audit
from issuer.errors import Fault, Refused, UnknownProgram
from issuer.issuers import issuer_row
from issuer.people.assignment_rules import (
    AssignmentRule,
    DueRule,
    Target,
    TargetKind,
    due_rule_from_dict,
    parse_due_rule,
)
from issuer.people.assignment_views import (
    AssignmentView,
    UnknownAssignment,
    assignment_rows,
    assignment_view,
    find_assignment,
    list_assignments,
)
from issuer.people.targets import fault_of_target, key_of_target, tell_concerned
from issuer.store import Database
from issuer.tables import AssignmentRow, IssuerRow, LevelRow, ProgramRow
from issuer.validity import today

__all__ = [
    "AssignmentRefused",
    "AssignmentRule",
    "AssignmentView",
    "AssignmentsApplied",
    "DueRule",
    "Target",
    "TargetKind",
    "UnknownAssignment",
    "apply_program_assignments",
    "assign",
    "due_rule_from_dict",
    "end_assignment",
    "find_assignment",
    "list_assignments",
    "parse_due_rule",
]


_Key = tuple[int, str, str]


class AssignmentRefused(Refused):
    """An assignment cannot be made; nothing was assigned."""


@dataclass(frozen=True, slots=True)
class AssignmentsApplied:
    """How many assignments a program's file made new (a changed one is ended and made anew) and ended."""

    new: int
    ended: int


def apply_program_assignments(
    session: Session, program_row: ProgramRow, rules: Sequence[AssignmentRule], actor: str, now: datetime
) -> AssignmentsApplied:
    """Make the program's assignments what its file says, in the caller's transaction; the same again changes nothing.

    Call it when the program's levels are there (flushed). Those of the file before that are no longer in it are ended.
    People whom something new is required of are told. Raises AssignmentRefused (a Refused) with every fault: a level
    that is not the program's, an assignment to nobody, two rules for the same, a day that has passed.
    """
    day = today(now, ZoneInfo(program_row.time_zone))
    levels = {
        row.slug: row
        for row in session.scalars(select(LevelRow).where(LevelRow.program_id == program_row.id, LevelRow.in_use))
    }
    in_force = _in_force(session, program_row)
    wanted, faults = _read(session, rules, levels, in_force, day)
    if faults:
        raise AssignmentRefused(f"What {program_row.slug} assigns", faults)
    ended = _end(
        session,
        [row for key, row in in_force.items() if (row.source == "program" and key not in wanted)
         or (key in wanted and _differs(row, wanted[key]))],
        now,
    )  # fmt: skip
    made = []
    for key, rule in wanted.items():
        row = in_force.get(key)
        if row is not None and row not in ended:
            row.source = "program"
            continue
        made.append(_new(session, key, rule.due, source="program", actor=actor, day=day))
    session.flush()
    for row in made:
        tell_concerned(session, program_row, row, now=now, day=day)
    return AssignmentsApplied(len(made), len(ended))


def assign(
    db: Database,
    *,
    issuer: str | None,
    program: str,
    level: str,
    to: Target,
    due: DueRule | None,
    actor: str,
    now: datetime,
) -> AssignmentView:
    """Assign a level by hand: required by `due`, or suggested if that is None. The same again changes nothing.

    People whom it is newly required of are told. Raises AssignmentRefused for an assignment to nobody, for a day that
    has passed, and for what the program's file assigns otherwise; UnknownProgram, UnknownIssuer.
    """
    with db.write() as session:
        owner = issuer_row(session, issuer)
        plan = planned(session, owner, program, level, to, due, now)
        known = plan.known
        if known is not None and not _differs_due(known, due):
            return assignment_view(session, known, plan.program, plan.level)
        _end(session, [known] if known is not None else [], now)
        row = _new(session, plan.key, due, source="hand", actor=actor, day=plan.day)
        session.flush()
        told = tell_concerned(session, plan.program, row, now=now, day=plan.day)
        _audit(session, owner, plan.program, plan.level, row, action="level assigned", actor=actor, now=now, told=told)
        return assignment_view(session, row, plan.program, plan.level)


@dataclass(frozen=True, slots=True)
class Plan:
    """An assignment that can be made: of which level, to which target, and what is in force of the same already."""

    program: ProgramRow
    level: LevelRow
    key: _Key
    known: AssignmentRow | None
    day: date


def planned(
    session: Session, owner: IssuerRow, program: str, level: str, to: Target, due: DueRule | None, now: datetime
) -> Plan:
    """What `assign` would begin from. Raises AssignmentRefused, UnknownProgram."""
    program_row, level_row = level_rows(session, owner, program, level)
    day = today(now, ZoneInfo(program_row.time_zone))
    key = key_of_target(session, level_row.id, to)
    known = _in_force(session, program_row).get(key) if key else None
    faults = list(_faults(session, to, due, day, "", already=known is not None and not _differs_due(known, due)))
    if known is not None and known.source == "program" and _differs_due(known, due):
        what = sentence("the file of {program} assigns {level} to {to} already", program=program, level=level, to=to)
        faults.append(Fault("", what, sentence("change it there, and apply the file again")))
    if faults or key is None:
        raise AssignmentRefused("The assignment", faults)
    return Plan(program_row, level_row, key, known, day)


def end_assignment(
    db: Database, *, issuer: str | None, assignment_id: int, actor: str, now: datetime
) -> AssignmentView:
    """End an assignment that was made by hand. Raises UnknownAssignment, AssignmentRefused for one of a file."""
    with db.write() as session:
        owner = issuer_row(session, issuer)
        found = session.execute(assignment_rows(owner).where(AssignmentRow.id == assignment_id)).one_or_none()
        if found is None or found[0].ended_at is not None:
            raise UnknownAssignment(
                sentence(
                    "there is no assignment {assignment_id} in force; see `guildmark assign list`",
                    assignment_id=assignment_id,
                )
            )
        row, level_row, program_row = found
        if row.source == "program":
            what = sentence(
                "assignment {assignment_id} stands in the file of {slug}",
                assignment_id=assignment_id,
                slug=program_row.slug,
            )
            raise AssignmentRefused(
                sentence("Ending it"), [Fault("", what, sentence("take it out there, and apply the file again"))]
            )
        row.ended_at = now
        session.flush()
        _audit(session, owner, program_row, level_row, row, action="assignment ended", actor=actor, now=now)
        return assignment_view(session, row, program_row, level_row)


def level_rows(session: Session, owner: IssuerRow, program: str, level: str) -> tuple[ProgramRow, LevelRow]:
    """The rows of a level that can be awarded. Raises UnknownProgram."""
    found = session.execute(
        select(ProgramRow, LevelRow)
        .join(LevelRow, LevelRow.program_id == ProgramRow.id)
        .where(ProgramRow.issuer_id == owner.id, ProgramRow.slug == program, LevelRow.slug == level, LevelRow.in_use)
    ).one_or_none()
    if found is None:
        raise UnknownProgram(
            sentence(
                "there is no level {level!r} of a program {program!r}; see `guildmark program list`",
                level=level,
                program=program,
            )
        )
    return found[0], found[1]


def _in_force(session: Session, program_row: ProgramRow) -> dict[_Key, AssignmentRow]:
    rows = session.scalars(
        select(AssignmentRow)
        .join(LevelRow, LevelRow.id == AssignmentRow.level_id)
        .where(LevelRow.program_id == program_row.id, AssignmentRow.ended_at.is_(None))
        .order_by(AssignmentRow.id)
    )
    return {(row.level_id, row.target_kind, row.target): row for row in rows}


def _read(
    session: Session,
    rules: Sequence[AssignmentRule],
    levels: Mapping[str, LevelRow],
    in_force: Mapping[_Key, AssignmentRow],
    day: date,
) -> tuple[dict[_Key, AssignmentRule], list[Fault]]:
    wanted: dict[_Key, AssignmentRule] = {}
    faults: list[Fault] = []
    for position, rule in enumerate(rules):
        where = f"assign[{position}]"
        level = levels.get(rule.level)
        if level is None:
            known = ", ".join(levels)
            faults.append(
                Fault(
                    f"{where}.level",
                    sentence("this program has no level {level!r}", level=rule.level),
                    sentence("it has: {known}", known=known),
                )
            )
            continue
        key = key_of_target(session, level.id, rule.to)
        known_row = in_force.get(key) if key else None
        already = known_row is not None and not _differs(known_row, rule)
        found = list(_faults(session, rule.to, rule.due, day, where, already=already))
        if key is not None and key in wanted:
            found.append(
                Fault(
                    where,
                    sentence("{level} is assigned to {to} twice", level=rule.level, to=rule.to),
                    sentence("keep one of them"),
                )
            )
        faults += found
        if key is not None and not found:
            wanted[key] = rule
    return wanted, faults


def _faults(
    session: Session, to: Target, due: DueRule | None, day: date, where: str, *, already: bool
) -> Iterable[Fault]:
    """What is wrong with an assignment. One that is in force `already` may have outlived its day and its people."""
    if already:
        return
    if (fault := fault_of_target(session, to, day)) is not None:
        yield fault.within(f"{where}.to" if where else "")
    if due is not None and due.by is not None and due.by < day and due.within is None:
        what = sentence("{by} has passed: everybody would be overdue at once", by=due.by)
        yield Fault(f"{where}.required" if where else "", what, sentence("give a day that is to come"))


def _differs(row: AssignmentRow, rule: AssignmentRule) -> bool:
    return _differs_due(row, rule.due)


def _differs_due(row: AssignmentRow, due: DueRule | None) -> bool:
    return row.due != (due.as_dict() if due is not None else None)


def _end(session: Session, rows: Sequence[AssignmentRow], now: datetime) -> Sequence[AssignmentRow]:
    for row in rows:
        row.ended_at = now
    session.flush()  # before another of the same target is entered: the database allows one in force
    return rows


def _new(session: Session, key: _Key, due: DueRule | None, *, source: str, actor: str, day: date) -> AssignmentRow:
    level_id, kind, target = key
    row = AssignmentRow(
        level_id=level_id,
        target_kind=kind,
        target=target,
        required=due is not None,
        source=source,
        assigned_on=day,
        assigned_by=actor,
    )
    if due is not None:
        row.due = due.as_dict()
    session.add(row)
    return row


def _audit(
    session: Session,
    owner: IssuerRow,
    program_row: ProgramRow,
    level_row: LevelRow,
    row: AssignmentRow,
    *,
    action: str,
    actor: str,
    now: datetime,
    told: int | None = None,
) -> None:
    details: dict[str, Any] = {
        "level": f"{program_row.slug}/{level_row.slug}",
        "to": row.target_kind,
        "target": row.target,
        "due": str(due_rule_from_dict(row.due)) if row.due is not None else "suggested",
    }
    if told is not None:
        details["told"] = told
    audit.append(
        session, at=now, actor=actor, action=action, subject=f"assignment:{owner.slug}/{row.id}", details=details
    )
