"""What a wallet was asked for, and what it showed; and credentials that a wallet may fetch by a VC API exchange."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from issuer.migrations import gently

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def instant() -> sa.types.TypeEngine[Any]:
    """An instant as this version keeps it: ISO text on SQLite, timestamp with time zone on PostgreSQL."""
    return sa.String(32).with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """Make the two tables."""
    op.create_table(
        "wallet_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("browser_hash", sa.String(), nullable=False),
        sa.Column("there_hash", sa.String(), nullable=False),
        sa.Column("here_hash", sa.String(), nullable=False),
        sa.Column("seed", sa.LargeBinary(), nullable=True),
        sa.Column("levels", sa.JSON(), nullable=False),
        sa.Column("query", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=True),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("expires_at", instant(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'answered', 'declined')", name="ck_wallet_requests_state"),
        sa.CheckConstraint("way IN ('', 'here', 'there')", name="ck_wallet_requests_way"),
        sa.PrimaryKeyConstraint("id", name="pk_wallet_requests"),
        sa.UniqueConstraint("there_hash", name="uq_wallet_requests_there_hash"),
        sa.UniqueConstraint("here_hash", name="uq_wallet_requests_here_hash"),
    )
    op.create_index("ix_wallet_requests_expires_at", "wallet_requests", ["expires_at"], unique=False)
    op.create_table(
        "wallet_exchanges",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("credential_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("expires_at", instant(), nullable=False),
        sa.Column("taken_at", instant(), nullable=True),
        sa.ForeignKeyConstraint(["credential_id"], ["credentials.id"], name="fk_wallet_exchanges_credential_id"),
        sa.PrimaryKeyConstraint("id", name="pk_wallet_exchanges"),
        sa.UniqueConstraint("secret_hash", name="uq_wallet_exchanges_secret_hash"),
    )
    op.create_index("ix_wallet_exchanges_credential_id", "wallet_exchanges", ["credential_id"], unique=False)
    op.create_index("ix_wallet_exchanges_expires_at", "wallet_exchanges", ["expires_at"], unique=False)


def downgrade() -> None:
    """Drop them; nothing in them lives longer than minutes."""
    gently.drop_tables("wallet_exchanges", "wallet_requests")
