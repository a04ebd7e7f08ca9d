"""Step 2 of issuing: rows in state `preparing` with everything a credential needs before it is made.

What is written here and committed is enough to finish the credential later, whatever happens to this process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from issuer.awards import comparable
from issuer.errors import Fault, IdempotencyConflict
from issuer.status_lists import take_slots
from issuer.store import insert_missing
from issuer.tables import (
    AwardRow,
    CredentialRow,
    IssuerRow,
    PersonAddressRow,
    PersonRow,
    StatusEntryRow,
)

Randomness = Callable[[int], bytes]
"""Returns that many random bytes: `secrets.token_bytes`, or a fixed stream in a test."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom an award names."""

    name: str
    email: str
    did: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A credential to be made. `request` holds the facts that will be signed, as JSON; `digest` is its hash.

    `document_id` is the id that the document will carry; None: the credential's own address, made by
    `address(credential_id)`.
    """

    key: str
    digest: str
    request: dict[str, Any]
    valid_from: datetime
    valid_until: datetime | None
    formats: tuple[str, ...]
    purposes: tuple[str, ...]
    recipient: Recipient | None = None
    achievement_row: int | None = None
    awarded_on: date | None = None
    document_id: str | None = None
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Allocated:
    """What a key has now: its credential, whether it is still to be finished, and whether this call began it."""

    credential_id: UUID
    preparing: bool
    new: bool


def allocate(
    session: Session,
    owner: IssuerRow,
    wanted: Sequence[Wanted],
    *,
    address: Callable[[UUID], str],
    source: str,
    actor: str,
    now: datetime,
    randomness: Randomness,
) -> dict[str, Allocated]:
    """Give each wanted credential its award, id and status slots, or find what its key has already.

    A key whose credential is `preparing` is given that one to finish; a key whose credential was made `void` is given
    a new one. Raises IdempotencyConflict if a key belongs to another request. One transaction, the caller's.
    """
    people = _people(session, [one.recipient for one in wanted if one.recipient], now, randomness)
    in_order = sorted(wanted, key=lambda one: one.key)  # the same order everywhere: no two wait for each other
    insert_missing(
        session,
        AwardRow,
        [
            {
                "id": _uuid(randomness),
                "issuer_id": owner.id,
                "achievement_id": one.achievement_row,
                "person_id": people[comparable(one.recipient.email)] if one.recipient else None,
                "awarded_on": one.awarded_on,
                "source": source,
                "decided_by": actor,
                "decided_at": now,
                "idempotency_key": one.key,
                "request_digest": one.digest,
                "request": one.request,
            }
            for one in in_order
        ],
        ("issuer_id", "idempotency_key"),
    )
    awards = {
        row.idempotency_key: row
        for row in session.scalars(
            select(AwardRow)
            .where(AwardRow.issuer_id == owner.id, AwardRow.idempotency_key.in_([one.key for one in wanted]))
            .order_by(AwardRow.idempotency_key)
            .with_for_update(key_share=True)
        )
    }
    check_digests(wanted, {key: row.request_digest for key, row in awards.items()})
    current = current_credentials(session, [row.id for row in awards.values()])
    result = {
        one.key: Allocated(found.id, found.state == "preparing", False)
        for one in wanted
        if (found := current.get(awards[one.key].id)) is not None
    }
    fresh = [one for one in wanted if one.key not in result]
    for one in fresh:
        row = _credential_row(one, awards[one.key], owner, address, now=now, randomness=randomness)
        session.add(row)
        result[one.key] = Allocated(row.id, True, True)
    session.flush()
    for purpose in sorted({purpose for one in fresh for purpose in one.purposes}):
        asking = [result[one.key].credential_id for one in fresh if purpose in one.purposes]
        slots = take_slots(session, owner, purpose, len(asking), randomness)
        session.add_all(
            StatusEntryRow(credential_id=credential_id, purpose=purpose, list_id=list_id, position=position)
            for credential_id, (list_id, position) in zip(asking, slots, strict=True)
        )
    session.flush()
    return result


def check_digests(wanted: Iterable[Wanted], digests: dict[str, str]) -> None:
    """Raises IdempotencyConflict naming every key that was used for another request."""
    faults = [
        Fault(
            one.origin or one.key,
            "this award was made before with other content",
            "revoke that one first, or give this one an idempotency_key of its own",
        )
        for one in wanted
        if digests.get(one.key, one.digest) != one.digest
    ]
    if faults:
        raise IdempotencyConflict(faults)


def current_credentials(session: Session, award_ids: Sequence[UUID]) -> dict[UUID, CredentialRow]:
    """The credential of each award that is not void, the newest if one was reissued."""
    rows = session.scalars(
        select(CredentialRow)
        .where(CredentialRow.award_id.in_(award_ids), CredentialRow.state != "void")
        .order_by(CredentialRow.created_at)
    )
    return {row.award_id: row for row in rows}


def _credential_row(
    one: Wanted,
    award: AwardRow,
    owner: IssuerRow,
    address: Callable[[UUID], str],
    *,
    now: datetime,
    randomness: Randomness,
) -> CredentialRow:
    identifier = _uuid(randomness)
    return CredentialRow(
        id=identifier,
        issuer_id=owner.id,
        award_id=award.id,
        state="preparing",
        document_id=one.document_id or address(identifier),
        formats=list(one.formats),
        identity_salt=randomness(16).hex(),
        valid_from=one.valid_from,
        valid_until=one.valid_until,
        created_at=now,
    )


def _people(
    session: Session, recipients: Sequence[Recipient], now: datetime, randomness: Randomness
) -> dict[str, UUID]:
    """The person of each address, entered if new; a name or DID given later replaces the one on record."""
    latest = {comparable(one.email): one for one in recipients}
    known = _known(session, latest)
    fresh = {address: _uuid(randomness) for address in sorted(latest) if address not in known}
    session.add_all(
        PersonRow(id=identifier, name=latest[address].name, did=latest[address].did, created_at=now)
        for address, identifier in fresh.items()
    )
    session.flush()
    insert_missing(
        session,
        PersonAddressRow,
        [
            {"address": address, "shown": latest[address].email, "person_id": identifier}
            for address, identifier in fresh.items()
        ],
        ("address",),
    )
    people = _known(session, latest)
    outrun = [identifier for address, identifier in fresh.items() if people[address] != identifier]
    if outrun:  # another process entered the same person at the same moment
        session.execute(delete(PersonRow).where(PersonRow.id.in_(outrun)))
    for row in session.scalars(select(PersonRow).where(PersonRow.id.in_([people[one] for one in known]))):
        given = next(latest[address] for address in known if people[address] == row.id)
        row.name, row.did = given.name, given.did or row.did
    return people


def _known(session: Session, addresses: Iterable[str]) -> dict[str, UUID]:
    rows = session.execute(
        select(PersonAddressRow.address, PersonAddressRow.person_id).where(PersonAddressRow.address.in_(addresses))
    )
    return {row.address: row.person_id for row in rows}


def _uuid(randomness: Randomness) -> UUID:
    return UUID(bytes=randomness(16), version=4)
