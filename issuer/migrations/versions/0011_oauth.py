"""Applications that act for a person, and what he allowed them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from issuer.migrations import gently

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def instant() -> sa.types.TypeEngine[Any]:
    """An instant as this version keeps it: ISO text on SQLite, timestamp with time zone on PostgreSQL."""
    return sa.String(32).with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """Add what applications need; what is there stays as it is."""
    op.create_table(
        "oauth_clients",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("registered", sa.JSON(), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("allowed_at", instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_oauth_clients"),
    )
    op.create_index("ix_oauth_clients_created_at", "oauth_clients", ["created_at"], unique=False)
    op.create_table(
        "oauth_requests",
        sa.Column("handle_hash", sa.String(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("redirect_uri", sa.String(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("code_challenge", sa.String(), nullable=False),
        sa.Column("expires_at", instant(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["oauth_clients.id"], name="fk_oauth_requests_client_id"),
        sa.PrimaryKeyConstraint("handle_hash", name="pk_oauth_requests"),
    )
    op.create_index("ix_oauth_requests_client_id", "oauth_requests", ["client_id"], unique=False)
    op.create_index("ix_oauth_requests_expires_at", "oauth_requests", ["expires_at"], unique=False)
    op.create_table(
        "oauth_grants",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("redirect_uri", sa.String(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("code_challenge", sa.String(), nullable=False),
        sa.Column("code_expires_at", instant(), nullable=False),
        sa.Column("code_used_at", instant(), nullable=True),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("used_at", instant(), nullable=True),
        sa.Column("ended_at", instant(), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["oauth_clients.id"], name="fk_oauth_grants_client_id"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_oauth_grants_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_oauth_grants"),
        sa.UniqueConstraint("code_hash", name="uq_oauth_grants_code_hash"),
    )
    op.create_index("ix_oauth_grants_client_id", "oauth_grants", ["client_id"], unique=False)
    op.create_index("ix_oauth_grants_person_id", "oauth_grants", ["person_id"], unique=False)
    op.create_table(
        "oauth_tokens",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("expires_at", instant(), nullable=False),
        sa.Column("used_at", instant(), nullable=True),
        sa.CheckConstraint("kind IN ('access', 'refresh')", name="ck_oauth_tokens_kind"),
        sa.ForeignKeyConstraint(["grant_id"], ["oauth_grants.id"], name="fk_oauth_tokens_grant_id"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_oauth_tokens"),
    )
    op.create_index("ix_oauth_tokens_grant_id", "oauth_tokens", ["grant_id"], unique=False)
    op.create_index("ix_oauth_tokens_expires_at", "oauth_tokens", ["expires_at"], unique=False)
    op.create_table(
        "held_credentials",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("identity_hash", sa.String(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("issued_by", sa.String(), nullable=False),
        sa.Column("valid_from", instant(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("brought_by", sa.String(), nullable=False),
        sa.Column("received_at", instant(), nullable=False),
        sa.Column("checked_at", instant(), nullable=False),
        sa.Column("names_holder", sa.Boolean(), nullable=False),
        sa.Column("picture", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("form IN ('json', 'jwt')", name="ck_held_credentials_form"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_held_credentials_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_held_credentials"),
        sa.UniqueConstraint("person_id", "identity_hash", name="uq_held_credentials_person_id_identity_hash"),
    )
    op.create_index("ix_held_credentials_person_id", "held_credentials", ["person_id"], unique=False)
    op.create_table(
        "holder_profiles",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("changed_at", instant(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_holder_profiles_person_id"),
        sa.PrimaryKeyConstraint("person_id", name="pk_holder_profiles"),
    )
    op.create_table(
        "host_connections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("base", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("endpoints", sa.JSON(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("state_hash", sa.String(), nullable=True),
        sa.Column("access_until", instant(), nullable=True),
        sa.Column("busy_until", instant(), nullable=True),
        sa.Column("profile", sa.JSON(), nullable=True),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("fetched_at", instant(), nullable=True),
        sa.CheckConstraint("state IN ('asking', 'connected', 'lost')", name="ck_host_connections_state"),
        sa.CheckConstraint("(state = 'asking') OR (state_hash IS NULL)", name="ck_host_connections_state_hash"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_host_connections_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_host_connections"),
        sa.UniqueConstraint("person_id", "base", name="uq_host_connections_person_id_base"),
    )


def downgrade() -> None:
    """Take it away again: every application must be allowed anew, and badges from elsewhere brought anew."""
    gently.drop_tables(
        "host_connections",
        "holder_profiles",
        "held_credentials",
        "oauth_tokens",
        "oauth_grants",
        "oauth_requests",
        "oauth_clients",
    )
