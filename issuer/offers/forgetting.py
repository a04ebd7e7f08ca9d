"""What wallets brought or were asked is deleted when nothing follows from it any more."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from issuer.store import Database
from issuer.tables import (
    WalletAuthorizationRow,
    WalletGrantRow,
    WalletIssuanceRow,
    WalletNonceRow,
    WalletOfferRow,
    WalletReplayRow,
)

SHOWN = timedelta(days=30)
"""So long an offer that is over is still listed, and a token that is over still has its notifications on record."""
_AT_ONCE = 2_000


def forget_offers(db: Database, *, now: datetime) -> int:
    """Delete what is over, a chunk of each kind; how many rows. The copies stay: they are the holder's."""
    long_ago = now - SHOWN
    used = select(WalletGrantRow.authorization_id).where(WalletGrantRow.authorization_id.is_not(None))
    offered = select(WalletGrantRow.offer_id).where(WalletGrantRow.offer_id.is_not(None))
    nonces = select(WalletNonceRow.nonce_hash).where(WalletNonceRow.expires_at <= now).limit(_AT_ONCE)
    proofs = select(WalletReplayRow.proof_hash).where(WalletReplayRow.forget_at <= now).limit(_AT_ONCE)
    grants = select(WalletGrantRow.id).where(WalletGrantRow.expires_at <= long_ago).limit(_AT_ONCE)
    questions = select(WalletAuthorizationRow.id).where(
        WalletAuthorizationRow.expires_at <= now, WalletAuthorizationRow.id.not_in(used)
    )
    offers = select(WalletOfferRow.id).where(WalletOfferRow.expires_at <= long_ago, WalletOfferRow.id.not_in(offered))
    count = 0
    for column, over in (
        (WalletNonceRow.nonce_hash, nonces),
        (WalletReplayRow.proof_hash, proofs),
        (WalletGrantRow.id, grants),
        (WalletAuthorizationRow.id, questions.limit(_AT_ONCE)),
        (WalletOfferRow.id, offers.limit(_AT_ONCE)),
    ):
        with db.read() as session:
            found = session.scalars(over).all()
        if not found:
            continue  # and nothing is written, which would make the portal read everything anew
        with db.write() as session:
            for start in range(0, len(found), 500):
                some = found[start : start + 500]
                if column is WalletGrantRow.id:
                    session.execute(
                        delete(WalletIssuanceRow)
                        .where(WalletIssuanceRow.grant_id.in_(some))
                        .execution_options(synchronize_session=False)
                    )
                session.execute(
                    delete(column.class_).where(column.in_(some)).execution_options(synchronize_session=False)
                )
        count += len(found)
    return count
