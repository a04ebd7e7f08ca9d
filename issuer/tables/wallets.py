"""What goes to wallets: offers, the tokens that they were redeemed for, and the copies bound to a holder's key."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from issuer.tables.table import Table, one_of


class WalletOfferRow(Table):
    """An offer of one credential to whichever wallet brings its code first.

    Of its reference, its code and its transaction code only hashes are kept; that of the transaction code is keyed with
    the code, so that a few digits cannot be guessed from the database.
    """

    __tablename__ = "wallet_offers"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    issuer_id: Mapped[int] = mapped_column(ForeignKey("issuers.id"))
    credential_id: Mapped[UUID] = mapped_column(ForeignKey("credentials.id"), index=True)
    reference_hash: Mapped[str] = mapped_column(unique=True)
    code_hash: Mapped[str] = mapped_column(unique=True)
    tx_code_hash: Mapped[str | None]
    tries: Mapped[int]
    formats: Mapped[list[Any]]
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    __table_args__ = (CheckConstraint("tries >= 0", "tries"), CheckConstraint("created_at < expires_at", "expires_at"))


class WalletAuthorizationRow(Table):
    """What a wallet asked for, what its person allowed, and the code of that: from the question to the answer.

    handle_hash: of the secret by which the question is found; that of a pushed one is exchanged when it is shown.
    `configurations` are what was asked for; `formats` what was allowed, of the credential that the person chose.
    """

    __tablename__ = "wallet_authorizations"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    issuer_id: Mapped[int] = mapped_column(ForeignKey("issuers.id"))
    handle_hash: Mapped[str] = mapped_column(unique=True)
    pushed: Mapped[bool]
    client_id: Mapped[str]
    redirect_uri: Mapped[str]
    state: Mapped[str]
    code_challenge: Mapped[str]
    configurations: Mapped[list[Any]]
    with_details: Mapped[bool]
    issuer_state: Mapped[str]
    dpop_key: Mapped[str | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    answered_at: Mapped[datetime | None]
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"), index=True)
    credential_id: Mapped[UUID | None] = mapped_column(ForeignKey("credentials.id"), index=True)
    formats: Mapped[list[Any]]
    code_hash: Mapped[str | None] = mapped_column(unique=True)
    used_at: Mapped[datetime | None]
    __table_args__ = (CheckConstraint("created_at < expires_at", "expires_at"),)


class WalletGrantRow(Table):
    """An access token: which credential it may be asked for with, in which formats, and by whose key it is shown.

    dpop_key: thumbprint of the key that must sign each request (RFC 9449); None: whoever has the token may use it.
    with_identifiers: its answer named credential identifiers, which must be used then. It came of an offer or of an
    authorization, which may have been forgotten.
    """

    __tablename__ = "wallet_grants"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    offer_id: Mapped[UUID | None] = mapped_column(ForeignKey("wallet_offers.id"), index=True)
    authorization_id: Mapped[UUID | None] = mapped_column(ForeignKey("wallet_authorizations.id"), index=True)
    issuer_id: Mapped[int] = mapped_column(ForeignKey("issuers.id"))
    credential_id: Mapped[UUID] = mapped_column(ForeignKey("credentials.id"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    dpop_key: Mapped[str | None]
    formats: Mapped[list[Any]]
    with_identifiers: Mapped[bool]
    requests: Mapped[int]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class WalletIssuanceRow(Table):
    """One credential request that was granted: for which keys, whether it waits, and what its wallet told of it."""

    __tablename__ = "wallet_issuances"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    grant_id: Mapped[UUID] = mapped_column(ForeignKey("wallet_grants.id"), index=True)
    format: Mapped[str]
    holders: Mapped[list[Any]]
    attested: Mapped[bool]
    transaction_hash: Mapped[str | None] = mapped_column(unique=True)
    notification_hash: Mapped[str | None] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]
    event: Mapped[str | None]
    event_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint(
            "event IS NULL OR " + one_of("event", "credential_accepted", "credential_failure", "credential_deleted"),
            "event",
        ),
        CheckConstraint("(event IS NULL) = (event_at IS NULL)", "event_at"),
    )


class WalletNonceRow(Table):
    """A nonce that was given out: those for proofs are good once, those for DPoP until they are over."""

    __tablename__ = "wallet_nonces"
    nonce_hash: Mapped[str] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    __table_args__ = (CheckConstraint(one_of("purpose", "proof", "dpop"), "purpose"),)


class WalletReplayRow(Table):
    """A DPoP proof that was taken, by the hash of its key and `jti`, so that it is not taken twice."""

    __tablename__ = "wallet_replays"
    proof_hash: Mapped[str] = mapped_column(primary_key=True)
    forget_at: Mapped[datetime] = mapped_column(index=True)


class WalletCopyRow(Table):
    """A rendering of a credential that is bound to a key of its holder, byte for byte as it was signed."""

    __tablename__ = "wallet_copies"
    credential_id: Mapped[UUID] = mapped_column(ForeignKey("credentials.id"), primary_key=True)
    format: Mapped[str] = mapped_column(primary_key=True)
    holder_hash: Mapped[str] = mapped_column(primary_key=True)
    media_type: Mapped[str]
    body: Mapped[bytes]
    signing_key_id: Mapped[int] = mapped_column(ForeignKey("signing_keys.id"))
    made_at: Mapped[datetime]
    __table_args__ = (CheckConstraint(one_of("format", "ldp_vc", "jwt_vc_json", "dc+sd-jwt"), "format"),)


class WalletKeyRow(Table):
    """A key to which wallets encrypt their requests. Its private half is sealed as the signing keys are."""

    __tablename__ = "wallet_keys"
    kid: Mapped[str] = mapped_column(primary_key=True)
    public_jwk: Mapped[dict[str, Any]]
    sealed: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(index=True)
