"""A revocation list once more, as a Token Status List of the IETF: for copies that are SD-JWT VCs, which know no other.

It is made of the list that is published (the same places, so a copy and its credential have one status) and of what is
suspended, whose bits stand in another list: 1 is revoked, 2 suspended. It is signed when it is asked for.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from credentials import strict_json
from credentials.bitstring import Bitstring
from credentials.prepared import written
from credentials.proofs import compact_jws
from credentials.status_list import REVOCATION
from credentials.token_status_list import INVALID, SUSPENDED, TYPE
from issuer.addresses import token_status_list_url
from issuer.published import PublishedDocument
from issuer.signing_keys import Use, active_key, opened
from issuer.status_lists import TTL
from issuer.store import Database
from issuer.tables import CredentialRow, IssuerRow, StatusEntryRow, StatusListRow
from keys import base64url
from keys.keyring import Keyring

MEDIA_TYPE = "application/statuslist+jwt"
_HOLDS = timedelta(days=1)
_BITS = 2


def token_status_list(db: Database, keyring: Keyring | None, url: str, *, now: datetime) -> PublishedDocument | None:
    """The list at a public URL; None if there is none, or if nothing can be signed, the keys being locked.

    Raises NoSigningKey and what the keyring raises.
    """
    list_id = _id_in(url)
    if list_id is None or keyring is None:
        return None
    with db.read() as session:
        row = session.get(StatusListRow, list_id)
        owner = session.get_one(IssuerRow, row.issuer_id) if row is not None else None
        if row is None or owner is None or row.body is None or row.purpose != REVOCATION:
            return None
        if token_status_list_url(owner.base_url, list_id) != url:
            return None
        body = row.body
        suspended = session.scalars(
            select(StatusEntryRow.position)
            .join(CredentialRow, CredentialRow.id == StatusEntryRow.credential_id)
            .where(StatusEntryRow.list_id == list_id, CredentialRow.suspended_at.is_not(None))
        ).all()
        key = active_key(session, owner, Use.JWT)
    revoked = Bitstring.decode(strict_json.parse(body)["credentialSubject"]["encodedList"])
    packed = base64url.encode(zlib.compress(statuses(revoked, suspended), 9))
    claims = {
        "sub": url,
        "iat": int(now.timestamp()),
        "exp": int((now + _HOLDS).timestamp()),
        "ttl": int(TTL.total_seconds()),
        "status_list": {"bits": _BITS, "lst": packed},
    }
    header = {"typ": TYPE, "kid": key.verification_method}
    token = compact_jws.sign(header, written(claims), opened(keyring, key))
    return PublishedDocument(MEDIA_TYPE, token.encode("ascii"), TTL)


def statuses(revoked: Bitstring, suspended: Iterable[int]) -> bytes:
    """Two bits for each place, the first in the lowest bits. What is revoked is that, also if it is suspended."""
    made = bytearray(b"".join([_WIDENED[one] for one in revoked.data]))
    for place in suspended:
        if not revoked.get(place):
            made[place * _BITS // 8] |= SUSPENDED << place * _BITS % 8
    return bytes(made)


def _widened(byte: int) -> bytes:
    """Eight places of one bit, the first in the highest, as eight of two bits, the first in the lowest."""
    places = [byte >> (7 - place) & 1 for place in range(8)]
    return sum(INVALID * bit << _BITS * place for place, bit in enumerate(places)).to_bytes(2, "little")


_WIDENED = [_widened(byte) for byte in range(256)]


def _id_in(url: str) -> UUID | None:
    try:
        return UUID(url.rpartition("/")[2])
    except ValueError:
        return None
