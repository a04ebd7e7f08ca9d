"""The further keys of proof sets, and since when a key is doubted."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql, sqlite

from issuer.migrations import gently

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_AT_ONCE = 1_000


def instant() -> sa.types.TypeEngine[Any]:
    """An instant as this version keeps it: ISO text on SQLite, timestamp with time zone on PostgreSQL."""
    return sa.String(32).with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """Add what is new; the further keys of proof sets are read from the sets."""
    kind = "TIMESTAMP WITH TIME ZONE" if gently.on_postgresql() else "VARCHAR(32)"
    gently.add_columns("signing_keys", f"compromised_since {kind}")
    gently.once("0017 table", _add_table)
    with gently.apart():
        _read_sets(op.get_bind())


def _add_table() -> None:
    op.create_table(
        "rendering_keys",
        sa.Column("credential_id", sa.Uuid(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("signing_key_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["credential_id", "format"],
            ["renderings.credential_id", "renderings.format"],
            name="fk_rendering_keys_credential_id_format",
        ),
        sa.ForeignKeyConstraint(["signing_key_id"], ["signing_keys.id"], name="fk_rendering_keys_signing_key_id"),
        sa.PrimaryKeyConstraint("credential_id", "format", "signing_key_id", name="pk_rendering_keys"),
        if_not_exists=True,
    )
    op.create_index("ix_rendering_keys_signing_key_id", "rendering_keys", ["signing_key_id"], if_not_exists=True)


def downgrade() -> None:
    """Only the first key of a proof set is known again."""
    gently.drop_tables("rendering_keys")
    with op.batch_alter_table("signing_keys") as table:
        table.drop_column("compromised_since")


def _read_sets(connection: sa.Connection) -> None:
    """Sets are only with issuers that have several keys for embedded proofs; of others nothing is read."""
    keys = {
        (issuer, fragment): identifier
        for identifier, issuer, fragment in connection.execute(
            sa.text("SELECT id, issuer_id, fragment FROM signing_keys WHERE use = 'data-integrity'")
        )
    }
    issuers = connection.execute(sa.text("SELECT DISTINCT issuer_id FROM signing_keys WHERE further"))
    forms = sa.table(
        "renderings",
        sa.column("credential_id", sa.Uuid()),
        sa.column("format", sa.String()),
        sa.column("body", sa.LargeBinary()),
        sa.column("signing_key_id", sa.Integer()),
    )
    credentials = sa.table("credentials", sa.column("id", sa.Uuid()), sa.column("issuer_id", sa.Integer()))
    others = sa.table(
        "rendering_keys",
        sa.column("credential_id", sa.Uuid()),
        sa.column("format", sa.String()),
        sa.column("signing_key_id", sa.Integer()),
    )
    for issuer in [row[0] for row in issuers]:
        query = (
            sa.select(forms.c.credential_id, forms.c.body, forms.c.signing_key_id)
            .join(credentials, credentials.c.id == forms.c.credential_id)
            .where(credentials.c.issuer_id == issuer, forms.c.format == "json")
            .order_by(forms.c.credential_id)
            .limit(_AT_ONCE)
        )
        page = connection.execute(query).all()
        while page:
            found = [
                {"credential_id": one, "format": "json", "signing_key_id": key}
                for one, body, first in page
                for key in sorted({keys.get((issuer, name), first) for name in _fragments(body)} - {first})
            ]
            if found:
                connection.execute(_added(connection, others), found)
            page = connection.execute(query.where(forms.c.credential_id > page[-1][0])).all()


def _added(connection: sa.Connection, table: sa.TableClause) -> sa.Insert:
    """Those that are not there yet: an upgrade that was cut off may have read them."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    return insert(table).on_conflict_do_nothing()


def _fragments(body: bytes) -> list[str]:
    """The keys that the proofs of a document name."""
    proofs = json.loads(body).get("proof", [])
    return [
        str(one.get("verificationMethod")).rpartition("#")[2]
        for one in (proofs if isinstance(proofs, list) else [proofs])
        if isinstance(one, dict)
    ]
