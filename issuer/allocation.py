"""Step 2 of issuing: rows in state `preparing` with everything a credential needs before it is made.

What is written here and committed is enough to finish the credential later, whatever happens to this process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from credentials.status_entry import MESSAGE
from issuer.awards import comparable
from issuer.canonical_json import json_text
from issuer.errors import Fault, IdempotencyConflict
from issuer.many_rows import among, insert_rows
from issuer.people.entering import addresses_of, enter_people
from issuer.shapes import PURPOSES, Entry
from issuer.status_lists import take_slots
from issuer.tables import AwardRow, CredentialRow, IssuerRow, StatusEntryRow

Randomness = Callable[[int], bytes]
"""Returns that many random bytes: `secrets.token_bytes`, or a fixed stream in a test."""


class Recipient(NamedTuple):
    """Whom an award names. `person_id` says who that is on record; None: whoever has the address, or somebody new.

    With it the record is neither asked nor changed: a renewal is of the same person, whatever his address is now.
    """

    name: str
    email: str
    did: str | None
    person_id: UUID | None = None


class Wanted(NamedTuple):
    """A credential to be made. `request` is JSON text of the facts that will be signed; `digest` is their hash.

    `document_id` is the id that the document will carry; None: the credential's own address, made by
    `address(credential_id)`. `replaces` is the predecessor that a renewal names. `message_bits`: of a status message.
    """

    key: str
    digest: str
    request: str
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
    message_bits: int = 1


class Given(NamedTuple):
    """What a new credential was given, as it stands in its rows: whose it is, its salt and its status slots."""

    person_id: UUID | None
    salt: str
    entries: tuple[Entry, ...]


class Allocated(NamedTuple):
    """What a key has now: its credential, whether it is still to be finished, and what this call gave it if it began
    it (`given` is None if an earlier call did).
    """

    credential_id: UUID
    preparing: bool
    award_id: UUID
    given: Given | None = None


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
    session.flush()
    in_order = sorted(wanted, key=lambda one: one.key)  # the same order everywhere: no two wait for each other
    named = addresses_of(one.recipient for one in wanted if one.recipient and not one.recipient.person_id)
    # a person's id stands in credentials for good: nobody reads from it when he was entered, and with whom (ADR 0007)
    strangers = new_ids(len(named), randomness)
    people = enter_people(session, owner.id, named, now, strangers) if named else {}
    awards = _enter_awards(session, owner, in_order, people, source=source, actor=actor, now=now, randomness=randomness)
    check_digests(wanted, {key: award.digest for key, award in awards.items()})
    before = [award.id for award in awards.values() if not award.new]
    current = current_credentials(session, before) if before else {}
    result = {
        one.key: Allocated(found.id, found.state == "preparing", found.award_id)
        for one in wanted
        if (found := current.get(awards[one.key].id)) is not None
    }
    fresh = [one for one in wanted if one.key not in result]
    # Rows are written in the order of their ids: an index beyond the database's cache is gone through once.
    drawn = sorted(zip(ids_side_by_side(len(fresh), randomness), fresh, strict=True), key=lambda pair: pair[0].int)
    ids, fresh = [identifier for identifier, _ in drawn], [one for _, one in drawn]
    salts = _salts(len(fresh), randomness)
    award_ids = [awards[one.key].id for one in fresh]
    _enter_credentials(session, owner, fresh, ids, salts, award_ids, address=address, now=now)
    wishes = [(one.purposes, one.message_bits) for one in fresh]
    entries = give_slots(session, owner, ids, wishes, randomness)
    for one, identifier, salt, award_id, own in zip(fresh, ids, salts, award_ids, entries, strict=True):
        person_id = _person_of(one.recipient, people)
        result[one.key] = Allocated(identifier, True, award_id, Given(person_id, salt, own))
    return result


class _Award(NamedTuple):
    """The award of a key; `new` if this transaction entered it, so that it cannot have a credential yet."""

    id: UUID
    digest: str
    new: bool


def _enter_awards(
    session: Session,
    owner: IssuerRow,
    wanted: Sequence[Wanted],
    people: Mapping[str, UUID],
    *,
    source: str,
    actor: str,
    now: datetime,
    randomness: Randomness,
) -> Mapping[str, _Award]:
    """The award of each key, entered if new; one that was there is held until the commit."""
    fresh = ids_of_rows(len(wanted), randomness, now)
    entered = insert_rows(
        session,
        AwardRow,
        same={"issuer_id": owner.id, "source": source, "decided_by": actor, "decided_at": now},
        each={
            "id": fresh,
            "achievement_id": [one.achievement_row for one in wanted],
            "person_id": [_person_of(one.recipient, people) for one in wanted],
            "awarded_on": [one.awarded_on for one in wanted],
            "idempotency_key": [one.key for one in wanted],
            "request_digest": [one.digest for one in wanted],
            "request": [one.request for one in wanted],
        },
        unless_there=("issuer_id", "idempotency_key"),
    )
    if entered == len(wanted):
        return {one.key: _Award(identifier, one.digest, True) for one, identifier in zip(wanted, fresh, strict=True)}
    ours = set(fresh)
    rows = session.execute(
        select(AwardRow.idempotency_key, AwardRow.id, AwardRow.request_digest)
        .where(AwardRow.issuer_id == owner.id, among(session, AwardRow.idempotency_key, [one.key for one in wanted]))
        .order_by(AwardRow.idempotency_key)
        .with_for_update(key_share=True)
    )
    return {key: _Award(identifier, digest, identifier in ours) for key, identifier, digest in rows}


def _enter_credentials(
    session: Session,
    owner: IssuerRow,
    wanted: Sequence[Wanted],
    ids: Sequence[UUID],
    salts: Sequence[str],
    award_ids: Sequence[UUID],
    *,
    address: Callable[[UUID], str],
    now: datetime,
) -> None:
    """A credential in state `preparing` for each."""
    texts = {formats: json_text(formats) for formats in {one.formats for one in wanted}}
    insert_rows(
        session,
        CredentialRow,
        same={"issuer_id": owner.id, "state": "preparing", "created_at": now},
        each={
            "id": ids,
            "award_id": award_ids,
            "document_id": [
                one.document_id or address(identifier) for one, identifier in zip(wanted, ids, strict=True)
            ],
            "formats": [texts[one.formats] for one in wanted],
            "identity_salt": salts,
            "valid_from": [one.valid_from for one in wanted],
            "valid_until": [one.valid_until for one in wanted],
            "replaces_id": [one.replaces for one in wanted],
        },
    )


def _salts(count: int, randomness: Randomness) -> list[str]:
    drawn = randomness(16 * count).hex()
    return [drawn[start : start + 32] for start in range(0, len(drawn), 32)]


def give_slots(
    session: Session,
    owner: IssuerRow,
    credential_ids: Sequence[UUID],
    wishes: Sequence[tuple[tuple[str, ...], int]],
    randomness: Randomness,
) -> list[tuple[Entry, ...]]:
    """A status entry for each purpose of each of these new credentials of one issuer, in the order of `PURPOSES`.

    wishes: the purposes of each, and how many bits its message has.
    """
    found: list[tuple[Entry, ...]] = [()] * len(credential_ids)
    kinds = {(purpose, bits if purpose == MESSAGE else 1) for purposes, bits in set(wishes) for purpose in purposes}
    for purpose, bits in sorted(kinds, key=lambda kind: (PURPOSES.index(kind[0]), kind[1])):
        places = [
            place
            for place, (purposes, asked) in enumerate(wishes)
            if purpose in purposes and (purpose != MESSAGE or asked == bits)
        ]
        taken = take_slots(session, owner, purpose, len(places), randomness, value_size=bits)
        for place, (list_id, position) in zip(places, taken, strict=True):
            found[place] = (*found[place], Entry(purpose, list_id, position))
        insert_rows(
            session,
            StatusEntryRow,
            same={"purpose": purpose},
            each={
                "credential_id": [credential_ids[place] for place in places],
                "list_id": [list_id for list_id, _ in taken],
                "position": [position for _, position in taken],
            },
        )
    return found


def check_digests(wanted: Iterable[Wanted], digests: Mapping[str, str]) -> None:
    """Raises IdempotencyConflict naming every key that was used for another request."""
    if faults := conflicts(((one.key, one.digest, one.origin) for one in wanted), digests):
        raise IdempotencyConflict(faults)


def conflicts(asked: Iterable[tuple[str, str, str]], digests: Mapping[str, str]) -> list[Fault]:
    """A fault for each (key, digest, origin) whose key stands for another request already."""
    return [
        Fault(
            origin or key,
            "this award was made before with other content",
            "correct it with `guildmark reissue`, or revoke it and give this one an idempotency_key of its own",
        )
        for key, digest, origin in asked
        if digests.get(key, digest) != digest
    ]


def current_credentials(
    session: Session, award_ids: Sequence[UUID], *, state: str | None = None
) -> dict[UUID, CredentialRow]:
    """The credential of each award that is not void (or is in that state), the newest if one was corrected."""
    rows = session.scalars(
        select(CredentialRow)
        .where(
            among(session, CredentialRow.award_id, award_ids),
            CredentialRow.state != "void" if state is None else CredentialRow.state == state,
        )
        .order_by(CredentialRow.created_at)
    ).all()
    replaced = {(row.award_id, row.replaces_id) for row in rows}
    return {row.award_id: row for row in rows if (row.award_id, row.id) not in replaced}


def _person_of(recipient: Recipient | None, people: Mapping[str, UUID]) -> UUID | None:
    if recipient is None:
        return None
    return recipient.person_id or people[comparable(recipient.email)]


def digests_of(session: Session, issuer_id: int, keys: Sequence[str]) -> dict[str, str]:
    """The digests of the requests that these keys already stand for, by key: what an earlier call began or finished."""
    rows = session.execute(
        select(AwardRow.idempotency_key, AwardRow.request_digest).where(
            AwardRow.issuer_id == issuer_id, among(session, AwardRow.idempotency_key, keys)
        )
    )
    return {key: digest for key, digest in rows}  # noqa: C416 - rows are no pairs to `dict`


def new_id(randomness: Randomness) -> UUID:
    """A random UUID (version 4), for what is seen outside: people tell credentials apart by the first digits."""
    return new_ids(1, randomness)[0]


def new_ids(count: int, randomness: Randomness) -> list[UUID]:
    """So many random UUIDs (version 4)."""
    drawn = randomness(16 * count)
    return [
        UUID(int=int.from_bytes(drawn[start : start + 16]) & ~_MARKS | _VERSION_4) for start in range(0, len(drawn), 16)
    ]


def ids_side_by_side(count: int, randomness: Randomness) -> list[UUID]:
    """So many random UUIDs (version 4) that begin with the same three digits, drawn for this call.

    For credentials that are made together, which says nothing that the instant of their proofs does not say. What was
    made before lies all over an index; these lie in a four-thousandth of it, and so on a few of its pages. 110 bits of
    each are its own, so nobody finds one by trying, and five of its first eight digits, by which people know it.
    """
    shared = new_id(randomness).int & _BEGINNING
    return [UUID(int=one.int & ~_BEGINNING | shared) for one in new_ids(count, randomness)]


def ids_of_rows(count: int, randomness: Randomness, now: datetime) -> list[UUID]:
    """UUIDs of version 7 (RFC 9562, section 5.7) of that moment, which share what comes before their last 62 bits.

    For rows that nobody outside sees by their ids: all of a minute begin with the same eight digits. Rows that are
    written together lie together in every index of such ids: a database that has grown beyond its cache then reads and
    writes some pages for a chunk, not one for each row and index.
    """
    moment = int(now.timestamp() * 1000) << 80
    shared = moment | 0x7 << 76 | (int.from_bytes(randomness(2)) & 0xFFF) << 64 | 0b10 << 62
    drawn = randomness(8 * count)
    return [
        UUID(int=shared | int.from_bytes(drawn[start : start + 8]) & _RANDOM_BITS) for start in range(0, len(drawn), 8)
    ]


_RANDOM_BITS = (1 << 62) - 1
_BEGINNING = 0xFFF << 116
_MARKS = 0xF << 76 | 0b11 << 62
_VERSION_4 = 0x4 << 76 | 0b10 << 62
