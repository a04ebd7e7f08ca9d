"""Indexes by which pages find what they show, however many people, credentials and messages there are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the indexes; searching for part of a name takes an extension of PostgreSQL, where there is one to be had."""
    op.create_index("ix_people_name", "people", ["name", "id"], unique=False)
    op.create_index("ix_messages_newest", "messages", ["issuer_id", "created_at", "id"], unique=False)
    op.create_index("ix_messages_state_newest", "messages", ["issuer_id", "state", "created_at", "id"], unique=False)
    op.create_index("ix_awards_newest", "awards", ["issuer_id", "awarded_on", "id"], unique=False)
    op.create_index("ix_credentials_ends", "credentials", ["issuer_id", "valid_until", "id"], unique=False)
    op.create_index("ix_credentials_begins", "credentials", ["issuer_id", "valid_from"], unique=False)
    op.create_index(
        "ix_credentials_unsigned",
        "credentials",
        ["issuer_id"],
        unique=False,
        sqlite_where=sa.text("state IN ('preparing', 'void')"),
        postgresql_where=sa.text("state IN ('preparing', 'void')"),
    )
    for word in ("revoked", "suspended"):
        op.create_index(
            f"ix_credentials_newest_{word}",
            "credentials",
            ["issuer_id", "created_at", "id"],
            unique=False,
            sqlite_where=sa.text(f"{word}_at IS NOT NULL"),
            postgresql_where=sa.text(f"{word}_at IS NOT NULL"),
        )
    if op.get_bind().dialect.name == "postgresql":
        _index_parts_of_names()


def _index_parts_of_names() -> None:
    """What `issuer.text_search.holds` compares, by its trigrams. Without them a search looks at every name."""
    for place in ("people.name", "person_addresses.address"):
        table, column = place.split(".")
        folded = f'upper(lower(CAST({column} AS TEXT) COLLATE "und-x-icu"))'
        op.execute(
            "DO $$ BEGIN "
            "CREATE EXTENSION IF NOT EXISTS pg_trgm; "
            f"CREATE INDEX tx_{table}_{column} ON {table} USING gin (({folded}) gin_trgm_ops); "
            "EXCEPTION WHEN insufficient_privilege OR feature_not_supported OR undefined_file "
            "OR undefined_object OR invalid_schema_name THEN "
            "RAISE NOTICE 'pg_trgm is not to be had here: a search for part of a name looks at every name'; "
            "END $$"
        )
