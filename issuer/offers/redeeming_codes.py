"""From the code that a person allowed to an access token, once (RFC 6749, section 4.1.3; RFC 7636).

A code that comes again with its verifier comes from the wallet that had it, or from whoever has all of that wallet's
secrets: then the token ends too (RFC 6749, section 4.1.2). Without the verifier it says nothing of anybody, and ends
nothing: codes stand in addresses, which others may read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from issuer import audit
from issuer.offers.configurations import configurations_of
from issuer.offers.redeeming import LIFE, LIFE_WHERE_IT_WAITS, Redeemed
from issuer.sign_in.tokens import hash_of, is_secret, new_secret
from issuer.store import Database
from issuer.tables import CredentialRow, WalletAuthorizationRow, WalletGrantRow
from issuer.wallet_copies import CopyFormat
from wallet_export.oid4vci import Oid4vciError
from wallet_export.oid4vci_authorization import is_verifier_of


def redeem_code(
    db: Database,
    *,
    issuer_id: int,
    code: str,
    client_id: str,
    redirect_uri: str,
    verifier: str,
    wanted: Sequence[str] | None,
    dpop_key: str | None,
    now: datetime,
    randomness: Callable[[int], bytes],
) -> tuple[Redeemed, bool]:
    """The token for a code of this issuer, and whether its answer names credentials.

    Client, address and verifier must be those of the question, and so must the key of DPoP if that named one. wanted:
    the configurations that `authorization_details` names; None without that. Raises Oid4vciError: invalid_grant, for
    whatever is not right of all that, invalid_authorization_details.
    """
    outcome = _redeem(db, issuer_id, code, (client_id, redirect_uri, verifier), wanted, dpop_key, now, randomness)
    if isinstance(outcome, Oid4vciError):  # raised here, since what was ended is to be kept
        raise outcome
    return outcome


def _redeem(
    db: Database,
    issuer_id: int,
    code: str,
    shown: tuple[str, str, str],
    wanted: Sequence[str] | None,
    dpop_key: str | None,
    now: datetime,
    randomness: Callable[[int], bytes],
) -> tuple[Redeemed, bool] | Oid4vciError:
    if not is_secret(code):
        return _no_grant()
    client_id, redirect_uri, verifier = shown
    with db.write() as session:
        row = session.scalars(
            select(WalletAuthorizationRow).where(
                WalletAuthorizationRow.code_hash == hash_of(code),
                WalletAuthorizationRow.issuer_id == issuer_id,
                WalletAuthorizationRow.client_id == client_id,
                WalletAuthorizationRow.redirect_uri == redirect_uri,
            )
        ).one_or_none()
        if row is None or row.credential_id is None or not is_verifier_of(verifier, row.code_challenge):
            return _no_grant()
        if row.dpop_key is not None and row.dpop_key != dpop_key:
            return _no_grant()
        known = configurations_of(session, row.credential_id)
        allowed = {known[CopyFormat(one)]: CopyFormat(one) for one in row.formats}
        if wanted is not None and not set(wanted) <= allowed.keys():
            return Oid4vciError("invalid_authorization_details", "The person did not allow what is asked for.")
        used = session.scalars(
            update(WalletAuthorizationRow)
            .where(
                WalletAuthorizationRow.id == row.id,
                WalletAuthorizationRow.used_at.is_(None),
                WalletAuthorizationRow.expires_at > now,
            )
            .values(used_at=now)
            .returning(WalletAuthorizationRow.id)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        if used is None:
            _end_grants(session, row.id, now)
            return _no_grant()
        chosen = {name: allowed[name] for name in wanted} if wanted is not None else allowed
        named = row.with_details or wanted is not None
        waits = session.get_one(CredentialRow, row.credential_id).suspended_at is not None
        life = LIFE_WHERE_IT_WAITS if waits else LIFE
        token = new_secret(randomness)
        session.add(
            WalletGrantRow(
                id=UUID(bytes=randomness(16), version=4),
                offer_id=None,
                authorization_id=row.id,
                issuer_id=issuer_id,
                credential_id=row.credential_id,
                token_hash=hash_of(token),
                dpop_key=dpop_key,
                formats=[one.value for one in chosen.values()],
                with_identifiers=named,
                requests=0,
                created_at=now,
                expires_at=now + life,
            )
        )
        session.flush()
        subject, details = f"wallet-question:{row.id}", {"credential": str(row.credential_id)}
        audit.append(session, at=now, actor="wallet", action="wallet code redeemed", subject=subject, details=details)
        return Redeemed(token, row.credential_id, int(life.total_seconds()), chosen), named


def _end_grants(session: Session, authorization_id: UUID, now: datetime) -> None:
    session.execute(
        update(WalletGrantRow)
        .where(WalletGrantRow.authorization_id == authorization_id, WalletGrantRow.expires_at > now)
        .values(expires_at=now)
        .execution_options(synchronize_session=False)
    )


def _no_grant() -> Oid4vciError:
    return Oid4vciError("invalid_grant", "The code or what came with it is wrong, was used before, or is over.")
