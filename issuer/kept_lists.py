"""Published status lists that somebody kept elsewhere: read again after a loss, if our own key signed them.

They are public, so anybody may keep them: a copy made every minute to another machine, a proxy's store, a verifier.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from credentials import strict_json
from credentials.bitstring import Bitstring
from credentials.instants import parse_instant
from credentials.problems import Unacceptable
from credentials.proofs import data_integrity
from credentials.status_list import REVOCATION, SUSPENSION
from issuer.addresses import status_list_url
from issuer.errors import Fault, Refused
from issuer.signing_keys import KeyState
from issuer.store import Database
from issuer.tables import IssuerRow, SigningKeyRow, StatusListRow
from keys import multikey

_DECIDE = (REVOCATION, SUSPENSION)


@dataclass(frozen=True, slots=True)
class KeptList:
    """A kept copy: which list it is, when it was published, and the places whose bit is set."""

    id: UUID
    issuer_id: int
    url: str
    purpose: str
    size: int
    valid_from: datetime
    places: frozenset[int]


def published_lists(db: Database) -> tuple[tuple[UUID, bytes], ...]:
    """The id and signed bytes of every list that was ever published, as strangers get it."""
    with db.read() as session:
        rows = session.execute(
            select(StatusListRow.id, StatusListRow.body)
            .where(StatusListRow.body.is_not(None))
            .order_by(StatusListRow.id)
        )
        return tuple((row.id, bytes(row.body or b"")) for row in rows)


def read_kept(db: Database, copies: Iterable[tuple[str, bytes]]) -> tuple[KeptList, ...]:
    """The lists that decide (revocation, suspension) among these named copies, of each the newest.

    A suspension list that is older than the one on record is left out: what it says may have ended. Raises Refused
    naming every copy that is no list of ours, or not signed with a key on record that is trusted.
    """
    with db.read() as session:
        issuers = {row.did: row for row in session.scalars(select(IssuerRow))}
        keys = {
            f"{issuer.did}#{row.fragment}": row.public_multikey
            for row in session.scalars(select(SigningKeyRow).where(SigningKeyRow.state != KeyState.COMPROMISED.value))
            for issuer in issuers.values()
            if issuer.id == row.issuer_id
        }
        published = {
            row.id: row.published_at for row in session.execute(select(StatusListRow.id, StatusListRow.published_at))
        }
    newest: dict[UUID, KeptList] = {}
    faults = []
    for name, body in copies:
        try:
            one = _read(body, issuers, keys)
        except (Unacceptable, ValueError, KeyError, TypeError, AttributeError) as error:
            faults.append(Fault(name, f"it cannot be taken for a status list of this issuer: {error}"))
            continue
        if one is None or (one.id in newest and newest[one.id].valid_from >= one.valid_from):
            continue
        newest[one.id] = one
    if faults:
        raise Refused("What was kept of status lists", faults)
    return tuple(
        one
        for one in sorted(newest.values(), key=lambda one: one.id)
        if one.purpose == REVOCATION or (published.get(one.id) or one.valid_from) <= one.valid_from
    )


def _read(body: bytes, issuers: dict[str, IssuerRow], keys: dict[str, str]) -> KeptList | None:
    """The list, None if it is one that only tells something. Raises Unacceptable, or ValueError with the reason."""
    document: Any = strict_json.parse(body)
    subject = document["credentialSubject"]
    issuer = document["issuer"]
    did = issuer if isinstance(issuer, str) else issuer["id"]
    if did not in issuers:
        raise ValueError(f"its issuer is {did}, which is not on record")
    owner = issuers[did]
    list_id = UUID(str(document["id"]).rpartition("/")[2])
    url = status_list_url(owner.base_url, list_id)
    if document["id"] != url:
        raise ValueError(f"it says to lie at {document['id']}, where none of ours lies")
    (proof,) = data_integrity.proofs_of(document)
    method = str(proof.get("verificationMethod"))
    if method not in keys:
        raise ValueError(f"it is signed with {method}, which is no key on record, or a compromised one")
    data_integrity.verify_proof(document, proof, multikey.decode(keys[method]))
    if subject["statusPurpose"] not in _DECIDE:
        return None
    bits = Bitstring.decode(subject["encodedList"])
    return KeptList(
        list_id,
        owner.id,
        url,
        subject["statusPurpose"],
        len(bits),
        parse_instant(document["validFrom"]),
        frozenset(_set(bits)),
    )


def _set(bits: Bitstring) -> Iterable[int]:
    for number, byte in enumerate(bits.data):
        if byte:
            yield from (number * 8 + bit for bit in range(8) if byte & 0x80 >> bit)
