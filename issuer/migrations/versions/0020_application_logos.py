"""The logos of applications that registered themselves."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from issuer.migrations import gently

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def instant() -> sa.types.TypeEngine[Any]:
    """An instant as this version keeps it: ISO text on SQLite, timestamp with time zone on PostgreSQL."""
    return sa.String(32).with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """Add the table; logos are fetched when somebody is asked next."""
    op.create_table(
        "application_logos",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("tried_at", instant(), nullable=False),
        sa.Column("picture", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["oauth_clients.id"], name="fk_application_logos_client_id"),
        sa.PrimaryKeyConstraint("client_id", name="pk_application_logos"),
    )


def downgrade() -> None:
    """The logos are gone; they can be fetched again."""
    gently.drop_tables("application_logos")
