"""The passes: one of each kind for a holder's line of credentials, and the secret by which a phone may ask for it."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from issuer.errors import Unknown
from issuer.phone_passes.changes import PhonePass, as_they_stand, newest
from issuer.store import Database, insert_missing
from issuer.tables import AuditHeadRow, AwardRow, CredentialRow, PassHouseRow, PhonePassRow
from keys.keyring import Keyring

Kind = Literal["apple", "google"]
_PURPOSE = "secrets of passes"
_LONGEST = 1_000  # as long as a chain can be


def make_pass(
    db: Database,
    keyring: Keyring,
    *,
    kind: Kind,
    credential_id: UUID,
    person_id: UUID,
    now: datetime,
    randomness: Callable[[int], bytes],
) -> PhonePass:
    """The pass of the person's credential; the one that there is, also if it was made of a predecessor.

    Raises Unknown if the credential is not his, or was not issued, and what the keyring raises.
    """
    _require_house(db, keyring, now, randomness)
    with db.write() as session:
        his = session.scalar(
            select(AwardRow.person_id)
            .join(CredentialRow, CredentialRow.award_id == AwardRow.id)
            .where(CredentialRow.id == credential_id, CredentialRow.state == "issued")
        )
        if his is None or his != person_id:
            raise Unknown(f"there is no credential {credential_id} of yours")
        last = newest(session, [credential_id])[credential_id]
        row = _row_of_line(session, kind, last)
        if row is None:
            identifier = UUID(bytes=randomness(16), version=4)
            fresh = {"id": identifier, "kind": kind, "credential_id": last, "made_at": now}
            insert_missing(session, PhonePassRow, [fresh], ("credential_id", "kind"))
            row = _row_of_line(session, kind, last)
        assert row is not None  # noqa: S101  (just inserted, or somebody else did)
        return as_they_stand(session, [row], now)[0]


def pass_of(db: Database, pass_id: UUID, *, kind: Kind, now: datetime) -> PhonePass | None:
    """The pass with this serial number."""
    with db.read() as session:
        row = session.get(PhonePassRow, pass_id)
        return as_they_stand(session, [row], now)[0] if row is not None and row.kind == kind else None


def pass_of_credential(db: Database, credential_id: UUID, *, kind: Kind, now: datetime) -> PhonePass | None:
    """The pass of the line that a credential belongs to, if one was made."""
    with db.read() as session:
        row = _row_of_line(session, kind, newest(session, [credential_id])[credential_id])
        return as_they_stand(session, [row], now)[0] if row is not None else None


def secret_of(db: Database, keyring: Keyring, pass_id: UUID) -> str:
    """What the phone with this pass shows when it asks: 256 bits, derived, so that each edition of it holds the same.

    Raises Unknown before any pass was made, and what the keyring raises.
    """
    with db.read() as session:
        house = session.get(PassHouseRow, 1)
        if house is None:
            raise Unknown("no pass was made yet")
        sealed = house.sealed_secret
    key = keyring.unseal(sealed, purpose=_PURPOSE)
    return urlsafe_b64encode(hmac.digest(key, b"ApplePass\x00" + pass_id.bytes, hashlib.sha256)).decode().rstrip("=")


def _row_of_line(session: Session, kind: str, credential_id: UUID) -> PhonePassRow | None:
    """The pass that points at the credential or, before it was taken along, at one that this goes back to."""
    looked: UUID | None = credential_id
    for _ in range(_LONGEST):
        row = session.scalars(
            select(PhonePassRow).where(PhonePassRow.credential_id == looked, PhonePassRow.kind == kind)
        ).one_or_none()
        if row is not None:
            return row
        looked = session.scalar(select(CredentialRow.replaces_id).where(CredentialRow.id == looked))
        if looked is None:
            break
    return None


def _require_house(db: Database, keyring: Keyring, now: datetime, randomness: Callable[[int], bytes]) -> None:
    with db.read() as session:
        if session.get(PassHouseRow, 1) is not None:
            return
    sealed = keyring.seal(randomness(32), purpose=_PURPOSE, randomness=randomness)
    with db.write() as session:
        head = session.scalars(select(AuditHeadRow.sequence)).one()
        row = {"id": 1, "sealed_secret": sealed, "trail": head, "told_until": now}
        insert_missing(session, PassHouseRow, [row], ("id",))
