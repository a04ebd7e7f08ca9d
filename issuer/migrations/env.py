"""Alembic's entry: runs the migrations over the connection that `issuer.schema_version` hands it."""

from __future__ import annotations

from alembic import context

from issuer.tables import Table

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Table.metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
    compare_type=True,
    transaction_per_migration=connection.dialect.name == "postgresql",  # docs/adr/0052
)
with context.begin_transaction():
    context.run_migrations()
