"""Indexes by which pages find what they show, however many people, credentials and messages there are."""

from __future__ import annotations

from alembic import op
from sqlalchemy.exc import DBAPIError

from issuer.migrations import gently

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_NOT_TO_BE_HAD = {
    "42501": "insufficient privilege",
    "0A000": "feature not supported",
    "58P01": "undefined file",
    "42704": "undefined object",
    "3F000": "invalid schema name",
}
"""What a server says that has no pg_trgm or does not give it: a search for part of a name looks at every name then."""


def upgrade() -> None:
    """Add the indexes; searching for part of a name takes an extension of PostgreSQL, where there is one to be had."""
    gently.index("ix_people_name", "people", ["name", "id"])
    gently.index("ix_messages_newest", "messages", ["issuer_id", "created_at", "id"])
    gently.index("ix_messages_state_newest", "messages", ["issuer_id", "state", "created_at", "id"])
    gently.index("ix_awards_newest", "awards", ["issuer_id", "awarded_on", "id"])
    gently.index("ix_credentials_ends", "credentials", ["issuer_id", "valid_until", "id"])
    gently.index("ix_credentials_begins", "credentials", ["issuer_id", "valid_from"])
    gently.index("ix_credentials_unsigned", "credentials", ["issuer_id"], where="state IN ('preparing', 'void')")
    for word in ("revoked", "suspended"):
        name = f"ix_credentials_newest_{word}"
        gently.index(name, "credentials", ["issuer_id", "created_at", "id"], where=f"{word}_at IS NOT NULL")
    if gently.on_postgresql():
        _index_parts_of_names()


def _index_parts_of_names() -> None:
    """What `issuer.text_search.holds` compares, by its trigrams. Without them a search looks at every name."""
    for place in ("people.name", "person_addresses.address"):
        table, column = place.split(".")
        folded = f'upper(lower(CAST({column} AS TEXT) COLLATE "und-x-icu"))'
        name = f"tx_{table}_{column}"
        gently.drop_unfinished(name)
        with gently.apart(patient=True):
            try:
                op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
                op.execute(
                    f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {table} USING gin (({folded}) gin_trgm_ops)"
                )
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) not in _NOT_TO_BE_HAD:
                    raise
