"""The transparency log of our own word."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from issuer.migrations import gently

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def instant() -> sa.types.TypeEngine[Any]:
    """An instant as this version keeps it: ISO text on SQLite, timestamp with time zone on PostgreSQL."""
    return sa.String(32).with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """Add the three tables; a worker's next run begins the log with everything in the audit trail so far."""
    op.create_table(
        "log",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("key_uri", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("trail", sa.Integer(), nullable=False),
        sa.Column("checkpoint", sa.String(), nullable=False),
        sa.Column("signed_at", instant(), nullable=False),
        sa.CheckConstraint("id = 1", name="ck_log_single"),
        sa.CheckConstraint("size >= 0 AND size <= trail", name="ck_log_size"),
        sa.PrimaryKeyConstraint("id", name="pk_log"),
    )
    op.create_table(
        "log_entries",
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("position >= 0", name="ck_log_entries_position"),
        sa.PrimaryKeyConstraint("position", name="pk_log_entries"),
        sa.UniqueConstraint("sequence", name="uq_log_entries_sequence"),
    )
    op.create_table(
        "log_tiles",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "number", name="pk_log_tiles"),
    )


def downgrade() -> None:
    """The log is gone; what readers kept of it can be compared with no other any more."""
    gently.drop_tables("log_tiles", "log_entries", "log")
