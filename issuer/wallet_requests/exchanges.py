"""Credentials that their holders' wallets fetch by a VC API exchange: for a quarter of an hour, once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select, update

from issuer.errors import UnknownCredential
from issuer.sign_in.tokens import hash_of, is_secret, new_secret
from issuer.store import Database
from issuer.tables import AwardRow, CredentialRow, WalletExchangeRow
from keys import base64url

EXCHANGE_LIFE: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Exchange:
    """What may be fetched, by whose wallet; `taken` when it was."""

    credential_id: UUID
    person_id: UUID
    expires_at: datetime
    taken: bool


def challenge_of(secret: str) -> str:
    """What the wallet must sign: it belongs to this exchange alone, and nobody finds the secret from it."""
    return base64url.encode(hashlib.sha256(f"challenge of {secret}".encode()).digest())


def open_exchange(
    db: Database, *, person_id: UUID, credential_id: UUID, now: datetime, randomness: Callable[[int], bytes]
) -> str:
    """Let a wallet of his fetch it; the exchange's secret, which nobody can read again. An older one of it ends.

    Raises UnknownCredential: it is not his.
    """
    secret = new_secret(randomness)
    with db.write() as session:
        session.execute(delete(WalletExchangeRow).where(WalletExchangeRow.expires_at <= now))
        his = select(CredentialRow.id).join(AwardRow, AwardRow.id == CredentialRow.award_id)
        his = his.where(
            CredentialRow.id == credential_id, CredentialRow.state == "issued", AwardRow.person_id == person_id
        )
        if session.scalars(his).one_or_none() is None:
            raise UnknownCredential(f"you hold no credential {credential_id}")
        session.execute(delete(WalletExchangeRow).where(WalletExchangeRow.credential_id == credential_id))
        session.add(
            WalletExchangeRow(
                id=UUID(bytes=randomness(16), version=4),
                secret_hash=hash_of(secret),
                credential_id=credential_id,
                created_at=now,
                expires_at=now + EXCHANGE_LIFE,
                taken_at=None,
            )
        )
    return secret


def exchange_of(db: Database, secret: str, *, now: datetime) -> Exchange | None:
    """The exchange; None if there is none, or it is over."""
    if not is_secret(secret):
        return None
    with db.read() as session:
        row = session.execute(
            select(WalletExchangeRow, AwardRow.person_id)
            .join(CredentialRow, CredentialRow.id == WalletExchangeRow.credential_id)
            .join(AwardRow, AwardRow.id == CredentialRow.award_id)
            .where(
                WalletExchangeRow.secret_hash == hash_of(secret),
                WalletExchangeRow.expires_at > now,
                CredentialRow.state == "issued",
                AwardRow.person_id.is_not(None),
            )
        ).one_or_none()
        if row is None:
            return None
        found, person_id = row
        assert person_id is not None  # noqa: S101  (as was asked)
        return Exchange(found.credential_id, person_id, found.expires_at, found.taken_at is not None)


def take(db: Database, secret: str, *, now: datetime) -> bool:
    """Whether it is this wallet that fetches it: the first one, and in time."""
    with db.write() as session:
        taken = session.scalars(
            update(WalletExchangeRow)
            .where(
                WalletExchangeRow.secret_hash == hash_of(secret),
                WalletExchangeRow.taken_at.is_(None),
                WalletExchangeRow.expires_at > now,
            )
            .values(taken_at=now)
            .returning(WalletExchangeRow.id)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        return taken is not None
