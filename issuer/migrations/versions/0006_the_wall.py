"""Who agreed to be celebrated on the wall, the applause there, and sign-outs that the provider told of."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def instant() -> sa.types.TypeEngine[Any]:
    """An instant as this version keeps it: ISO text on SQLite, timestamp with time zone on PostgreSQL."""
    return sa.String(32).with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """Add what people agree to; nobody is on the wall before he does."""
    op.create_table(
        "wall_choices",
        sa.Column("issuer_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("full_name", sa.Boolean(), nullable=False),
        sa.Column("thanked", sa.Boolean(), nullable=False),
        sa.Column("changed_at", instant(), nullable=False),
        sa.CheckConstraint("audience IN ('nobody', 'colleagues', 'everybody')", name="ck_wall_choices_audience"),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuers.id"], name="fk_wall_choices_issuer_id"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_wall_choices_person_id"),
        sa.PrimaryKeyConstraint("issuer_id", "person_id", name="pk_wall_choices"),
    )
    op.create_index("ix_wall_choices_person_id", "wall_choices", ["person_id"], unique=False)
    op.create_table(
        "applause",
        sa.Column("award_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("given_at", instant(), nullable=False),
        sa.ForeignKeyConstraint(["award_id"], ["awards.id"], name="fk_applause_award_id"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_applause_person_id"),
        sa.PrimaryKeyConstraint("award_id", "person_id", name="pk_applause"),
    )
    op.create_index("ix_applause_person_id", "applause", ["person_id"], unique=False)
    op.create_table(
        "provider_sign_outs",
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("forget_at", instant(), nullable=False),
        sa.PrimaryKeyConstraint("provider", "token_hash", name="pk_provider_sign_outs"),
    )
    op.create_index("ix_provider_sign_outs_forget_at", "provider_sign_outs", ["forget_at"], unique=False)
