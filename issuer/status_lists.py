"""Status lists: slots given out, bits published as a signed credential (Bitstring Status List 1.0).

One list per issuer and purpose is open; when it is full, another opens. The entries of one credential for revocation
and suspension are independent slots of two lists, each with a permutation key of its own: most credentials have no
suspension entry at all, so a shared index would leave holes in one list or tie the two lists' lives together, and two
different indexes tell a stranger nothing that one would not.

A list is never published on trust. What is published is the edition before it plus the recorded events, and that must
equal what the credentials' rows say; a revoked bit is never cleared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from credentials import strict_json
from credentials.prepared import SecuredCredential, prepare
from credentials.problems import Unacceptable
from credentials.proofs import data_integrity
from credentials.status_list import (
    MINIMUM_LENGTH,
    REVOCATION,
    Bitstring,
    status_list_credential,
)
from issuer.addresses import status_list_url
from issuer.errors import ListRefused, OwnOutputMismatch
from issuer.issuers import issuer_row
from issuer.signing_keys import KeyState, SigningKey, Use, active_key, opened
from issuer.status_slots import KEY_BYTES, slots
from issuer.store import Database
from issuer.tables import CredentialRow, IssuerRow, SigningKeyRow, StatusEntryRow, StatusEventRow, StatusListRow
from keys.keyring import Keyring

TTL = timedelta(minutes=5)
"""How long a verifier may go on using a list that it fetched."""
LIST_VALIDITY = timedelta(days=7)
RENEWED_AFTER = timedelta(days=1)
"""A list older than this is signed anew, so that what is served is valid for six days at least."""


def take_slots(
    session: Session, owner: IssuerRow, purpose: str, count: int, randomness: Callable[[int], bytes]
) -> list[tuple[UUID, int]]:
    """Give out `count` slots of the issuer's lists for a purpose: (list, index) of each, used by no one before.

    One UPDATE … RETURNING takes a whole range of the counter, so two callers can never be given the same; where the
    range does not fit, what is left of the list is taken and the next list opened. The caller's transaction keeps or
    drops the slots as a whole.
    """
    taken: list[tuple[UUID, int]] = []
    while len(taken) < count:
        row = _open_list(session, owner, purpose, randomness)
        wanted = min(count - len(taken), row.size - row.next_sequence)
        end = session.execute(
            update(StatusListRow)
            .where(StatusListRow.id == row.id, StatusListRow.next_sequence + wanted <= StatusListRow.size)
            .values(next_sequence=StatusListRow.next_sequence + wanted)
            .returning(StatusListRow.next_sequence)
            .execution_options(synchronize_session=False)
        ).scalar_one_or_none()
        session.expire(row)
        if end is not None:
            taken += [(row.id, index) for index in slots(range(end - wanted, end), row.size, row.permutation_key)]
    return taken


def _open_list(session: Session, owner: IssuerRow, purpose: str, randomness: Callable[[int], bytes]) -> StatusListRow:
    """The open list with at least one slot left; opens the first one, or the next when the present one is full."""
    row = _find_open(session, owner, purpose)
    if row is not None and row.next_sequence < row.size:
        return row
    issuer_row(session, owner.slug, lock=True)  # from here to the commit no one else opens a list of this issuer
    row = _find_open(session, owner, purpose)
    if row is not None and row.next_sequence < row.size:
        return row
    if row is not None:
        row.is_open = False
        session.flush()
    fresh = StatusListRow(
        id=UUID(bytes=randomness(16), version=4),
        issuer_id=owner.id,
        purpose=purpose,
        ordinal=row.ordinal + 1 if row is not None else 1,
        size=MINIMUM_LENGTH,
        next_sequence=0,
        permutation_key=randomness(KEY_BYTES),
        is_open=True,
        edition=0,
    )
    session.add(fresh)
    session.flush()
    return fresh


def _find_open(session: Session, owner: IssuerRow, purpose: str) -> StatusListRow | None:
    return session.scalars(
        select(StatusListRow)
        .where(StatusListRow.issuer_id == owner.id, StatusListRow.purpose == purpose, StatusListRow.is_open)
        .execution_options(populate_existing=True)
    ).one_or_none()


def ensure_fresh_list(db: Database, keyring: Keyring, list_id: UUID, now: datetime) -> bool:
    """Publish a list that was never published, is older than RENEWED_AFTER, or was signed by a key that is no longer
    trusted; True if it was published. Safe to call before every delivery. Raises what `publish` raises."""
    with db.read() as session:
        row = session.get(StatusListRow, list_id)
        if row is None or not _is_stale(session, row, now):
            return False
        owner = session.get_one(IssuerRow, row.issuer_id)
        key = active_key(session, owner, Use.DATA_INTEGRITY)
    opened(keyring, key)  # unsealing takes a moment: not within the transaction
    with db.write() as session:
        row = locked_list(session, list_id)
        if not _is_stale(session, row, now):
            return False
        publish(session, keyring, row, now)
        return True


def ensure_fresh_lists(db: Database, keyring: Keyring, now: datetime, ids: Iterable[UUID] | None = None) -> int:
    """`ensure_fresh_list` for these lists, or for all; how many were published."""
    if ids is None:
        with db.read() as session:
            ids = session.scalars(select(StatusListRow.id).order_by(StatusListRow.id)).all()
    return sum(ensure_fresh_list(db, keyring, list_id, now) for list_id in ids)


def _is_stale(session: Session, row: StatusListRow, now: datetime) -> bool:
    if row.published_at is None or now >= row.published_at + RENEWED_AFTER:
        return True
    key = session.get(SigningKeyRow, row.signing_key_id) if row.signing_key_id is not None else None
    return key is None or key.state == KeyState.COMPROMISED


def locked_list(session: Session, list_id: UUID) -> StatusListRow:
    """The list's row, held until the commit: editions follow each other one by one."""
    return session.scalars(
        select(StatusListRow)
        .where(StatusListRow.id == list_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()


def publish(session: Session, keyring: Keyring, row: StatusListRow, now: datetime) -> None:
    """Make the next edition of a locked list: predecessor plus unpublished events, signed, verified, stored.

    Raises ListRefused if that would say anything else than the rows do or clear a revoked bit, OwnOutputMismatch if
    the signature does not verify, NoSigningKey. Then nothing is published and the caller's transaction must fail.
    """
    session.flush()
    owner = session.get_one(IssuerRow, row.issuer_id)
    before = _published_bits(row)
    changes = _unpublished(session, row)
    bits = before.with_bits(changes)
    _check(session, row, before, bits)
    key = active_key(session, owner, Use.DATA_INTEGRITY)
    document = status_list_credential(
        url=status_list_url(owner.base_url, row.id),
        issuer=owner.did,
        purpose=row.purpose,
        bits=bits,
        valid_from=now,
        valid_until=now + LIST_VALIDITY,
        ttl=TTL,
    )
    secured = _signed(keyring, key, document, now)
    row.edition += 1
    row.media_type, row.body = secured.media_type, secured.body
    row.published_at, row.valid_until = now, now + LIST_VALIDITY
    row.signing_key_id = key.row_id
    session.execute(
        update(StatusEventRow)
        .where(StatusEventRow.list_id == row.id, StatusEventRow.edition.is_(None))
        .values(edition=row.edition)
        .execution_options(synchronize_session=False)
    )
    session.flush()
    if _published_bits(row) != bits:
        raise ListRefused(f"the status list {row.id} as signed does not read back as it was meant")


def _published_bits(row: StatusListRow) -> Bitstring:
    if row.body is None:
        return Bitstring.of_length(row.size)
    document = strict_json.parse(row.body)
    return Bitstring.decode(document["credentialSubject"]["encodedList"])


def _unpublished(session: Session, row: StatusListRow) -> dict[int, bool]:
    """Index → bit of the events since the last edition; of several for one index the last counts."""
    events = session.execute(
        select(StatusEventRow.position, StatusEventRow.bit)
        .where(StatusEventRow.list_id == row.id, StatusEventRow.edition.is_(None))
        .order_by(StatusEventRow.id)
    )
    return {row.position: row.bit for row in events}


def _check(session: Session, row: StatusListRow, before: Bitstring, bits: Bitstring) -> None:
    changed = before.differences(bits)
    if row.purpose == REVOCATION and (cleared := sorted(index for index in changed if not bits.get(index))):
        raise ListRefused(f"the revocation list {row.id} would clear {_named(cleared)}: revoked is final")
    fact = CredentialRow.revoked_at if row.purpose == REVOCATION else CredentialRow.suspended_at
    facts = session.scalars(
        select(StatusEntryRow.position)
        .join(CredentialRow, CredentialRow.id == StatusEntryRow.credential_id)
        .where(StatusEntryRow.list_id == row.id, fact.is_not(None))
    )
    meant = Bitstring.of_length(row.size).with_bits(dict.fromkeys(facts, True))
    if wrong := sorted(meant.differences(bits)):
        raise ListRefused(
            f"the status list {row.id} would differ from the credentials' records at {_named(wrong)}: "
            "someone changed rows without a recorded event"
        )


def _named(indexes: list[int]) -> str:
    shown = ", ".join(str(index) for index in indexes[:5])
    return f"index {shown}{' and others' if len(indexes) > 5 else ''}"


def _signed(keyring: Keyring, key: SigningKey, document: dict[str, Any], now: datetime) -> SecuredCredential:
    secured = data_integrity.add_proof(
        prepare(document), opened(keyring, key), verification_method=key.verification_method, created=now
    )
    own = strict_json.parse(secured.body)
    try:
        for proof in data_integrity.proofs_of(own):
            data_integrity.verify_proof(own, proof, key.public_key)
    except Unacceptable as error:
        raise OwnOutputMismatch(f"the status list just signed does not verify: {error}") from error
    return secured
