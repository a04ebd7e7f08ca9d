"""Plain SQL over the drivers themselves; both databases give the same Python values."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import urlsplit

import psycopg

Row = tuple[Any, ...]


class Reader:
    """One moment of a database."""

    def __init__(self, connection: Any, postgres: bool) -> None:
        self._connection = connection
        self.postgres = postgres

    def rows(self, statement: str) -> Iterator[Row]:
        """The rows that a SELECT gives."""
        yield from self._connection.execute(statement).fetchall()

    def unique(self) -> dict[str, set[tuple[str, ...]]]:
        """By table, the columns of each valid unique index."""
        found: dict[str, set[tuple[str, ...]]] = {}
        if self.postgres:
            statement = (
                "SELECT i.indrelid::regclass::text, array(SELECT a.attname::text FROM unnest(i.indkey::int2[]) "
                "WITH ORDINALITY AS k(number, place) JOIN pg_attribute a ON a.attrelid = i.indrelid "
                "AND a.attnum = k.number ORDER BY k.place) FROM pg_index i "
                "WHERE i.indisunique AND i.indisvalid AND i.indisready"
            )
            for table, columns in self.rows(statement):
                found.setdefault(table, set()).add(tuple(columns))
            return found
        for (table,) in self.rows("SELECT name FROM sqlite_master WHERE type = 'table'"):
            for index in self.rows(f'PRAGMA index_list("{table}")'):
                if index[2]:
                    columns = tuple(str(one[2]) for one in self.rows(f'PRAGMA index_info("{index[1]}")'))
                    found.setdefault(table, set()).add(columns)
        return found


@contextmanager
def reading(url: str) -> Iterator[Reader]:
    """A reader of `sqlite:///file` or `postgresql://…`, which sees one moment and changes nothing."""
    if url.startswith("sqlite:///"):
        path = url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as connection:
            connection.isolation_level = None
            connection.execute("BEGIN")
            yield Reader(connection, False)
        return
    parts = urlsplit(url)
    plain = parts._replace(scheme="postgresql").geturl()
    with psycopg.connect(plain) as made:
        made.read_only = True
        made.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        yield Reader(made, True)


def hexed(identifier: object) -> str:
    """An id as 32 hexadecimal digits, however the database keeps it."""
    return str(identifier).replace("-", "")


def dashed(identifier: object) -> str:
    """An id as addresses have it."""
    text = hexed(identifier)
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def plain_json(value: object) -> Any:
    """A JSON column's value."""
    return json.loads(value) if isinstance(value, str) else value
