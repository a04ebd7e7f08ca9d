"""What somebody may do in the portal beside looking after his own.

A manager is who has people below him in the directory; an assessor, who was given that role or was asked to assess.
Admins and auditors are named: by `guildmark admin grant`, or by a group at the provider.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session, aliased

from issuer.messages.notices import Kind
from issuer.people.targets import present
from issuer.tables import AssessmentRow, NoticeRow, PersonRow, ProposalRow, RoleGrantRow, SessionRow


class Role(StrEnum):
    """What a person may do, for one issuer."""

    MANAGER = "manager"
    ASSESSOR = "assessor"
    ADMIN = "admin"
    AUDITOR = "auditor"


GRANTABLE = (Role.ADMIN, Role.AUDITOR, Role.ASSESSOR)
"""Roles that are given to people; the others follow from what is recorded."""


def has_roles(day: date) -> dict[Role, ColumnElement[bool]]:
    """For each role, whether the person of a SessionRow has it on that day: parts of a query about sessions."""
    return {
        Role.MANAGER: _manages(day),
        Role.ASSESSOR: _was_given(Role.ASSESSOR) | _was_asked() | _has_assessed(),
        Role.ADMIN: _was_given(Role.ADMIN),
        Role.AUDITOR: _was_given(Role.AUDITOR),
    }


def people_below(session: Session, manager_id: UUID) -> set[UUID]:
    """Everyone who reports to him, directly or through others, whether still with the company or not."""
    below = select(PersonRow.id).where(PersonRow.manager_id == manager_id).cte("below", recursive=True)
    report = aliased(PersonRow)
    # UNION and not UNION ALL: a loop in the directory ends.
    below = below.union(select(report.id).join(below, report.manager_id == below.c.id))
    return set(session.scalars(select(below.c.id))) - {manager_id}


def _manages(day: date) -> ColumnElement[bool]:
    return exists().where(PersonRow.manager_id == SessionRow.person_id, present(day)).correlate(SessionRow)


def _was_given(role: Role) -> ColumnElement[bool]:
    return exists().where(
        RoleGrantRow.issuer_id == SessionRow.issuer_id,
        RoleGrantRow.person_id == SessionRow.person_id,
        RoleGrantRow.role == role.value,
    )


def _was_asked() -> ColumnElement[bool]:
    return exists().where(
        NoticeRow.recipient_id == SessionRow.person_id,
        NoticeRow.issuer_id == SessionRow.issuer_id,
        NoticeRow.kind == Kind.ASSESSMENT_WANTED.value,
    )


def _has_assessed() -> ColumnElement[bool]:
    return exists().where(
        AssessmentRow.assessor_id == SessionRow.person_id,
        ProposalRow.id == AssessmentRow.proposal_id,
        ProposalRow.issuer_id == SessionRow.issuer_id,
    )
