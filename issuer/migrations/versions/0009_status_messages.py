"""What a status may tell besides yes and no: messages of several bits, and that there is a newer version.

SQLite cannot change a check, and the tables are those that have a row for every credential. Their rows stay as they
are: what changes is the text of the table in the schema, as SQLite's own page on ALTER TABLE has it for checks
(“Making Other Kinds Of Table Schema Changes”, the procedure for changes that do not affect the content on disk).
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from issuer.migrations import gently

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_TWO = "purpose IN ('revocation', 'suspension')"
_FOUR = "purpose IN ('revocation', 'suspension', 'refresh', 'message')"
_CHECKS = (
    ("status_lists", "purpose", _TWO, _FOUR),
    ("status_entries", "purpose", _TWO, _FOUR),
    (
        "status_events",
        "change",
        "change IN ('revoked', 'suspended', 'reinstated')",
        "change IN ('revoked', 'suspended', 'reinstated', 'told')",
    ),
    (
        "status_events",
        "bit",
        "bit = (change <> 'reinstated')",
        "change = 'told' OR bit = (change <> 'reinstated')",
    ),
)
_SIZES = "value_size = 1 OR (purpose = 'message' AND value_size BETWEEN 1 AND 4)"
_VALUES = "value = 0 OR (value > 0 AND purpose IN ('refresh', 'message'))"
_TOLD = "(change = 'told') = (value IS NOT NULL)"
_BITS = "value IS NULL OR bit = (value <> 0)"
_ADDED = (
    ("status_lists", "value_size", "INTEGER DEFAULT '1' NOT NULL", {"value_size": _SIZES}),
    ("status_entries", "value", "INTEGER DEFAULT '0' NOT NULL", {"value": _VALUES}),
    ("status_events", "value", "INTEGER", {"value": _TOLD, "value_of_bit": _BITS}),
)


def upgrade() -> None:
    """Existing entries go on saying what they say."""
    _change_checks(_CHECKS)
    for table, column, kind, checks in _ADDED:
        said = {f"ck_{table}_{name}": f"CHECK ({check})" for name, check in checks.items()}
        if gently.on_postgresql():
            gently.add_columns(table, f"{column} {kind}")
            for name, rule in said.items():
                gently.constrain(table, name, rule)
        else:
            gently.add_columns(table, " ".join([column, kind, *(f"CONSTRAINT {name} {said[name]}" for name in said)]))
    gently.index("ix_status_entries_told", "status_entries", ["list_id", "position"], where="value <> 0")
    _open_lists("issuer_id", "purpose", "value_size")


def downgrade() -> None:
    """What only tells something is forgotten: those whose credentials name such a list cannot be told any more."""
    with gently.apart():
        op.execute("DELETE FROM status_events WHERE change = 'told'")
        op.execute("DELETE FROM status_entries WHERE purpose IN ('refresh', 'message')")
        op.execute("DELETE FROM status_lists WHERE purpose IN ('refresh', 'message')")
    back = [(table, name, after, before) for table, name, before, after in _CHECKS]
    if gently.on_postgresql():
        _change_checks(back)
    op.drop_index("ix_status_entries_told", "status_entries")
    _open_lists("issuer_id", "purpose")
    for table, column, _, _ in _ADDED:
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    if not gently.on_postgresql():
        _change_checks(back)


def _open_lists(*columns: str) -> None:
    op.drop_index("uq_status_lists_open", "status_lists")
    op.create_index(
        "uq_status_lists_open",
        "status_lists",
        [*columns],
        unique=True,
        sqlite_where=sa.text("is_open"),
        postgresql_where=sa.text("is_open"),
    )


def _change_checks(changes: list[tuple[str, str, str, str]] | tuple[tuple[str, str, str, str], ...]) -> None:
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        for table, name, _, after in changes:
            # So PostgreSQL knows them: version 0001 named them in full, and the convention for names began anew.
            gently.constrain(table, f"ck_{table}_ck_{table}_{name}", f"CHECK ({after})")
        return
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    try:
        for table, name, before, after in changes:
            written, wanted = (f"ck_{table}_{name} CHECK ({check})" for check in (before, after))
            changed = connection.exec_driver_sql(
                "UPDATE sqlite_master SET sql = replace(sql, ?, ?) "
                "WHERE type = 'table' AND name = ? AND instr(sql, ?) > 0",
                (written, wanted, table, written),
            )
            if changed.rowcount != 1:
                raise RuntimeError(f"the table {table} has no check {name} as this program made it")
        connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    finally:
        connection.exec_driver_sql("PRAGMA writable_schema = OFF")
