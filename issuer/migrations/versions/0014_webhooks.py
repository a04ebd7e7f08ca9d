"""Who is told of what happens, and how the telling went."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from issuer.migrations import gently

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def instant() -> sa.types.TypeEngine[Any]:
    """An instant as this version keeps it: ISO text on SQLite, timestamp with time zone on PostgreSQL."""
    return sa.String(32).with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """Add the two tables; nobody is told yet."""
    op.create_table(
        "webhooks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("issuer_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("trail", sa.Integer(), nullable=False),
        sa.Column("told_until", instant(), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", instant(), nullable=True),
        sa.Column("resting_until", instant(), nullable=True),
        sa.Column("stopped_at", instant(), nullable=True),
        sa.Column("stopped_why", sa.String(), nullable=True),
        sa.CheckConstraint("failures >= 0", name="ck_webhooks_failures"),
        sa.CheckConstraint("(failures = 0) = (failing_since IS NULL)", name="ck_webhooks_failing_since"),
        sa.CheckConstraint("(stopped_at IS NULL) = (stopped_why IS NULL)", name="ck_webhooks_stopped"),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuers.id"], name="fk_webhooks_issuer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_webhooks"),
        sa.UniqueConstraint("issuer_id", "name", name="uq_webhooks_issuer_id_name"),
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("webhook_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("not_before", instant(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_by", sa.String(), nullable=True),
        sa.Column("claimed_until", instant(), nullable=True),
        sa.Column("answered", sa.Integer(), nullable=True),
        sa.Column("fault", sa.String(), nullable=True),
        sa.Column("ended_at", instant(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'claimed', 'delivered', 'given up')", name="ck_webhook_deliveries_state"
        ),
        sa.CheckConstraint("(state = 'claimed') = (claimed_by IS NOT NULL)", name="ck_webhook_deliveries_claimed_by"),
        sa.CheckConstraint(
            "(state IN ('delivered', 'given up')) = (ended_at IS NOT NULL)", name="ck_webhook_deliveries_ended_at"
        ),
        sa.ForeignKeyConstraint(["webhook_id"], ["webhooks.id"], name="fk_webhook_deliveries_webhook_id"),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_deliveries"),
        sa.UniqueConstraint("webhook_id", "key", name="uq_webhook_deliveries_webhook_id_key"),
    )
    op.create_index(
        "ix_webhook_deliveries_newest", "webhook_deliveries", ["webhook_id", "created_at", "id"], unique=False
    )
    under_way = sa.text("state IN ('waiting', 'claimed')")
    op.create_index(
        "ix_webhook_deliveries_due",
        "webhook_deliveries",
        ["not_before", "id"],
        unique=False,
        sqlite_where=under_way,
        postgresql_where=under_way,
    )
    op.create_index("ix_webhook_deliveries_ended", "webhook_deliveries", ["ended_at"], unique=False)


def downgrade() -> None:
    """What was not delivered is not delivered any more."""
    gently.drop_tables("webhook_deliveries", "webhooks")
