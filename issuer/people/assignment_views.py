"""Assignments as they are shown: one, or those of an issuer, each with an address of the person it is to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from credentials.sentence import sentence
from issuer.errors import Unknown
from issuer.issuers import issuer_row
from issuer.many_rows import among
from issuer.people.assignment_rules import DueRule, TargetKind, due_rule_from_dict
from issuer.store import Database
from issuer.tables import AssignmentRow, IssuerRow, LevelRow, PersonAddressRow, ProgramRow


class UnknownAssignment(Unknown):
    """No assignment in force has that number."""


@dataclass(frozen=True, slots=True)
class AssignmentView:
    """An assignment. `target` is the team, the role, an address of the person (`person_id`), or empty for everyone."""

    id: int
    program: str
    level: str
    kind: TargetKind
    target: str
    due: DueRule | None
    source: str
    assigned_on: date
    assigned_by: str
    ended_at: datetime | None
    person_id: UUID | None = None

    @property
    def required(self) -> bool:
        """Required, or only suggested."""
        return self.due is not None


def list_assignments(
    db: Database,
    issuer: str | None = None,
    *,
    program: str | None = None,
    ended: bool = False,
    limit: int = 0,
    offset: int = 0,
) -> tuple[AssignmentView, ...]:
    """Assignments in force (with those that have ended, if wanted), by program and level; at most `limit` (0: all).

    Raises UnknownIssuer.
    """
    with db.read() as session:
        query = assignment_rows(issuer_row(session, issuer))
        if not ended:
            query = query.where(AssignmentRow.ended_at.is_(None))
        if program is not None:
            query = query.where(ProgramRow.slug == program)
        query = query.order_by(ProgramRow.slug, LevelRow.position, AssignmentRow.id)
        rows = session.execute(query.offset(offset).limit(limit) if limit else query).all()
        return assignment_views(session, rows)


def find_assignment(db: Database, issuer: str | None, assignment_id: int) -> AssignmentView:
    """An assignment, an ended one too. Raises UnknownAssignment, UnknownIssuer."""
    with db.read() as session:
        rows = session.execute(
            assignment_rows(issuer_row(session, issuer)).where(AssignmentRow.id == assignment_id)
        ).all()
        if not rows:
            raise UnknownAssignment(
                sentence(
                    "there is no assignment {assignment_id}; see `guildmark assign list`", assignment_id=assignment_id
                )
            )
        return assignment_views(session, rows)[0]


def assignment_rows(owner: IssuerRow) -> Any:
    """An issuer's assignments with level and program, as `assignment_views` takes them."""
    return (
        select(AssignmentRow, LevelRow, ProgramRow)
        .join(LevelRow, LevelRow.id == AssignmentRow.level_id)
        .join(ProgramRow, ProgramRow.id == LevelRow.program_id)
        .where(ProgramRow.issuer_id == owner.id)
    )


def assignment_view(
    session: Session, row: AssignmentRow, program_row: ProgramRow, level_row: LevelRow
) -> AssignmentView:
    """One assignment."""
    return assignment_views(session, [(row, level_row, program_row)])[0]


def assignment_views(session: Session, rows: Sequence[Any]) -> tuple[AssignmentView, ...]:
    """Assignments with an address of each person, by one query for all."""
    people = {UUID(row.target) for row, _, _ in rows if row.target_kind == TargetKind.PERSON.value}
    query = select(PersonAddressRow.person_id, PersonAddressRow.shown).where(
        among(session, PersonAddressRow.person_id, people)
    )
    addresses: dict[str, str] = {}
    for person_id, shown in session.execute(query.order_by(PersonAddressRow.ordinal, PersonAddressRow.address)):
        addresses.setdefault(str(person_id), shown)
    return tuple(_shown(row, level_row, program_row, addresses) for row, level_row, program_row in rows)


def _shown(
    row: AssignmentRow, level_row: LevelRow, program_row: ProgramRow, addresses: Mapping[str, str]
) -> AssignmentView:
    of_person = row.target_kind == TargetKind.PERSON.value
    return AssignmentView(
        id=row.id,
        program=program_row.slug,
        level=level_row.slug,
        kind=TargetKind(row.target_kind),
        target=addresses.get(row.target, "(an erased person)") if of_person else row.target,
        due=due_rule_from_dict(row.due) if row.due is not None else None,
        source=row.source,
        assigned_on=row.assigned_on,
        assigned_by=row.assigned_by,
        ended_at=row.ended_at,
        person_id=UUID(row.target) if of_person else None,
    )
