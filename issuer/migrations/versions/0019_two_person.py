"""What one person asked for and a second has to allow."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from issuer.migrations import gently

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def instant() -> sa.types.TypeEngine[Any]:
    """An instant as this version keeps it: ISO text on SQLite, timestamp with time zone on PostgreSQL."""
    return sa.String(32).with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """Two tables; every issuer goes on with one person until it says otherwise."""
    op.create_table(
        "key_rules",
        sa.Column("issuer_id", sa.Integer(), nullable=False),
        sa.Column("since", instant(), nullable=False),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuers.id"], name="fk_key_rules_issuer_id"),
        sa.PrimaryKeyConstraint("issuer_id", name="pk_key_rules"),
    )
    op.create_table(
        "key_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("issuer_id", sa.Integer(), nullable=False),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("use", sa.String(), nullable=True),
        sa.Column("further", sa.Boolean(), nullable=False),
        sa.Column("replaces", sa.String(), nullable=True),
        sa.Column("key_uri", sa.String(), nullable=True),
        sa.Column("public_multikey", sa.String(), nullable=True),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked_person", sa.Uuid(), nullable=True),
        sa.Column("on_machine", sa.Boolean(), nullable=False),
        sa.Column("asked_at", instant(), nullable=False),
        sa.Column("expires_at", instant(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("settled_by", sa.String(), nullable=True),
        sa.Column("settled_person", sa.Uuid(), nullable=True),
        sa.Column("settled_at", instant(), nullable=True),
        sa.CheckConstraint("operation IN ('rotate', 'add', 'one person')", name="ck_key_requests_operation"),
        sa.CheckConstraint("state IN ('waiting', 'done', 'refused', 'withdrawn')", name="ck_key_requests_state"),
        sa.CheckConstraint("(state = 'waiting') = (settled_at IS NULL)", name="ck_key_requests_settled_at"),
        sa.CheckConstraint(
            "(operation = 'one person') = (public_multikey IS NULL)", name="ck_key_requests_public_multikey"
        ),
        sa.CheckConstraint(
            "state <> 'done' OR (asked_person IS NOT NULL AND settled_person IS NOT NULL "
            "AND asked_person <> settled_person)",
            name="ck_key_requests_two",
        ),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuers.id"], name="fk_key_requests_issuer_id"),
        sa.ForeignKeyConstraint(["asked_person"], ["people.id"], name="fk_key_requests_asked_person"),
        sa.ForeignKeyConstraint(["settled_person"], ["people.id"], name="fk_key_requests_settled_person"),
        sa.PrimaryKeyConstraint("id", name="pk_key_requests"),
    )
    op.create_index("ix_key_requests_asked_person", "key_requests", ["asked_person"], unique=False)
    op.create_index("ix_key_requests_settled_person", "key_requests", ["settled_person"], unique=False)
    op.create_index("ix_key_requests_newest", "key_requests", ["issuer_id", "asked_at"], unique=False)
    op.create_index(
        "uq_key_requests_new",
        "key_requests",
        ["public_multikey"],
        unique=True,
        sqlite_where=sa.text("state = 'done'"),
        postgresql_where=sa.text("state = 'done'"),
    )


def downgrade() -> None:
    """Keys are changed by one again; what two allowed stays in the audit trail."""
    gently.drop_tables("key_requests", "key_rules")
