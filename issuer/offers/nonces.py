"""What is good once: nonces that were given out, and proofs that were taken."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Table, delete, inspect, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from issuer.sign_in.tokens import hash_of, is_secret, new_secret
from issuer.store import Database
from issuer.tables import WalletNonceRow, WalletReplayRow

LIFE = timedelta(minutes=5)
PROOF, DPOP = "proof", "dpop"


def new_nonce(db: Database, purpose: str, *, now: datetime, randomness: Callable[[int], bytes]) -> str:
    """A nonce for proofs of possession (`PROOF`) or for DPoP proofs (`DPOP`). Forgets those that are over."""
    nonce = new_secret(randomness)
    with db.write() as session:
        _forget(session, now)
        session.add(WalletNonceRow(nonce_hash=hash_of(nonce), purpose=purpose, expires_at=now + LIFE))
    return nonce


def take_nonce(db: Database, nonce: str, *, now: datetime) -> bool:
    """Use up a nonce for proofs; False if it was used before, is over, or never was."""
    if not is_secret(nonce):
        return False
    with db.write() as session:
        taken = session.scalars(
            delete(WalletNonceRow)
            .where(
                WalletNonceRow.nonce_hash == hash_of(nonce),
                WalletNonceRow.purpose == PROOF,
                WalletNonceRow.expires_at > now,
            )
            .returning(WalletNonceRow.nonce_hash)
            .execution_options(synchronize_session=False)
        ).one_or_none()
    return taken is not None


def is_dpop_nonce(db: Database, nonce: str | None, *, now: datetime) -> bool:
    """Whether it is one that was given out for DPoP and is not over."""
    if nonce is None or not is_secret(nonce):
        return False
    with db.read() as session:
        query = select(WalletNonceRow.nonce_hash).where(
            WalletNonceRow.nonce_hash == hash_of(nonce), WalletNonceRow.purpose == DPOP, WalletNonceRow.expires_at > now
        )
        return session.scalars(query).one_or_none() is not None


def take_proof(db: Database, thumbprint: str, jti: str, *, now: datetime, life: timedelta) -> bool:
    """Note that a DPoP proof was taken; False if it was before. `life`: as long as it could be shown again."""
    with db.write() as session:
        _forget(session, now)
        table = cast(Table, inspect(WalletReplayRow).local_table)
        insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
        noted = (
            insert(table)
            .values(proof_hash=hash_of(f"{thumbprint}:{jti}"), forget_at=now + life)
            .on_conflict_do_nothing(index_elements=["proof_hash"])
            .returning(table.c.proof_hash)
        )
        return session.execute(noted).one_or_none() is not None


def _forget(session: Session, now: datetime) -> None:
    for table, over in ((WalletNonceRow, WalletNonceRow.expires_at), (WalletReplayRow, WalletReplayRow.forget_at)):
        session.execute(delete(table).where(over <= now).execution_options(synchronize_session=False))
