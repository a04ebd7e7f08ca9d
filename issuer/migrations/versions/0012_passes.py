"""Passes in phone wallets, the devices that hold them, and who is still to be told of a change."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from issuer.migrations import gently

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def instant() -> sa.types.TypeEngine[Any]:
    """An instant as this version keeps it: ISO text on SQLite, timestamp with time zone on PostgreSQL."""
    return sa.String(32).with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """Make the tables; nobody has a pass yet."""
    op.create_table(
        "pass_house",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("trail", sa.Integer(), nullable=False),
        sa.Column("told_until", instant(), nullable=False),
        sa.CheckConstraint("id = 1", name="ck_pass_house_one"),
        sa.PrimaryKeyConstraint("id", name="pk_pass_house"),
    )
    op.create_table(
        "phone_passes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("credential_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", instant(), nullable=False),
        sa.CheckConstraint("kind IN ('apple', 'google')", name="ck_phone_passes_kind"),
        sa.ForeignKeyConstraint(["credential_id"], ["credentials.id"], name="fk_phone_passes_credential_id"),
        sa.PrimaryKeyConstraint("id", name="pk_phone_passes"),
        sa.UniqueConstraint("credential_id", "kind", name="uq_phone_passes_credential_id_kind"),
    )
    op.create_table(
        "pass_devices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("library_hash", sa.String(), nullable=False),
        sa.Column("push_token", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_pass_devices"),
        sa.UniqueConstraint("library_hash", name="uq_pass_devices_library_hash"),
    )
    op.create_table(
        "pass_registrations",
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("pass_id", sa.Uuid(), nullable=False),
        sa.Column("registered_at", instant(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["pass_devices.id"], name="fk_pass_registrations_device_id"),
        sa.ForeignKeyConstraint(["pass_id"], ["phone_passes.id"], name="fk_pass_registrations_pass_id"),
        sa.PrimaryKeyConstraint("device_id", "pass_id", name="pk_pass_registrations"),
    )
    op.create_index("ix_pass_registrations_pass_id", "pass_registrations", ["pass_id"], unique=False)
    op.create_table(
        "pass_tellings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=True),
        sa.Column("pass_id", sa.Uuid(), nullable=True),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("not_before", instant(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_by", sa.String(), nullable=True),
        sa.Column("claimed_until", instant(), nullable=True),
        sa.Column("fault", sa.String(), nullable=True),
        sa.CheckConstraint("(device_id IS NULL) <> (pass_id IS NULL)", name="ck_pass_tellings_whom"),
        sa.CheckConstraint("(claimed_by IS NULL) = (claimed_until IS NULL)", name="ck_pass_tellings_claimed"),
        sa.ForeignKeyConstraint(["device_id"], ["pass_devices.id"], name="fk_pass_tellings_device_id"),
        sa.ForeignKeyConstraint(["pass_id"], ["phone_passes.id"], name="fk_pass_tellings_pass_id"),
        sa.PrimaryKeyConstraint("id", name="pk_pass_tellings"),
        sa.UniqueConstraint("device_id", name="uq_pass_tellings_device_id"),
        sa.UniqueConstraint("pass_id", name="uq_pass_tellings_pass_id"),
    )
    op.create_index("ix_pass_tellings_not_before", "pass_tellings", ["not_before", "id"], unique=False)


def downgrade() -> None:
    """The passes on people's phones stay as they are from then on."""
    gently.drop_tables("pass_tellings", "pass_registrations", "pass_devices", "phone_passes", "pass_house")
