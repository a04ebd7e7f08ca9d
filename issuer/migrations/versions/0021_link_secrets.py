"""The secret that words in addresses are sealed with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from issuer.migrations import gently

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; the secret is made when somebody searches first."""
    op.create_table(
        "link_secrets",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("id = 1", name="ck_link_secrets_one"),
        sa.PrimaryKeyConstraint("id", name="pk_link_secrets"),
    )


def downgrade() -> None:
    """Links that hold a search do not open any more."""
    gently.drop_tables("link_secrets")
