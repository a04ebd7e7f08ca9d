"""Roles that are given to people by name, and taken away: each change stands in the audit trail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from credentials.sentence import sentence
from issuer import audit
from issuer.errors import Unknown
from issuer.issuers import issuer_row
from issuer.people.directory import required_person
from issuer.people.targets import present
from issuer.sign_in.refusals import Departed
from issuer.sign_in.roles import Role
from issuer.store import Database, insert_missing
from issuer.tables import PersonAddressRow, PersonRow, RoleGrantRow

_ROLE = {
    Role.ADMIN: sentence("admin"),
    Role.AUDITOR: sentence("auditor"),
    Role.ASSESSOR: sentence("assessor"),
    Role.MANAGER: sentence("manager"),
}


@dataclass(frozen=True, slots=True)
class RoleGrant:
    """Who has a role of an issuer, since when, and who gave it to him."""

    person_id: UUID
    name: str
    email: str | None
    role: Role
    granted_by: str
    granted_at: datetime


def grant_role(
    db: Database, *, issuer: str | None, email: str, role: Role, actor: str, now: datetime, today: date
) -> bool:
    """Give somebody of the directory a role; False if he has it already.

    Raises UnknownIssuer, UnknownPerson, Departed: someone who left, or is erased, could not sign in.
    """
    with db.write() as session:
        owner = issuer_row(session, issuer)
        person = required_person(session, email)
        if not person.present(today):
            raise Departed(
                sentence("{name} is not with the company any more, so the role would open nothing", name=person.name)
            )
        key = {"issuer_id": owner.id, "person_id": person.id, "role": role.value}
        if session.get(RoleGrantRow, (owner.id, person.id, role.value)) is not None:
            return False
        given = {**key, "granted_by": actor, "granted_at": now}
        insert_missing(session, RoleGrantRow, [given], ("issuer_id", "person_id", "role"))
        _record(session, "role granted", person.id, owner.slug, role, actor, now)
        return True


def revoke_role(db: Database, *, issuer: str | None, email: str, role: Role, actor: str, now: datetime) -> None:
    """Take a role away; it ends at once, in open sessions too. Raises UnknownIssuer, UnknownPerson, Unknown."""
    with db.write() as session:
        owner = issuer_row(session, issuer)
        person = required_person(session, email)
        taken = session.scalars(
            delete(RoleGrantRow)
            .where(
                RoleGrantRow.issuer_id == owner.id,
                RoleGrantRow.person_id == person.id,
                RoleGrantRow.role == role.value,
            )
            .returning(RoleGrantRow.role)
        ).all()
        if not taken:
            raise Unknown(
                sentence(
                    "{name} was not given the role {role}; `guildmark admin list` shows who was",
                    name=person.name,
                    role=_ROLE[role],
                )
            )
        _record(session, "role revoked", person.id, owner.slug, role, actor, now)


def role_grants(
    db: Database, *, issuer: str | None, role: Role | None = None, person_id: UUID | None = None
) -> tuple[RoleGrant, ...]:
    """Who was given which role, by role and name. Raises UnknownIssuer."""
    with db.read() as session:
        owner = issuer_row(session, issuer)
        query = (
            select(RoleGrantRow, PersonRow.name, PersonAddressRow.shown)
            .join(PersonRow, PersonRow.id == RoleGrantRow.person_id)
            .outerjoin(
                PersonAddressRow,
                (PersonAddressRow.person_id == PersonRow.id) & (PersonAddressRow.ordinal == 0),
            )
            .where(RoleGrantRow.issuer_id == owner.id)
            .order_by(RoleGrantRow.role, PersonRow.name, PersonRow.id, PersonAddressRow.address)
        )
        if role is not None:
            query = query.where(RoleGrantRow.role == role.value)
        if person_id is not None:
            query = query.where(RoleGrantRow.person_id == person_id)
        found: dict[tuple[UUID, str], RoleGrant] = {}
        for row, name, shown in session.execute(query):
            view = RoleGrant(row.person_id, name, shown, Role(row.role), row.granted_by, row.granted_at)
            found.setdefault((row.person_id, row.role), view)
    return tuple(found.values())


def names_of(db: Database, *, issuer: str | None, role: Role, today: date, limit: int = 3) -> tuple[str, ...]:
    """The names of some who were given a role and are here: whom to ask. Raises UnknownIssuer."""
    with db.read() as session:
        owner = issuer_row(session, issuer)
        query = (
            select(PersonRow.name)
            .join(RoleGrantRow, RoleGrantRow.person_id == PersonRow.id)
            .where(RoleGrantRow.issuer_id == owner.id, RoleGrantRow.role == role.value, present(today))
        )
        return tuple(session.scalars(query.order_by(PersonRow.name, PersonRow.id).limit(limit)))


def _record(session: Session, action: str, person_id: UUID, issuer: str, role: Role, actor: str, now: datetime) -> None:
    details = {"issuer": issuer, "role": role.value}
    audit.append(session, at=now, actor=actor, action=action, subject=f"person:{person_id}", details=details)
