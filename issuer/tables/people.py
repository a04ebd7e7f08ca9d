"""The directory: people, addresses, teams and roles, what is asked of them and who accompanies them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text, true
from sqlalchemy.orm import Mapped, mapped_column

from issuer.tables.table import Table, one_of


class PersonRow(Table):
    """Someone who can hold, assess or manage; `id` is the `urn:uuid:` of the credential's subject.

    `employee_number` is the directory's own key; `left_on` is the last day with the company. Of an erased person
    (`erased_at`) nothing is left that identifies him.
    """

    __tablename__ = "people"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    did: Mapped[str | None]
    employee_number: Mapped[str | None]
    manager_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"), index=True)
    function: Mapped[str | None]
    time_zone: Mapped[str | None]
    joined_on: Mapped[date | None]
    left_on: Mapped[date | None]
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]
    changed_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("manager_id <> id", "manager"),
        Index("uq_people_employee_number", "employee_number", unique=True),
        Index("ix_people_name", "name", "id"),
    )


class PersonAddressRow(Table):
    """An e-mail address of a person, in the form that is compared (`address`) and as it was written (`shown`).

    The one of the lowest `ordinal` is the main one, which mail and credentials take. `listed`: the directory still
    names it; `label` is what it calls it, like `work`; `called_main` is what it says of it being the main one.
    """

    __tablename__ = "person_addresses"
    address: Mapped[str] = mapped_column(primary_key=True)
    shown: Mapped[str]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    ordinal: Mapped[int] = mapped_column(default=0)
    label: Mapped[str | None]
    called_main: Mapped[bool | None]
    listed: Mapped[bool] = mapped_column(default=True, server_default=true())


class MembershipRow(Table):
    """A person in a team or in a role, since a day."""

    __tablename__ = "memberships"
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[date]
    __table_args__ = (
        CheckConstraint(one_of("kind", "team", "role"), "kind"),
        Index("ix_memberships_kind_name", "kind", "name"),
    )


class AssignmentRow(Table):
    """A level required of, or suggested to, a person, a team, a role or everyone. `due` is there if it is required.

    `target` is the person's id, the name of the team or role, or empty for everyone. Ended ones are kept.
    """

    __tablename__ = "assignments"
    id: Mapped[int] = mapped_column(primary_key=True)
    level_id: Mapped[int] = mapped_column(ForeignKey("levels.id"))
    target_kind: Mapped[str]
    target: Mapped[str]
    required: Mapped[bool]
    due: Mapped[dict[str, Any] | None]
    source: Mapped[str]
    assigned_on: Mapped[date]
    assigned_by: Mapped[str]
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint(one_of("target_kind", "person", "team", "role", "everyone"), "target_kind"),
        CheckConstraint("(target_kind = 'everyone') = (target = '')", "target"),
        CheckConstraint(one_of("source", "program", "hand"), "source"),
        Index(
            "uq_assignments_in_force",
            "level_id",
            "target_kind",
            "target",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_assignments_target", "target_kind", "target"),
    )


class MentorRow(Table):
    """Who accompanies a candidate in a program; `thanked` if he agreed to be named on the program's page."""

    __tablename__ = "mentors"
    program_id: Mapped[int] = mapped_column(ForeignKey("programs.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), primary_key=True)
    mentor_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), primary_key=True, index=True)
    since: Mapped[date]
    until: Mapped[date | None]
    thanked: Mapped[bool]
    __table_args__ = (CheckConstraint("person_id <> mentor_id", "mentor"),)


class CreditRow(Table):
    """Continuing education that counts for a level: so many hundredths of an hour, done on a day."""

    __tablename__ = "credits"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    level_id: Mapped[int] = mapped_column(ForeignKey("levels.id"))
    done_on: Mapped[date]
    hundredths: Mapped[int]
    activity: Mapped[str]
    url: Mapped[str | None]
    recorded_by: Mapped[str]
    recorded_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    idempotency_key: Mapped[str]
    __table_args__ = (
        UniqueConstraint("person_id", "idempotency_key"),
        CheckConstraint("hundredths BETWEEN 1 AND 100000", "hundredths"),
    )
