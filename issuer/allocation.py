"""Step 2 of issuing: rows in state `preparing` with everything a credential needs before it is made.

What is written here and committed is enough to finish the credential later, whatever happens to this process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from issuer.awards import comparable
from issuer.errors import Fault, IdempotencyConflict
from issuer.people.identity import written_by
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

_KEYS_AT_ONCE = 1_000

Randomness = Callable[[int], bytes]
"""Returns that many random bytes: `secrets.token_bytes`, or a fixed stream in a test."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom an award names. `person_id` says who that is on record; None: whoever has the address, or somebody new.

    With it the record is neither asked nor changed: a renewal is of the same person, whatever his address is now.
    """

    name: str
    email: str
    did: str | None
    person_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A credential to be made. `request` holds the facts that will be signed, as JSON; `digest` is its hash.

    `document_id` is the id that the document will carry; None: the credential's own address, made by
    `address(credential_id)`. `replaces` is the predecessor that a renewal names.
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
    replaces: UUID | None = None
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
    people = _people(
        session,
        owner.id,
        [one.recipient for one in wanted if one.recipient and not one.recipient.person_id],
        now,
        randomness,
    )
    in_order = sorted(wanted, key=lambda one: one.key)  # the same order everywhere: no two wait for each other
    insert_missing(
        session,
        AwardRow,
        [
            {
                "id": new_id(randomness),
                "issuer_id": owner.id,
                "achievement_id": one.achievement_row,
                "person_id": _person_of(one.recipient, people),
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
    give_slots(session, owner, [(result[one.key].credential_id, one.purposes) for one in fresh], randomness)
    return result


def give_slots(
    session: Session, owner: IssuerRow, asking: Sequence[tuple[UUID, tuple[str, ...]]], randomness: Randomness
) -> None:
    """A status entry for each purpose of each of these new credentials of one issuer."""
    for purpose in sorted({purpose for _, purposes in asking for purpose in purposes}):
        those = [credential_id for credential_id, purposes in asking if purpose in purposes]
        slots = take_slots(session, owner, purpose, len(those), randomness)
        session.add_all(
            StatusEntryRow(credential_id=credential_id, purpose=purpose, list_id=list_id, position=position)
            for credential_id, (list_id, position) in zip(those, slots, strict=True)
        )
    session.flush()


def check_digests(wanted: Iterable[Wanted], digests: dict[str, str]) -> None:
    """Raises IdempotencyConflict naming every key that was used for another request."""
    faults = [
        Fault(
            one.origin or one.key,
            "this award was made before with other content",
            "correct it with `guildmark reissue`, or revoke it and give this one an idempotency_key of its own",
        )
        for one in wanted
        if digests.get(one.key, one.digest) != one.digest
    ]
    if faults:
        raise IdempotencyConflict(faults)


def current_credentials(
    session: Session, award_ids: Sequence[UUID], *, state: str | None = None
) -> dict[UUID, CredentialRow]:
    """The credential of each award that is not void (or is in that state), the newest if one was corrected."""
    rows = session.scalars(
        select(CredentialRow)
        .where(
            CredentialRow.award_id.in_(award_ids),
            CredentialRow.state != "void" if state is None else CredentialRow.state == state,
        )
        .order_by(CredentialRow.created_at)
    ).all()
    replaced = {(row.award_id, row.replaces_id) for row in rows}
    return {row.award_id: row for row in rows if (row.award_id, row.id) not in replaced}


def _credential_row(
    one: Wanted,
    award: AwardRow,
    owner: IssuerRow,
    address: Callable[[UUID], str],
    *,
    now: datetime,
    randomness: Randomness,
) -> CredentialRow:
    identifier = new_id(randomness)
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
        replaces_id=one.replaces,
    )


def _person_of(recipient: Recipient | None, people: Mapping[str, UUID]) -> UUID | None:
    if recipient is None:
        return None
    return recipient.person_id or people[comparable(recipient.email)]


def _people(
    session: Session, issuer_id: int, recipients: Sequence[Recipient], now: datetime, randomness: Randomness
) -> dict[str, UUID]:
    """The person of each address, entered if new.

    A name or DID given later replaces the one on record only of a person whom this issuer entered and nobody else
    knows (`issuer.people.identity`); of all others the award says it, and the record stays as it is.
    """
    latest = {comparable(one.email): one for one in recipients}
    known = _known(session, latest)
    fresh = {address: new_id(randomness) for address in sorted(latest) if address not in known}
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
    own = written_by(session, issuer_id, {people[one] for one in known})
    for row in session.scalars(select(PersonRow).where(PersonRow.id.in_(own)).order_by(PersonRow.id)):
        given = next(latest[address] for address in known if people[address] == row.id)
        row.name, row.did = given.name, given.did or row.did
    return people


def _known(session: Session, addresses: Iterable[str]) -> dict[str, UUID]:
    rows = session.execute(
        select(PersonAddressRow.address, PersonAddressRow.person_id).where(PersonAddressRow.address.in_(addresses))
    )
    return {row.address: row.person_id for row in rows}


def digests_of(session: Session, issuer_id: int, keys: Sequence[str]) -> dict[str, str]:
    """The digests of the requests that these keys already stand for, by key: what an earlier call began or finished."""
    found: dict[str, str] = {}
    for start in range(0, len(keys), _KEYS_AT_ONCE):
        rows = session.execute(
            select(AwardRow.idempotency_key, AwardRow.request_digest).where(
                AwardRow.issuer_id == issuer_id,
                AwardRow.idempotency_key.in_(keys[start : start + _KEYS_AT_ONCE]),
            )
        )
        found |= {row.idempotency_key: row.request_digest for row in rows}
    return found


def new_id(randomness: Randomness) -> UUID:
    """A random UUID (version 4)."""
    return UUID(bytes=randomness(16), version=4)
