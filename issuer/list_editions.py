"""Editions of a status list: what is published is the edition before it and the recorded events, and nothing else.

The invariant, and what keeps it:

1. The bits of an edition are those of the edition before it, changed by the events that were recorded since and carry
   no edition yet, in their order. The blocks of other indexes are the very text that they were (`EncodedList.follows`).
2. Each changed bit is what its credential's row says, at the index that was given to that credential.
3. A revoked bit is never cleared, nor one that says that there is a newer version.
4. What is stored was read from its own bytes, compared with what was meant, and its proof verified with the published
   key.
5. From the first edition on, which is compared with all rows, 1 to 4 make every edition agree with all rows, unless
   somebody changes rows without an event. An edition that looks only at its own events cannot see that, so the complete
   comparison (`compare`) is made for the first edition, before a list is renewed because of its age, once a day by a
   job, and by `guildmark doctor`.

An event is recorded, in the transaction that changes the credential's row, without an edition: that marks its list as
one to publish. Whoever publishes holds the list's row until the commit and takes all events that wait, so many changes
in a moment make one edition (`issuer.list_turns`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from credentials import strict_json
from credentials.bitstring import Bitstring, bits_of
from credentials.encoded_list import Edited, EncodedList
from credentials.list_form import ListForm
from credentials.prepared import SecuredCredential, from_list_form
from credentials.problems import Unacceptable
from credentials.proofs import data_integrity
from credentials.status_list import REFRESH, REVOCATION
from issuer import list_statements as statements
from issuer.addresses import status_list_url
from issuer.errors import ListRefused, NoSigningKey, OwnOutputMismatch
from issuer.signing_keys import signer_of
from keys import multikey
from keys.keyring import Keyring
from keys.public_key import KeyType

TTL = timedelta(minutes=5)
"""How long a verifier may go on using a list that it fetched."""
LIST_VALIDITY = timedelta(days=7)

_ENCODED = b'"encodedList":"'
_FINAL = {REVOCATION: "revoked is final", REFRESH: "what has a newer version has one for good"}


@dataclass(frozen=True, slots=True)
class PublishedList:
    """A list as its row has it, what its credential says of its issuer, and the key that signs it now.

    `size` counts its values, of `value_size` bits each.
    """

    id: UUID
    issuer_id: int
    purpose: str
    size: int
    value_size: int
    edition: int
    body: bytes | None
    base_url: str
    did: str
    key_id: int | None
    key_uri: str
    public_multikey: str
    key_fragment: str

    @property
    def bits(self) -> int:
        """How many bits it has."""
        return self.size * self.value_size


def locked_list(session: Session, list_id: UUID) -> PublishedList:
    """The list, whose row is held until the commit: editions follow each other one by one. Raises NoResultFound."""
    return PublishedList(**session.connection().execute(statements.LOCKED_LIST, {"list_id": list_id}).one()._mapping)


def publish(session: Session, keyring: Keyring, one: PublishedList, now: datetime) -> int:
    """Make the next edition of a locked list and return its number. The caller's transaction keeps it.

    Raises ListRefused if that would say anything else than the rows do or clear a revoked bit, OwnOutputMismatch if
    what was signed does not read back or verify, NoSigningKey, and what the keyring raises. Then nothing is published
    and the caller's transaction must fail.
    """
    session.flush()
    if one.key_id is None:
        raise NoSigningKey(f"the issuer of the status list {one.id} has no key for it: run `guildmark keys create`")
    if one.body is None:
        compare(session, one.id)
    connection, edition = session.connection(), one.edition + 1
    carried = connection.execute(statements.CARRIED[one.purpose], {"of_list": one.id, "in_edition": edition}).all()
    before = _edition_before(one)
    try:
        after = before.with_bits(_meant(one, carried))
    except (ValueError, IndexError) as error:
        raise _illegible(one, error) from error
    form = _form(status_list_url(one.base_url, one.id), one.did, one.purpose, TTL)
    secured = _signed(keyring, one, form, after, now)
    connection.execute(
        statements.NEXT_EDITION,
        {
            "list_id": one.id,
            "next_edition": edition,
            "media_type": secured.media_type,
            "body": secured.body,
            "published_at": now,
            "valid_until": now + LIST_VALIDITY,
            "signing_key_id": one.key_id,
        },
    )
    return edition


def compare(session: Session, list_id: UUID) -> None:
    """The complete comparison: the published bits and the events that wait must be what all rows say.

    Raises ListRefused. It reads every revoked or suspended credential of the list.
    """
    one = PublishedList(**session.connection().execute(statements.LIST, {"list_id": list_id}).one()._mapping)
    bits = Bitstring.of_length(one.bits) if one.body is None else _decoded(one)
    waiting = session.connection().execute(statements.WAITING[one.purpose], {"list_id": one.id}).all()
    bits = bits.with_bits(_meant(one, waiting))
    if wrong := sorted(by_rows(session, one.id, one.purpose, one.size, one.value_size).differences(bits)):
        raise _otherwise(one, sorted({bit // one.value_size for bit in wrong}))


def by_rows(session: Session, list_id: UUID, purpose: str, size: int, value_size: int = 1) -> Bitstring:
    """The bits as the credentials' rows mean them."""
    facts = session.connection().execute(statements.MEANT[purpose], {"list_id": list_id})
    meant = {position: value for position, value in facts}  # noqa: C416 - rows are no pairs to `dict`
    return Bitstring.of_length(size * value_size).with_bits(bits_of(meant, value_size))


def _meant(one: PublishedList, events: Sequence[Row[int, int, int, int, int]]) -> dict[int, bool]:
    """What events without an edition make of each bit; of several for one index the last counts. Raises ListRefused."""
    if one.purpose in _FINAL and (cleared := sorted({row.position for row in events if not row.value})):
        raise ListRefused(f"the {one.purpose} list {one.id} would clear {_named(cleared)}: {_FINAL[one.purpose]}")
    last = {row.position: row for row in sorted(events, key=lambda row: row.id)}
    if wrong := sorted(row.position for row in last.values() if row.value != row.fact or row.position != row.given):
        raise _otherwise(one, wrong)
    return bits_of({position: row.value for position, row in last.items()}, one.value_size)


def _edition_before(one: PublishedList) -> EncodedList:
    if one.body is None:
        return EncodedList.of(bytes(one.bits // 8))
    split = EncodedList.split(_encoded_in(one))
    return split if split is not None and len(split) == one.bits else EncodedList.of(_decoded(one).data)


def _decoded(one: PublishedList) -> Bitstring:
    try:
        bits = Bitstring.decode(_encoded_in(one))
    except Unacceptable as error:
        raise _illegible(one, error) from error
    if len(bits) != one.bits:
        raise _illegible(one, f"it has {len(bits)} bits, not {one.bits}")
    return bits


def _encoded_in(one: PublishedList) -> str:
    """The `encodedList` of our own edition, cut out of half a megabyte; nothing in it is ever escaped."""
    body = one.body or b""
    start = body.find(_ENCODED) + len(_ENCODED)
    end = body.find(b'"', start)
    if start < len(_ENCODED) or end < 0 or not body.isascii():
        raise _illegible(one, "it holds no list")
    return body[start:end].decode()


@lru_cache(maxsize=64)
def _form(url: str, issuer: str, purpose: str, ttl: timedelta) -> ListForm:
    """A form costs as much as four editions; it is 3 kB, for each list that is published now and again."""
    return ListForm.of(url=url, issuer=issuer, purpose=purpose, ttl=ttl)


def _signed(keyring: Keyring, one: PublishedList, form: ListForm, meant: Edited, now: datetime) -> SecuredCredential:
    """The signed edition, read back from its bytes: they are the filled form, its list inflates, the proof verifies."""
    public_key = multikey.decode(one.public_multikey)
    method = f"{one.did}#{one.key_fragment}"
    signer = signer_of(keyring, one.key_uri, public_key, method)
    try:
        filled = form.fill(now, now + LIST_VALIDITY, meant.list.text)
        secured = data_integrity.add_proof(from_list_form(filled), signer, verification_method=method, created=now)
        own: dict[str, Any] = {"@context": [*form.contexts], "proof": form.proof_in(secured.body, filled)}
        if public_key.type is KeyType.P384:  # the form's canonical text is that of SHA-256
            own = strict_json.parse(secured.body)
        (proof,) = data_integrity.proofs_of(own)
        data_integrity.verify_proof(own, proof, public_key, canonical=filled.canonical)
        if not meant.inflates_as_meant():
            raise OwnOutputMismatch("the status list just signed does not read back as it was meant")
    except (Unacceptable, ValueError) as error:
        raise OwnOutputMismatch(f"the status list just signed does not verify: {error}") from error
    return secured


def _illegible(one: PublishedList, why: object) -> ListRefused:
    return ListRefused(f"edition {one.edition} of the status list {one.id} cannot be read: {why}")


def _otherwise(one: PublishedList, indexes: Sequence[int]) -> ListRefused:
    return ListRefused(
        f"the status list {one.id} would differ from the credentials' records at {_named(indexes)}: "
        "someone changed rows without a recorded event"
    )


def _named(indexes: Sequence[int]) -> str:
    shown = ", ".join(str(index) for index in indexes[:5])
    return f"index {shown}{' and others' if len(indexes) > 5 else ''}"
