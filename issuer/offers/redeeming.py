"""From an offer's code to an access token, once: decided by one conditional UPDATE, whoever comes at the same time."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from issuer import audit
from issuer.offers.configurations import configurations_of
from issuer.offers.offers import is_open, tx_code_hash
from issuer.sign_in.tokens import hash_of, is_secret, new_secret
from issuer.store import Database
from issuer.tables import CredentialRow, WalletGrantRow, WalletOfferRow
from issuer.wallet_copies import CopyFormat
from wallet_export.oid4vci import Oid4vciError

LIFE = timedelta(hours=1)
"""Of an access token."""
LIFE_WHERE_IT_WAITS = timedelta(days=30)
"""Of one for a credential that cannot be delivered now: it is good at the deferred endpoint as long."""


@dataclass(frozen=True, slots=True)
class Redeemed:
    """A new access token, which is told now and never again; `expires_in` seconds. Formats by their configuration."""

    token: str = field(repr=False)
    credential_id: UUID
    expires_in: int
    configurations: dict[str, CopyFormat]


def redeem(
    db: Database,
    *,
    issuer_id: int,
    code: str,
    tx_code: str | None,
    wanted: Sequence[str] | None,
    dpop_key: str | None,
    now: datetime,
    randomness: Callable[[int], bytes],
) -> Redeemed:
    """The token for a code of this issuer.

    wanted: the configurations that `authorization_details` names; None without that. A wrong transaction code counts,
    and the last one that is allowed ends the offer. Raises Oid4vciError: invalid_grant (unknown, used, over, ended,
    or a wrong transaction code: no answer tells which), invalid_request (a transaction code is missing or too many),
    invalid_authorization_details.
    """
    outcome = _redeem(db, issuer_id, code, tx_code, wanted, dpop_key, now, randomness)
    if isinstance(outcome, Oid4vciError):  # raised here, since what was counted is to be kept
        raise outcome
    return outcome


def _redeem(
    db: Database,
    issuer_id: int,
    code: str,
    tx_code: str | None,
    wanted: Sequence[str] | None,
    dpop_key: str | None,
    now: datetime,
    randomness: Callable[[int], bytes],
) -> Redeemed | Oid4vciError:
    if not is_secret(code):
        return _no_grant()
    with db.write() as session:
        mine = (WalletOfferRow.code_hash == hash_of(code), WalletOfferRow.issuer_id == issuer_id)
        offer = session.scalars(select(WalletOfferRow).where(*mine, *is_open(now))).one_or_none()
        if offer is None:
            return _no_grant()
        known = configurations_of(session, offer.credential_id)
        offered = {known[CopyFormat(one)]: CopyFormat(one) for one in offer.formats}
        if wanted is not None and not set(wanted) <= offered.keys():
            return Oid4vciError("invalid_authorization_details", "The offer does not include what is asked for.")
        if (fault := _tx_code_fault(session, offer, code, tx_code, now)) is not None:
            return fault
        used = session.scalars(
            update(WalletOfferRow)
            .where(*mine, *is_open(now))
            .values(used_at=now)
            .returning(WalletOfferRow.id)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        if used is None:
            return _no_grant()
        chosen = {name: offered[name] for name in wanted} if wanted is not None else offered
        waits = session.get_one(CredentialRow, offer.credential_id).suspended_at is not None
        life = LIFE_WHERE_IT_WAITS if waits else LIFE
        token = new_secret(randomness)
        session.add(
            WalletGrantRow(
                id=UUID(bytes=randomness(16), version=4),
                offer_id=offer.id,
                authorization_id=None,
                issuer_id=issuer_id,
                credential_id=offer.credential_id,
                token_hash=hash_of(token),
                dpop_key=dpop_key,
                formats=[one.value for one in chosen.values()],
                with_identifiers=wanted is not None,
                requests=0,
                created_at=now,
                expires_at=now + life,
            )
        )
        session.flush()
        details = {"credential": str(offer.credential_id)}
        audit.append(
            session, at=now, actor="wallet", action="offer redeemed", subject=f"offer:{offer.id}", details=details
        )
        return Redeemed(token, offer.credential_id, int(life.total_seconds()), chosen)


def _tx_code_fault(
    session: Session, offer: WalletOfferRow, code: str, tx_code: str | None, now: datetime
) -> Oid4vciError | None:
    if offer.tx_code_hash is None:
        if tx_code is not None:
            return Oid4vciError("invalid_request", "The offer asks for no transaction code.")
        return None
    if tx_code is None:
        return Oid4vciError("invalid_request", "The offer asks for a transaction code (tx_code).")
    counted = session.scalars(
        update(WalletOfferRow)
        .where(WalletOfferRow.id == offer.id, *is_open(now))
        .values(tries=WalletOfferRow.tries + 1)
        .returning(WalletOfferRow.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    right = hmac.compare_digest(offer.tx_code_hash, tx_code_hash(code, tx_code))
    if counted is None or not right:
        return _no_grant()
    # the right one is no try: or the fifth, if it is right, would be refused as one too many
    session.execute(
        update(WalletOfferRow)
        .where(WalletOfferRow.id == offer.id)
        .values(tries=WalletOfferRow.tries - 1)
        .execution_options(synchronize_session=False)
    )
    return None


def _no_grant() -> Oid4vciError:
    return Oid4vciError("invalid_grant", "The code or the transaction code is wrong, was used before, or is over.")
