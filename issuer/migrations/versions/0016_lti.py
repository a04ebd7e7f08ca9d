"""Learning platforms in whose courses levels stand."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from issuer.migrations import gently

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def instant() -> sa.types.TypeEngine[Any]:
    """An instant as this version keeps it: ISO text on SQLite, timestamp with time zone on PostgreSQL."""
    return sa.String(32).with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """Add the tables; no platform is registered yet."""
    op.create_table(
        "lti_keys",
        sa.Column("issuer_id", sa.Integer(), nullable=False),
        sa.Column("public", sa.JSON(), nullable=False),
        sa.Column("sealed_private", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuers.id"], name="fk_lti_keys_issuer_id"),
        sa.PrimaryKeyConstraint("issuer_id", name="pk_lti_keys"),
    )
    op.create_table(
        "lti_platforms",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("issuer_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("iss", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("deployments", sa.JSON(), nullable=False),
        sa.Column("auth_url", sa.String(), nullable=False),
        sa.Column("token_url", sa.String(), nullable=False),
        sa.Column("keys_url", sa.String(), nullable=False),
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("trusts_addresses", sa.Boolean(), nullable=False),
        sa.Column("passing", sa.Integer(), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.CheckConstraint("passing BETWEEN 1 AND 100", name="ck_lti_platforms_passing"),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuers.id"], name="fk_lti_platforms_issuer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_lti_platforms"),
        sa.UniqueConstraint("issuer_id", "name", name="uq_lti_platforms_issuer_id_name"),
        sa.UniqueConstraint("issuer_id", "iss", "client_id", name="uq_lti_platforms_issuer_id_iss_client_id"),
    )
    op.create_table(
        "lti_starts",
        sa.Column("state_hash", sa.String(), nullable=False),
        sa.Column("platform_id", sa.Uuid(), nullable=False),
        sa.Column("nonce_hash", sa.String(), nullable=False),
        sa.Column("browser_hash", sa.String(), nullable=False),
        sa.Column("expires_at", instant(), nullable=False),
        sa.ForeignKeyConstraint(["platform_id"], ["lti_platforms.id"], name="fk_lti_starts_platform_id"),
        sa.PrimaryKeyConstraint("state_hash", name="pk_lti_starts"),
    )
    op.create_index("ix_lti_starts_expires_at", "lti_starts", ["expires_at"], unique=False)
    op.create_table(
        "lti_tickets",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("platform_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("browser_hash", sa.String(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("expires_at", instant(), nullable=False),
        sa.CheckConstraint("kind IN ('open', 'link', 'choose')", name="ck_lti_tickets_kind"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_lti_tickets_person_id"),
        sa.ForeignKeyConstraint(["platform_id"], ["lti_platforms.id"], name="fk_lti_tickets_platform_id"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_lti_tickets"),
    )
    op.create_index("ix_lti_tickets_expires_at", "lti_tickets", ["expires_at"], unique=False)
    op.create_index("ix_lti_tickets_person_id", "lti_tickets", ["person_id"], unique=False)
    op.create_table(
        "lti_grades",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("platform_id", sa.Uuid(), nullable=False),
        sa.Column("line_item", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("program", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("launched_at", instant(), nullable=False),
        sa.Column("ask_at", instant(), nullable=True),
        sa.Column("fault", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_lti_grades_person_id"),
        sa.ForeignKeyConstraint(["platform_id"], ["lti_platforms.id"], name="fk_lti_grades_platform_id"),
        sa.PrimaryKeyConstraint("id", name="pk_lti_grades"),
        sa.UniqueConstraint("platform_id", "line_item", "subject", name="uq_lti_grades_platform_id_line_item_subject"),
    )
    op.create_index("ix_lti_grades_ask_at", "lti_grades", ["ask_at"], unique=False)
    op.create_index("ix_lti_grades_person_id", "lti_grades", ["person_id"], unique=False)


def downgrade() -> None:
    """Levels stand in no course any more; who they were given to stays."""
    gently.drop_tables("lti_grades", "lti_tickets", "lti_starts", "lti_platforms", "lti_keys")
