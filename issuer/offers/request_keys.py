"""The keys to which wallets encrypt their requests: made when first asked for, sealed as the signing keys are."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from issuer.store import Database
from issuer.tables import WalletKeyRow
from keys.keyring import Keyring
from wallet_export.oid4vci_encryption import new_key_pair

_PURPOSE = "requests of wallets"
_RENEWED_AFTER = timedelta(days=90)
_TAKEN_FOR = timedelta(days=120)


def request_key(db: Database, keyring: Keyring, *, now: datetime, randomness: Callable[[int], bytes]) -> dict[str, Any]:
    """The public JWK to which requests are to be encrypted now. Raises what the keyring raises."""
    with db.read() as session:
        newest = session.scalars(select(WalletKeyRow).order_by(WalletKeyRow.created_at.desc()).limit(1)).one_or_none()
        if newest is not None and newest.created_at > now - _RENEWED_AFTER:
            return dict(newest.public_jwk)
    private, public = new_key_pair()
    sealed = keyring.seal(json.dumps(private).encode(), purpose=_PURPOSE, randomness=randomness)
    with db.write() as session:
        session.add(WalletKeyRow(kid=str(public["kid"]), public_jwk=public, sealed=sealed, created_at=now))
    return public


def private_key(db: Database, keyring: Keyring, kid: str, *, now: datetime) -> dict[str, Any] | None:
    """The private JWK of that name; None if there is none, or it is too old. Raises what the keyring raises."""
    with db.read() as session:
        row = session.get(WalletKeyRow, kid[:100])
        if row is None or row.created_at <= now - _TAKEN_FOR:
            return None
        sealed = row.sealed
    opened: dict[str, Any] = json.loads(keyring.unseal(sealed, purpose=_PURPOSE))
    return opened
