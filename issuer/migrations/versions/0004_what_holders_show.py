"""What holders show of their credentials, links for whom they choose, addresses of calendars; forecasts' index."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from issuer.migrations import gently

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def instant() -> sa.types.TypeEngine[Any]:
    """An instant as this version keeps it: ISO text on SQLite, timestamp with time zone on PostgreSQL."""
    return sa.String(32).with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """Add what holders decide; nothing that is shown today changes."""
    gently.index("ix_awards_recent", "awards", ["achievement_id", "awarded_on"])
    op.create_table(
        "sharing",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("level_id", sa.Integer(), nullable=False),
        sa.Column("page_open", sa.Boolean(), nullable=False),
        sa.Column("full_name", sa.Boolean(), nullable=False),
        sa.Column("evidence", sa.Boolean(), nullable=False),
        sa.Column("changed_at", instant(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_sharing_person_id"),
        sa.ForeignKeyConstraint(["level_id"], ["levels.id"], name="fk_sharing_level_id"),
        sa.PrimaryKeyConstraint("person_id", "level_id", name="pk_sharing"),
    )
    op.create_table(
        "share_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("credential_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.ForeignKeyConstraint(["credential_id"], ["credentials.id"], name="fk_share_links_credential_id"),
        sa.PrimaryKeyConstraint("id", name="pk_share_links"),
        sa.UniqueConstraint("secret_hash", name="uq_share_links_secret_hash"),
    )
    op.create_index("ix_share_links_credential_id", "share_links", ["credential_id"], unique=False)
    op.create_table(
        "calendar_feeds",
        sa.Column("issuer_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuers.id"], name="fk_calendar_feeds_issuer_id"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_calendar_feeds_person_id"),
        sa.PrimaryKeyConstraint("issuer_id", "person_id", name="pk_calendar_feeds"),
        sa.UniqueConstraint("secret_hash", name="uq_calendar_feeds_secret_hash"),
    )
    op.create_index("ix_calendar_feeds_person_id", "calendar_feeds", ["person_id"], unique=False)
    op.drop_index("ix_awards_achievement_id", "awards")
