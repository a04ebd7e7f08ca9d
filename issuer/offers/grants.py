"""Access tokens: found by whoever shows one, and what was asked for with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from issuer import audit
from issuer.offers.configurations import configurations_of
from issuer.sign_in.tokens import hash_of, is_secret, new_secret
from issuer.store import Database
from issuer.tables import WalletGrantRow, WalletIssuanceRow
from issuer.wallet_copies import CopyFormat

MOST_REQUESTS = 30
"""With one token: a wallet asks once for each format, and again for what went astray."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token allows. `configurations` are the names of its formats."""

    id: UUID
    issuer_id: int
    credential_id: UUID
    dpop_key: str | None
    with_identifiers: bool
    configurations: Mapping[str, CopyFormat]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request that could not be granted at once: for which keys (DIDs), in which format."""

    id: UUID
    format: CopyFormat
    holders: tuple[str, ...]


def find_grant(db: Database, token: str, *, issuer_id: int, now: datetime) -> Grant | None:
    """What this token of this issuer allows; None if it is over, or never was."""
    if not is_secret(token):
        return None
    with db.read() as session:
        row = session.scalars(
            select(WalletGrantRow).where(
                WalletGrantRow.token_hash == hash_of(token),
                WalletGrantRow.issuer_id == issuer_id,
                WalletGrantRow.expires_at > now,
            )
        ).one_or_none()
        if row is None:
            return None
        known = configurations_of(session, row.credential_id)
        allowed = {known[CopyFormat(one)]: CopyFormat(one) for one in row.formats}
        return Grant(row.id, row.issuer_id, row.credential_id, row.dpop_key, row.with_identifiers, allowed)


def count_request(db: Database, grant: Grant) -> bool:
    """Whether one more request may be made with the token."""
    with db.write() as session:
        counted = session.scalars(
            update(WalletGrantRow)
            .where(WalletGrantRow.id == grant.id, WalletGrantRow.requests < MOST_REQUESTS)
            .values(requests=WalletGrantRow.requests + 1)
            .returning(WalletGrantRow.id)
            .execution_options(synchronize_session=False)
        ).one_or_none()
    return counted is not None


def note_delivery(
    db: Database,
    grant: Grant,
    format_: CopyFormat,
    holders: Sequence[str],
    *,
    attested: bool,
    now: datetime,
    randomness: Callable[[int], bytes],
) -> str:
    """Write down what was delivered at once; the notification's id, which is told now and never again."""
    secret = new_secret(randomness)
    _note(db, grant, format_, holders, attested, now, randomness, notification_hash=hash_of(secret), delivered_at=now)
    return secret


def note_waiting(
    db: Database,
    grant: Grant,
    format_: CopyFormat,
    holders: Sequence[str],
    *,
    attested: bool,
    now: datetime,
    randomness: Callable[[int], bytes],
) -> str:
    """Write down what is to be delivered later; the transaction's id, which is told now and never again."""
    secret = new_secret(randomness)
    _note(db, grant, format_, holders, attested, now, randomness, transaction_hash=hash_of(secret))
    return secret


def find_waiting(db: Database, grant: Grant, transaction_id: str) -> Waiting | None:
    """What waits under this id of this token; None if it was delivered, or never was."""
    if not is_secret(transaction_id):
        return None
    with db.read() as session:
        row = session.scalars(
            select(WalletIssuanceRow).where(
                WalletIssuanceRow.transaction_hash == hash_of(transaction_id),
                WalletIssuanceRow.grant_id == grant.id,
                WalletIssuanceRow.delivered_at.is_(None),
            )
        ).one_or_none()
        return Waiting(row.id, CopyFormat(row.format), tuple(row.holders)) if row is not None else None


def take_waiting(db: Database, waiting: Waiting, *, now: datetime, randomness: Callable[[int], bytes]) -> str | None:
    """Use the transaction up: the notification's id, or None if another request did so meanwhile."""
    secret = new_secret(randomness)
    with db.write() as session:
        taken = session.scalars(
            update(WalletIssuanceRow)
            .where(WalletIssuanceRow.id == waiting.id, WalletIssuanceRow.delivered_at.is_(None))
            .values(delivered_at=now, notification_hash=hash_of(secret))
            .returning(WalletIssuanceRow.id)
            .execution_options(synchronize_session=False)
        ).one_or_none()
    return secret if taken is not None else None


def note_event(db: Database, grant: Grant, notification_id: str, event: str, *, now: datetime) -> bool:
    """Write down what became of it in the wallet; the same again changes nothing. False: no such id of this token."""
    if not is_secret(notification_id):
        return False
    with db.write() as session:
        mine = (
            WalletIssuanceRow.notification_hash == hash_of(notification_id),
            WalletIssuanceRow.grant_id == grant.id,
        )
        row = session.scalars(select(WalletIssuanceRow).where(*mine).with_for_update()).one_or_none()
        if row is None:
            return False
        if row.event != event:
            row.event, row.event_at = event, now
            session.flush()
            subject = f"credential:{grant.credential_id}"
            action = event.replace("credential_", "copy ")
            audit.append(session, at=now, actor="wallet", action=action, subject=subject, details={})
        return True


def _note(
    db: Database,
    grant: Grant,
    format_: CopyFormat,
    holders: Sequence[str],
    attested: bool,
    now: datetime,
    randomness: Callable[[int], bytes],
    **more: Any,
) -> None:
    with db.write() as session:
        session.add(
            WalletIssuanceRow(
                id=UUID(bytes=randomness(16), version=4),
                grant_id=grant.id,
                format=format_.value,
                holders=list(holders),
                attested=attested,
                created_at=now,
                **more,
            )
        )
