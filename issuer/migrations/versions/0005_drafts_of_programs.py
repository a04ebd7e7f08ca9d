"""Drafts of programs, as they are edited in the portal before they are published, with their pictures."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def instant() -> sa.types.TypeEngine[Any]:
    """An instant as this version keeps it: ISO text on SQLite, timestamp with time zone on PostgreSQL."""
    return sa.String(32).with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """Add the drafts; what is published stays as it is."""
    op.create_table(
        "program_drafts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("issuer_id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("begun_from", sa.String(), nullable=True),
        sa.Column("begun_by", sa.String(), nullable=False),
        sa.Column("begun_at", instant(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("changed_at", instant(), nullable=False),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuers.id"], name="fk_program_drafts_issuer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_program_drafts"),
        sa.UniqueConstraint("issuer_id", "slug", name="uq_program_drafts_issuer_id_slug"),
    )
    op.create_table(
        "program_draft_images",
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("image", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["program_drafts.id"], name="fk_program_draft_images_draft_id"),
        sa.PrimaryKeyConstraint("draft_id", "name", name="pk_program_draft_images"),
        sa.CheckConstraint("media_type IN ('image/png', 'image/svg+xml')", name="ck_program_draft_images_media_type"),
    )
