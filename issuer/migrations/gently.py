"""Changes of tables with a million rows that others go on reading and writing meanwhile (docs/adr/0052).

On PostgreSQL each is a transaction of its own that nobody waits for longer than a moment, outside the one of its
migration: that one's work so far is kept with it. So each can be repeated, and is when an upgrade was cut off: what a
migration does with these comes first, what cannot be repeated last, with the version's number. On SQLite, which only
one writes at a time, they are the plain statements.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from alembic import op


def on_postgresql() -> bool:
    """Whether it is PostgreSQL that is changed."""
    return op.get_context().dialect.name == "postgresql"


@contextmanager
def apart(*, patient: bool = False) -> Iterator[None]:
    """Each statement in here is a transaction of its own, on PostgreSQL.

    patient: for those that keep nobody out; only such may wait for others as long as it takes.
    """
    if not on_postgresql():
        yield
        return
    with op.get_context().autocommit_block():
        before = op.get_bind().exec_driver_sql("SHOW lock_timeout").scalar_one()
        if patient:
            op.execute("SET lock_timeout = 0")
        try:
            yield
        finally:
            op.execute(f"SET lock_timeout = '{before}'")


def once(name: str, change: Callable[[], object]) -> None:
    """A change of a table, apart, and again while others hold it; not again when its migration is tried again."""
    known = _attributes()
    if name in known.get("done", ()):
        return
    with apart():
        if "until_locked" in known:
            known["until_locked"](change)
        else:
            change()
    known.get("done", set()).add(name)


def add_columns(table: str, *columns: str) -> None:
    """Columns, as `name type` with at most a constant default: none of them has the table written anew."""
    for column in columns:
        statement = f"ALTER TABLE {table} ADD COLUMN {'IF NOT EXISTS ' if on_postgresql() else ''}{column}"
        once(statement, lambda statement=statement: op.execute(statement))  # type: ignore[misc]


def constrain(table: str, name: str, rule: str) -> None:
    """A check or a foreign key on PostgreSQL, in place of one of that name: new rows keep it at once.

    Those that are there are looked at afterwards, while others work.
    """
    statement = f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}, ADD CONSTRAINT {name} {rule} NOT VALID"
    once(statement, lambda: op.execute(statement))
    with apart(patient=True):
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")  # nothing is done twice: a valid one is not read


def index(
    name: str,
    table: str,
    columns: Sequence[str],
    *,
    unique: bool = False,
    where: str | None = None,
) -> None:
    """An index; on PostgreSQL it is made while others work (CONCURRENTLY), and again if that was cut off.

    In a table without rows it takes no time, and is made as it always was.
    """
    condition = sa.text(where) if where is not None else None
    options: dict[str, Any] = {"unique": unique, "sqlite_where": condition, "postgresql_where": condition}
    if not on_postgresql():
        op.create_index(name, table, [*columns], **options)
        return
    drop_unfinished(name)
    if op.get_bind().exec_driver_sql(f"SELECT NOT EXISTS (SELECT 1 FROM {table})").scalar_one():
        op.create_index(name, table, [*columns], if_not_exists=True, **options)
        return
    with apart(patient=True):
        op.create_index(name, table, [*columns], if_not_exists=True, postgresql_concurrently=True, **options)


def create_table(name: str, *parts: sa.Column[Any] | sa.Constraint) -> None:
    """A table, apart, and again while others hold one that it points to; its indexes are made after all of them."""
    once(f"CREATE TABLE {name}", lambda: op.create_table(name, *parts, if_not_exists=True))


def drop_tables(*tables: str) -> None:
    """Tables and what they point to others with, in this order; repeatable.

    To drop a foreign key locks both tables that it joins, and to drop a table those of all its foreign keys at once:
    so on PostgreSQL they go before it, each by itself.
    """
    for table in tables:
        if on_postgresql():
            for key in _foreign_keys(table):
                statement = f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {key}"
                once(statement, lambda statement=statement: op.execute(statement))  # type: ignore[misc]
        once(f"DROP TABLE {table}", lambda table=table: op.drop_table(table, if_exists=True))  # type: ignore[misc]


def _foreign_keys(table: str) -> list[str]:
    named = "SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid = to_regclass(%s) ORDER BY conname"
    return list(op.get_bind().exec_driver_sql(named, (table,)).scalars())


def _attributes() -> dict[str, Any]:
    config = op.get_context().config
    return config.attributes if config is not None else {}


def drop_unfinished(name: str) -> None:
    """What is left of an index whose making was cut off: it is kept up to date, and nobody is served by it."""
    unfinished = "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(%s) AND NOT indisvalid"
    if op.get_bind().exec_driver_sql(unfinished, (name,)).first():
        with apart(patient=True):
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
