"""Keys beside an issuer's main one, for proofs of other cryptosuites."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_ACTIVE = sa.text("state = 'active'")
_MAIN = sa.text("state = 'active' AND NOT further")
_FURTHER = sa.text("state = 'active' AND further")


def upgrade() -> None:
    """Every key that is there is the main one of its use, or was it."""
    op.add_column("signing_keys", sa.Column("further", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.drop_index("uq_signing_keys_active", "signing_keys")
    _unique("uq_signing_keys_active", "use", _MAIN)
    _unique("uq_signing_keys_further", "type", _FURTHER)


def downgrade() -> None:
    """Further keys are retired: they go on verifying what they signed."""
    op.execute("UPDATE signing_keys SET state = 'retired', retired_at = created_at WHERE further AND state = 'active'")
    op.drop_index("uq_signing_keys_further", "signing_keys")
    op.drop_index("uq_signing_keys_active", "signing_keys")
    _unique("uq_signing_keys_active", "use", _ACTIVE)
    op.drop_column("signing_keys", "further")


def _unique(name: str, column: str, where: sa.TextClause) -> None:
    op.create_index(
        name, "signing_keys", ["issuer_id", column], unique=True, sqlite_where=where, postgresql_where=where
    )
