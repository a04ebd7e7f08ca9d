"""Offers to wallets, and the copies bound to a holder's key."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from issuer.migrations import gently

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None
_SOUGHT_BY = {
    "wallet_offers": ("credential_id", "expires_at"),
    "wallet_authorizations": ("credential_id", "expires_at", "person_id"),
    "wallet_grants": ("authorization_id", "credential_id", "expires_at", "offer_id"),
    "wallet_issuances": ("grant_id",),
    "wallet_nonces": ("expires_at",),
    "wallet_replays": ("forget_at",),
    "wallet_keys": ("created_at",),
}


def instant() -> sa.types.TypeEngine[Any]:
    """An instant as this version keeps it: ISO text on SQLite, timestamp with time zone on PostgreSQL."""
    return sa.String(32).with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """Add what wallets need; what is there stays as it is."""
    gently.create_table(
        "wallet_offers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("issuer_id", sa.Integer(), nullable=False),
        sa.Column("credential_id", sa.Uuid(), nullable=False),
        sa.Column("reference_hash", sa.String(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("tx_code_hash", sa.String(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("formats", sa.JSON(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("expires_at", instant(), nullable=False),
        sa.Column("used_at", instant(), nullable=True),
        sa.Column("ended_at", instant(), nullable=True),
        sa.CheckConstraint("created_at < expires_at", name="ck_wallet_offers_expires_at"),
        sa.CheckConstraint("tries >= 0", name="ck_wallet_offers_tries"),
        sa.ForeignKeyConstraint(["credential_id"], ["credentials.id"], name="fk_wallet_offers_credential_id"),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuers.id"], name="fk_wallet_offers_issuer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_wallet_offers"),
        sa.UniqueConstraint("code_hash", name="uq_wallet_offers_code_hash"),
        sa.UniqueConstraint("reference_hash", name="uq_wallet_offers_reference_hash"),
    )
    gently.create_table(
        "wallet_authorizations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("issuer_id", sa.Integer(), nullable=False),
        sa.Column("handle_hash", sa.String(), nullable=False),
        sa.Column("pushed", sa.Boolean(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("redirect_uri", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("code_challenge", sa.String(), nullable=False),
        sa.Column("configurations", sa.JSON(), nullable=False),
        sa.Column("with_details", sa.Boolean(), nullable=False),
        sa.Column("issuer_state", sa.String(), nullable=False),
        sa.Column("dpop_key", sa.String(), nullable=True),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("expires_at", instant(), nullable=False),
        sa.Column("answered_at", instant(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("credential_id", sa.Uuid(), nullable=True),
        sa.Column("formats", sa.JSON(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=True),
        sa.Column("used_at", instant(), nullable=True),
        sa.CheckConstraint("created_at < expires_at", name="ck_wallet_authorizations_expires_at"),
        sa.ForeignKeyConstraint(["credential_id"], ["credentials.id"], name="fk_wallet_authorizations_credential_id"),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuers.id"], name="fk_wallet_authorizations_issuer_id"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_wallet_authorizations_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_wallet_authorizations"),
        sa.UniqueConstraint("code_hash", name="uq_wallet_authorizations_code_hash"),
        sa.UniqueConstraint("handle_hash", name="uq_wallet_authorizations_handle_hash"),
    )
    gently.create_table(
        "wallet_grants",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=True),
        sa.Column("authorization_id", sa.Uuid(), nullable=True),
        sa.Column("issuer_id", sa.Integer(), nullable=False),
        sa.Column("credential_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("dpop_key", sa.String(), nullable=True),
        sa.Column("formats", sa.JSON(), nullable=False),
        sa.Column("with_identifiers", sa.Boolean(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("expires_at", instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["authorization_id"], ["wallet_authorizations.id"], name="fk_wallet_grants_authorization_id"
        ),
        sa.ForeignKeyConstraint(["credential_id"], ["credentials.id"], name="fk_wallet_grants_credential_id"),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuers.id"], name="fk_wallet_grants_issuer_id"),
        sa.ForeignKeyConstraint(["offer_id"], ["wallet_offers.id"], name="fk_wallet_grants_offer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_wallet_grants"),
        sa.UniqueConstraint("token_hash", name="uq_wallet_grants_token_hash"),
    )
    gently.create_table(
        "wallet_issuances",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("holders", sa.JSON(), nullable=False),
        sa.Column("attested", sa.Boolean(), nullable=False),
        sa.Column("transaction_hash", sa.String(), nullable=True),
        sa.Column("notification_hash", sa.String(), nullable=True),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("delivered_at", instant(), nullable=True),
        sa.Column("event", sa.String(), nullable=True),
        sa.Column("event_at", instant(), nullable=True),
        sa.CheckConstraint("(event IS NULL) = (event_at IS NULL)", name="ck_wallet_issuances_event_at"),
        sa.CheckConstraint(
            "event IS NULL OR event IN ('credential_accepted', 'credential_failure', 'credential_deleted')",
            name="ck_wallet_issuances_event",
        ),
        sa.ForeignKeyConstraint(["grant_id"], ["wallet_grants.id"], name="fk_wallet_issuances_grant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_wallet_issuances"),
        sa.UniqueConstraint("notification_hash", name="uq_wallet_issuances_notification_hash"),
        sa.UniqueConstraint("transaction_hash", name="uq_wallet_issuances_transaction_hash"),
    )
    gently.create_table(
        "wallet_nonces",
        sa.Column("nonce_hash", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("expires_at", instant(), nullable=False),
        sa.CheckConstraint("purpose IN ('proof', 'dpop')", name="ck_wallet_nonces_purpose"),
        sa.PrimaryKeyConstraint("nonce_hash", name="pk_wallet_nonces"),
    )
    gently.create_table(
        "wallet_replays",
        sa.Column("proof_hash", sa.String(), nullable=False),
        sa.Column("forget_at", instant(), nullable=False),
        sa.PrimaryKeyConstraint("proof_hash", name="pk_wallet_replays"),
    )
    gently.create_table(
        "wallet_copies",
        sa.Column("credential_id", sa.Uuid(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("holder_hash", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("signing_key_id", sa.Integer(), nullable=False),
        sa.Column("made_at", instant(), nullable=False),
        sa.CheckConstraint("format IN ('ldp_vc', 'jwt_vc_json', 'dc+sd-jwt')", name="ck_wallet_copies_format"),
        sa.ForeignKeyConstraint(["credential_id"], ["credentials.id"], name="fk_wallet_copies_credential_id"),
        sa.ForeignKeyConstraint(["signing_key_id"], ["signing_keys.id"], name="fk_wallet_copies_signing_key_id"),
        sa.PrimaryKeyConstraint("credential_id", "format", "holder_hash", name="pk_wallet_copies"),
    )
    gently.create_table(
        "wallet_keys",
        sa.Column("kid", sa.String(), nullable=False),
        sa.Column("public_jwk", sa.JSON(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.PrimaryKeyConstraint("kid", name="pk_wallet_keys"),
    )
    for table, columns in _SOUGHT_BY.items():
        for column in columns:
            op.create_index(f"ix_{table}_{column}", table, [column], unique=False)


def downgrade() -> None:
    """Take it away again: what wallets hold stays theirs, and verifies."""
    gently.drop_tables(
        "wallet_keys",
        "wallet_copies",
        "wallet_replays",
        "wallet_nonces",
        "wallet_issuances",
        "wallet_grants",
        "wallet_authorizations",
        "wallet_offers",
    )
