"""Rows into a database, as fast as it takes them: COPY on PostgreSQL, one prepared statement on SQLite.

Values are given in a form that both read: ids as 32 hexadecimal digits, instants as ISO text in UTC with microseconds,
days as ISO text, JSON as text, truth as a bool, bytes as bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, text

from issuer.store import Database

_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_LINES = 2_000
Row = Sequence[Any]


class Copier:
    """One transaction in which tables are filled; foreign keys are not looked at, and indexes are made at the end."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._postgres = connection.dialect.name == "postgresql"

    def fill(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        """All these rows."""
        if self._postgres:
            self._copy(table, columns, rows)
        else:
            places = ", ".join("?" * len(columns))
            statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608  (our own names)
            for some in _parts(rows):
                self._connection.exec_driver_sql(statement, [tuple(row) for row in some])

    def value(self, query: str, **parameters: Any) -> Any:
        """The one value of a query."""
        return self._connection.execute(text(query), parameters).scalar_one()

    def rows(self, query: str) -> Sequence[Any]:
        """What a query finds."""
        return self._connection.execute(text(query)).all()

    def do(self, statement: str, **parameters: Any) -> None:
        """A statement of its own."""
        self._connection.execute(text(statement), parameters)

    def number_on(self, table: str) -> None:
        """Rows that are made later get numbers after those that were filled in."""
        if self._postgres:
            highest = f"(SELECT max(id) FROM {table})"  # noqa: S608
            self.do(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {highest})")

    def _copy(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        cursor: Any = self._connection.connection.cursor()
        with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
            for some in _parts(rows):
                copy.write("".join("\t".join(map(_written, row)) + "\n" for row in some))


@contextmanager
def copier(db: Database) -> Iterator[Copier]:
    """Fill tables; on PostgreSQL without their secondary indexes, which are made anew from what is there then."""
    with db.engine.begin() as connection:
        if connection.dialect.name != "postgresql":
            connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
            yield Copier(connection)
            return
        connection.exec_driver_sql("SET session_replication_role = replica")
        connection.exec_driver_sql("SET maintenance_work_mem = '512MB'")
        found = connection.exec_driver_sql(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
            "JOIN pg_class ON pg_class.oid = indrelid WHERE relnamespace = 'public'::regnamespace "
            "AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)"
        ).all()
        for name, _ in found:
            connection.exec_driver_sql(f"DROP INDEX {name}")
        yield Copier(connection)
        for _, definition in found:
            connection.exec_driver_sql(definition)
        connection.exec_driver_sql("SET session_replication_role = origin")


def _parts(rows: Iterable[Row]) -> Iterator[list[Row]]:
    some: list[Row] = []
    for row in rows:
        some.append(row)
        if len(some) == _LINES:
            yield some
            some = []
    if some:
        yield some


def _written(value: Any) -> str:
    if type(value) is str:
        return value.translate(_ESCAPED) if "\\" in value or "\n" in value or "\t" in value or "\r" in value else value
    if value is None:
        return "\\N"
    if value is True or value is False:
        return "t" if value else "f"
    return "\\\\x" + value.hex() if isinstance(value, bytes) else str(value)
