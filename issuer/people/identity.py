"""Whose word a person's record is: by what name, and as which DID, an issuer may sign for somebody.

People are shared by all issuers of a database, so that a company has one directory; what one issuer says of somebody
must not become what another one signs. Therefore an award or a correction changes name or DID on record only of a
person whom that issuer's own award entered, who stands in no directory and has awards of nobody else (`written_by`);
addresses are for the directory alone, where there are several issuers (`issuer.succession.holders`). And what is
signed of the record was said by the directory, or by that issuer's own awards (`identities`). No directory gives DIDs:
beside another issuer's awards, only one's own awards do.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from issuer.many_rows import among
from issuer.succession.facts import facts_of
from issuer.tables import AwardRow, CredentialRow, MembershipRow, PersonRow


@dataclass(frozen=True, slots=True)
class Identity:
    """What an issuer may sign of a person. `name` is None of one whom it knows from other issuers only."""

    name: str | None
    did: str | None


NOBODY = Identity(None, None)
"""A person about whom there is nothing that this issuer may sign."""


def written_by(session: Session, issuer_id: int, person_ids: Collection[UUID]) -> set[UUID]:
    """Those whose record is this issuer's own to change: it entered them by an award, and nobody else knows them."""
    entered = exists().where(
        AwardRow.person_id == PersonRow.id,
        AwardRow.issuer_id == issuer_id,
        AwardRow.decided_at == PersonRow.created_at,  # an award and the person that it enters are written as one
    )
    return set(
        session.scalars(
            select(PersonRow.id).where(
                among(session, PersonRow.id, person_ids), ~_of_directory(), ~_awarded_by_others(issuer_id), entered
            )
        )
    )


def identities(session: Session, issuer_id: int, person_ids: Collection[UUID]) -> dict[UUID, Identity]:
    """The name and DID of each person, as far as they may be signed by this issuer; unknown ids are left out.

    The name is that of the directory, else what this issuer's newest award says. The record of a person with awards of
    this issuer alone is taken as it stands; of one who was erased nothing is signed.
    """
    rows = session.execute(
        select(
            PersonRow.id,
            PersonRow.name,
            PersonRow.did,
            PersonRow.erased_at,
            _of_directory().label("of_directory"),
            _awarded_by_others(issuer_id).label("shared"),
        ).where(PersonRow.id.in_(person_ids))
    ).all()
    said = _said(session, issuer_id, [row.id for row in rows if row.shared])
    found = {}
    for row in rows:
        own = said.get(row.id, NOBODY)
        if row.erased_at is not None:
            found[row.id] = NOBODY
        elif not row.shared:
            found[row.id] = Identity(row.name, row.did)
        else:
            found[row.id] = Identity(row.name if row.of_directory else own.name, own.did)
    return found


def identity(session: Session, issuer_id: int, person_id: UUID) -> Identity:
    """`identities` of one person; NOBODY if there is none of that id."""
    return identities(session, issuer_id, [person_id]).get(person_id, NOBODY)


def _of_directory() -> ColumnElement[bool]:
    member = exists().where(MembershipRow.person_id == PersonRow.id)
    columns = (
        PersonRow.employee_number,
        PersonRow.joined_on,
        PersonRow.left_on,
        PersonRow.manager_id,
        PersonRow.function,
        PersonRow.time_zone,
    )
    return or_(*(column.is_not(None) for column in columns), member)


def _awarded_by_others(issuer_id: int) -> ColumnElement[bool]:
    return exists().where(and_(AwardRow.person_id == PersonRow.id, AwardRow.issuer_id != issuer_id))


def _said(session: Session, issuer_id: int, person_ids: Collection[UUID]) -> dict[UUID, Identity]:
    """What this issuer's own credentials say now, the newest first; corrected, revoked and void ones do not count."""
    if not person_ids:
        return {}
    rows: Any = session.execute(
        select(CredentialRow, AwardRow)
        .join(AwardRow, AwardRow.id == CredentialRow.award_id)
        .where(
            AwardRow.issuer_id == issuer_id,
            AwardRow.person_id.in_(person_ids),
            AwardRow.achievement_id.is_not(None),
            CredentialRow.state != "void",
            CredentialRow.revoked_at.is_(None),
            CredentialRow.erased_at.is_(None),
        )
        .order_by(CredentialRow.created_at.desc(), CredentialRow.id)
    ).all()
    corrected = {(award.id, credential.replaces_id) for credential, award in rows}
    found: dict[UUID, Identity] = {}
    for credential, award in rows:
        if (award.id, credential.id) in corrected:
            continue
        facts, newer = facts_of(credential, award), found.get(award.person_id, NOBODY)
        found[award.person_id] = Identity(newer.name or facts.get("name"), newer.did or facts.get("did"))
    return found
