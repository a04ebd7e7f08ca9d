"""Who may change the keys of an issuer: one admin, or two, if it says so. Asked inside the transaction that does it.

Where two have to, one asks and another allows (`issuer.key_requests`). Admins count who were named before the rule
began, or by whoever runs the server since: else one who has the portal could name himself a second time. A group at a
provider makes nobody count, for it is changed elsewhere and leaves no trace here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from issuer import key_words
from issuer.errors import SecondPersonNeeded
from issuer.issuers import issuer_row
from issuer.key_mail import key_mail
from issuer.key_uses import IN_A_FILE, Use
from issuer.new_key import Replaced
from issuer.people.targets import present
from issuer.sign_in.roles import Role
from issuer.store import Database
from issuer.tables import IssuerRow, KeyRuleRow, MessageRow, PersonAddressRow, PersonRow, RoleGrantRow
from keys.public_key import PublicKey

MACHINE = "cli:"


@dataclass(frozen=True, slots=True)
class Change:
    """A key that is to sign, made already, and the one whose place it takes."""

    use: Use
    further: bool
    key_uri: str
    public_key: PublicKey
    replaces: str | None


Gate = Callable[[Session, IssuerRow, Change, Replaced | None], Mapping[str, str]]
"""Lets a change pass, with what the audit trail is to say of that, or raises. It sees the key as it is then."""


def rule_of(session: Session, owner: IssuerRow) -> datetime | None:
    """Since when two people change the keys; None: one does."""
    row = session.get(KeyRuleRow, owner.id)
    return row.since if row is not None else None


def two_people_since(db: Database, issuer: str | None) -> datetime | None:
    """`rule_of` an issuer. Raises UnknownIssuer."""
    with db.read() as session:
        return rule_of(session, issuer_row(session, issuer))


def alone(session: Session, owner: IssuerRow, _: Change, __: Replaced | None) -> Mapping[str, str]:
    """The gate for one person. Raises SecondPersonNeeded where two have to."""
    if rule_of(session, owner) is not None:
        raise SecondPersonNeeded(key_words.second_needed())
    return {}


def require_gate(db: Database, issuer: str | None, gate: Gate) -> None:
    """Refuse before a key is made; the gate says the same again in the transaction."""
    if gate is alone and two_people_since(db, issuer) is not None:
        raise SecondPersonNeeded(key_words.second_needed())


def emergency(actor: str, now: datetime) -> Gate:
    """The gate for a key that may be in other hands: one may put a new key of this server in the place of another of
    its own, and everybody else who counts is told. A key that is held elsewhere, before or after, needs two.
    """

    def gate(session: Session, owner: IssuerRow, change: Change, before: Replaced | None) -> Mapping[str, str]:
        since = rule_of(session, owner)
        if since is None:
            return {}
        own = before is not None and before.key_uri.startswith(IN_A_FILE) and change.key_uri.startswith(IN_A_FILE)
        if not own or before is None:
            raise SecondPersonNeeded(key_words.emergency_is_not_for_held())
        told = key_words.replaced_in_emergency(before.fragment)
        mark = f"emergency:{before.fragment}"
        tell(session, owner, since, mark=mark, what=told, except_actor=actor, now=now, alone=True)
        return {"allowed": "one, in an emergency"}

    return gate


def counting(owner: IssuerRow, since: datetime | None, now: datetime) -> Select[UUID]:
    """The admins who count, by id."""
    query = (
        select(RoleGrantRow.person_id)
        .join(PersonRow, PersonRow.id == RoleGrantRow.person_id)
        .where(RoleGrantRow.issuer_id == owner.id, RoleGrantRow.role == Role.ADMIN.value, present(now.date()))
    )
    if since is None:
        return query
    return query.where(or_(RoleGrantRow.granted_at <= since, RoleGrantRow.granted_by.startswith(MACHINE)))


def counts(session: Session, owner: IssuerRow, person_id: UUID, since: datetime | None, now: datetime) -> bool:
    """Whether he counts now; his role cannot be taken before the transaction ends."""
    query = counting(owner, since, now).where(RoleGrantRow.person_id == person_id)
    return session.scalars(query.with_for_update(read=True, of=RoleGrantRow)).first() is not None


def tell(
    session: Session,
    owner: IssuerRow,
    since: datetime | None,
    *,
    mark: str,
    what: str,
    except_actor: str,
    now: datetime,
    alone: bool = False,
) -> None:
    """A mail to the other admins who count, once for each `mark`. alone: of what one did in an emergency."""
    addresses = (
        select(PersonRow.id, PersonRow.name, PersonAddressRow.shown)
        .join(PersonAddressRow, (PersonAddressRow.person_id == PersonRow.id) & (PersonAddressRow.ordinal == 0))
        .where(PersonRow.id.in_(counting(owner, since, now)))
    )
    for person_id, name, address in session.execute(addresses.order_by(PersonRow.id)).all():
        message_id = uuid5(NAMESPACE_URL, f"{owner.base_url}/admin/keys#{mark}/{person_id}")
        if except_actor == f"person:{person_id}" or session.get(MessageRow, message_id) is not None:
            continue
        issuer = str(owner.profile.get("name", owner.slug))
        mail = key_mail(issuer=issuer, base_url=owner.base_url, reader=name, what=what, alone=alone)
        session.add(
            MessageRow(
                id=message_id,
                issuer_id=owner.id,
                recipient_id=person_id,
                address=address,
                subject=mail.subject,
                text=mail.text,
                html=mail.html,
                calendar=None,
                state="queued",
                not_before=now,
                attempts=0,
                created_at=now,
            )
        )
