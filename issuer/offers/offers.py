"""Offers to wallets. Of an offer only hashes are kept: whoever has its reference has its code, and nobody else.

The reference stands in the offer's address and QR code. From it follows the pre-authorized code, by HMAC: so the offer
can be told to the wallet that asks for it, though neither is kept. The transaction code is shown to the holder alone,
elsewhere; its hash is keyed with the code.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from credentials.sentence import sentence
from issuer import audit
from issuer.errors import TransitionRefused, UnknownCredential
from issuer.offers.configurations import configurations_of
from issuer.sign_in.tokens import hash_of, is_secret, new_secret
from issuer.store import Database
from issuer.tables import AwardRow, CredentialRow, WalletOfferRow
from issuer.wallet_copies import CopyFormat

LIFE = timedelta(minutes=30)
"""Of an offer that somebody looks at now."""
LONGEST = timedelta(days=14)
TX_CODE_LENGTH = 6
MOST_TRIES = 5
"""So many wrong transaction codes end an offer."""
_MOST_OPEN = 20


@dataclass(frozen=True, slots=True)
class NewOffer:
    """An offer just made. `reference` and `tx_code` are told now and never again; an empty `tx_code`: none is asked."""

    id: UUID
    credential_id: UUID
    reference: str = field(repr=False)
    code: str = field(repr=False)
    tx_code: str = field(repr=False)
    configurations: tuple[str, ...]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class OpenOffer:
    """An offer that can still be redeemed, for whoever has its reference."""

    id: UUID
    issuer_id: int
    credential_id: UUID
    code: str = field(repr=False)
    needs_tx_code: bool
    configurations: tuple[str, ...]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class OfferView:
    """An offer as those see it who may look after it: `state` is open, used, ended or over."""

    id: UUID
    credential_id: UUID
    state: str
    created_by: str
    created_at: datetime
    expires_at: datetime


def make_offer(
    db: Database,
    *,
    credential_id: UUID,
    person_id: UUID | None = None,
    formats: Sequence[CopyFormat] = tuple(CopyFormat),
    life: timedelta = LIFE,
    with_tx_code: bool = True,
    actor: str,
    now: datetime,
    randomness: Callable[[int], bytes],
) -> NewOffer:
    """Offer a credential, to its holder if one is named. Offers of it that nobody has used stay as they are.

    Raises UnknownCredential (also: of another person, of no level), TransitionRefused (revoked, expired, or too many
    open offers); ValueError for no format, or a longer life than `LONGEST`.
    """
    if not formats or not timedelta() < life <= LONGEST:
        raise ValueError(f"an offer has a format, and a life of at most {LONGEST}")
    reference = new_secret(randomness)
    code = code_of(reference)
    tx_code = _digits(randomness) if with_tx_code else ""
    with db.write() as session:
        row = _offerable(session, credential_id, person_id, now)
        known = configurations_of(session, credential_id)
        _refuse_many(session, credential_id, now)
        offer_id = UUID(bytes=randomness(16), version=4)
        session.add(
            WalletOfferRow(
                id=offer_id,
                issuer_id=row.issuer_id,
                credential_id=credential_id,
                reference_hash=hash_of(reference),
                code_hash=hash_of(code),
                tx_code_hash=tx_code_hash(code, tx_code) if tx_code else None,
                tries=0,
                formats=[one.value for one in formats],
                created_by=actor,
                created_at=now,
                expires_at=now + life,
            )
        )
        session.flush()
        _record(session, "offer made", offer_id, credential_id, actor, now)
    configurations = tuple(known[one] for one in formats)
    return NewOffer(offer_id, credential_id, reference, code, tx_code, configurations, now + life)


def find_offer(db: Database, reference: str, *, now: datetime) -> OpenOffer | None:
    """The offer of this reference, if it is open."""
    if not is_secret(reference):
        return None
    with db.read() as session:
        row = session.scalars(
            select(WalletOfferRow).where(WalletOfferRow.reference_hash == hash_of(reference), *is_open(now))
        ).one_or_none()
        if row is None:
            return None
        known = configurations_of(session, row.credential_id)
        return OpenOffer(
            id=row.id,
            issuer_id=row.issuer_id,
            credential_id=row.credential_id,
            code=code_of(reference),
            needs_tx_code=row.tx_code_hash is not None,
            configurations=tuple(known[CopyFormat(one)] for one in row.formats),
            expires_at=row.expires_at,
        )


def look_at(db: Database, reference: str, *, now: datetime) -> OfferView | None:
    """How an offer stands, for whoever has its reference; None if there never was one."""
    if not is_secret(reference):
        return None
    with db.read() as session:
        row = session.scalars(
            select(WalletOfferRow).where(WalletOfferRow.reference_hash == hash_of(reference))
        ).one_or_none()
        return _view(row, now) if row is not None else None


def offers_of(db: Database, credential_id: UUID, *, now: datetime) -> tuple[OfferView, ...]:
    """The newest offers of a credential, the newest first."""
    with db.read() as session:
        rows = session.scalars(
            select(WalletOfferRow)
            .where(WalletOfferRow.credential_id == credential_id)
            .order_by(WalletOfferRow.created_at.desc(), WalletOfferRow.id)
            .limit(_MOST_OPEN)
        )
        return tuple(_view(one, now) for one in rows)


def end_offer(db: Database, offer_id: UUID, *, actor: str, now: datetime, credential_id: UUID | None = None) -> bool:
    """Let nobody redeem it any more; False if nobody could. `credential_id`: only if it is an offer of that one."""
    with db.write() as session:
        query = update(WalletOfferRow).where(WalletOfferRow.id == offer_id, *is_open(now))
        if credential_id is not None:
            query = query.where(WalletOfferRow.credential_id == credential_id)
        ended = session.scalars(
            query.values(ended_at=now)
            .returning(WalletOfferRow.credential_id)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        if ended is None:
            return False
        _record(session, "offer ended", offer_id, ended, actor, now)
        return True


def is_open(now: datetime) -> tuple[Any, ...]:
    """The conditions of an offer that can be redeemed."""
    return (
        WalletOfferRow.used_at.is_(None),
        WalletOfferRow.ended_at.is_(None),
        WalletOfferRow.expires_at > now,
        WalletOfferRow.tries < MOST_TRIES,
    )


def code_of(reference: str) -> str:
    """The pre-authorized code of an offer, which follows from its reference and says nothing of it."""
    made = hmac.digest(reference.encode(), b"guildmark pre-authorized code", "sha256")
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def tx_code_hash(code: str, tx_code: str) -> str:
    """What is kept of a transaction code: nothing that could be guessed without the code."""
    return hmac.digest(code.encode(), tx_code.encode("utf-8", "surrogatepass"), "sha256").hex()


def _offerable(session: Session, credential_id: UUID, person_id: UUID | None, now: datetime) -> CredentialRow:
    row = session.get(CredentialRow, credential_id)
    holder = session.scalar(select(AwardRow.person_id).where(AwardRow.id == row.award_id)) if row else None
    if row is None or row.state != "issued" or row.erased_at is not None:
        raise UnknownCredential(
            sentence("there is no credential {credential_id} that could be offered", credential_id=credential_id)
        )
    if person_id is not None and holder != person_id:
        raise UnknownCredential(
            sentence("there is no credential {credential_id} that could be offered", credential_id=credential_id)
        )
    if row.revoked_at is not None or (row.valid_until is not None and row.valid_until < now):
        raise TransitionRefused(
            sentence(
                "the credential {credential_id} is revoked or has expired, so it is not offered",
                credential_id=credential_id,
            )
        )
    return row


def _refuse_many(session: Session, credential_id: UUID, now: datetime) -> None:
    rows = session.scalars(
        select(WalletOfferRow.id).where(WalletOfferRow.credential_id == credential_id, *is_open(now)).limit(_MOST_OPEN)
    ).all()
    if len(rows) >= _MOST_OPEN:
        raise TransitionRefused(
            sentence(
                "{most} offers of the credential {credential_id} are open: end one first",
                most=_MOST_OPEN,
                credential_id=credential_id,
            )
        )


def _digits(randomness: Callable[[int], bytes]) -> str:
    return str(int.from_bytes(randomness(16)) % 10**TX_CODE_LENGTH).zfill(TX_CODE_LENGTH)


def _view(row: WalletOfferRow, now: datetime) -> OfferView:
    return OfferView(row.id, row.credential_id, _state(row, now), row.created_by, row.created_at, row.expires_at)


def _state(row: WalletOfferRow, now: datetime) -> str:
    if row.used_at is not None:
        return "used"
    if row.ended_at is not None or row.tries >= MOST_TRIES:
        return "ended"
    return "open" if row.expires_at > now else "over"


def _record(session: Session, action: str, offer_id: UUID, credential_id: UUID, actor: str, now: datetime) -> None:
    details = {"credential": str(credential_id)}
    audit.append(session, at=now, actor=actor, action=action, subject=f"offer:{offer_id}", details=details)
