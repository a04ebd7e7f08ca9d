"""Copies of a database on PostgreSQL that tests take in turn.

To bring a copy back to what it was takes a tenth of the work of making another: a test writes a few dozen rows, and
a new database is three hundred files. A copy whose tables, columns, indexes, triggers or functions were changed is
dropped instead, as is one of which the next test could learn more than from a new one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

import psycopg
from psycopg import sql

from tests.postgres import PostgresServer

_TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname"
_SEQUENCES = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public' ORDER BY sequencename"
_THROW_OUT = """
    SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_FORM = """
    SELECT (SELECT md5(string_agg(concat_ws(' ', oid, relname, relkind, relnatts, relchecks, relhastriggers),
                                  ',' ORDER BY oid))
            FROM pg_class WHERE relnamespace = 'public'::regnamespace),
           (SELECT md5(string_agg(concat_ws(' ', attrelid, attname, atttypid, attnotnull, attisdropped),
                                  ',' ORDER BY attrelid, attnum))
            FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = 'public'::regnamespace),
           (SELECT count(*) FROM pg_trigger), (SELECT count(*) FROM pg_constraint), (SELECT max(oid) FROM pg_proc),
           (SELECT count(*) FROM pg_trigger WHERE tgenabled <> 'O'), (SELECT count(*) FROM pg_namespace),
           (SELECT count(*) FROM pg_db_role_setting)
"""
"""What rows do not change."""

_Connection = psycopg.Connection[tuple[object, ...]]


@dataclass
class Copies:
    """Those of one template. `free` are as the tests that had them left them."""

    server: PostgresServer
    template: str
    free: list[_Copy] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @contextmanager
    def one(self) -> Iterator[str]:
        """The URL of a database that holds what the template holds, for this block alone."""
        taken = self._again() or self._made()
        try:
            yield self.server.url(taken.name)
        finally:
            self.free.append(taken)

    def close(self) -> None:
        """Drop those that nobody has."""
        while self.free:
            self._drop(self.free.pop())

    def _again(self) -> _Copy | None:
        while self.free:
            found = self.free.pop()
            if found.restored():
                return found
            self._drop(found)
        return None

    def _made(self) -> _Copy:
        name = f"{self.template}_{next(self._numbers)}"
        self.server.create(name, self.template)
        return _Copy.of(
            name, psycopg.connect(host=str(self.server.sockets), user=self.server.user, dbname=name, autocommit=True)
        )

    def _drop(self, copy: _Copy) -> None:
        copy.connection.close()
        self.server.drop(copy.name)


@dataclass(frozen=True)
class _Copy:
    """A database, and what stood in it at first: the rows of each table, and how far its sequences were."""

    name: str
    connection: _Connection
    form: tuple[object, ...] | None
    rows: dict[str, bytes]
    sequences: list[tuple[object, ...]]

    @classmethod
    def of(cls, name: str, connection: _Connection) -> _Copy:
        rows = {}
        for (table,) in connection.execute(_TABLES).fetchall():
            with connection.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(str(table)))) as copy:
                rows[str(table)] = b"".join(bytes(block) for block in copy)
        form = connection.execute(_FORM).fetchone()
        # As a replica does it: rows in any order, without triggers, among them those that check references.
        connection.execute("SET session_replication_role = replica")
        return cls(name, connection, form, rows, connection.execute(_SEQUENCES).fetchall())

    def restored(self) -> bool:
        """Throw out who is still connected and bring it back to what it was; False if more than rows was changed."""
        self.connection.execute(_THROW_OUT)
        if self.connection.execute(_FORM).fetchone() != self.form:
            return False
        with self.connection.transaction():
            emptied = [sql.SQL("DELETE FROM {}").format(sql.Identifier(table)) for table in self.rows]
            self.connection.execute(sql.SQL("; ").join(emptied))
            for table, content in self.rows.items():
                if content:
                    into = sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(table))
                    with self.connection.cursor().copy(into) as copy:
                        copy.write(content)
            for sequence, value in self.sequences:
                known = value is not None
                self.connection.execute("SELECT setval(%s::regclass, %s, %s)", (sequence, value if known else 1, known))
        return True
