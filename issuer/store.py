"""The database: where it is and how a transaction begins. Nothing outside this room holds a session.

SQLite (the default) runs with a write-ahead log, waits for a busy writer, checks foreign keys, and takes the
write lock at the beginning of a writing transaction (`BEGIN IMMEDIATE`): a transaction that reads first and
writes later can then never fail half-way because another wrote in between.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

import orjson
from sqlalchemy import Connection, Engine, Table, create_engine, event, inspect
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

from issuer.errors import DatabaseUnreachable
from issuer.out_of_reach import why_out_of_reach
from issuer.text_search import SQLITE_FUNCTION, folded

BUSY_TIMEOUT_MS = 30_000
CONNECT_TIMEOUT_S = 5
"""For a server that does not answer at all, unless its URL says otherwise (`?connect_timeout=`)."""
PAGE_BYTES = 16 * 1024
"""Of a new database; an older one keeps its own. A signed credential takes a fifth of a page, not a whole one, and a
chunk of a batch touches a quarter of the pages of each index."""
CACHE_KIB = 64 * 1024
"""Of each connection, at most. A chunk of a batch touches some thousand pages of indexes, several times each: SQLite's
own 2 MiB would read and write most of them more than once."""
CHECKPOINT_PAGES = 1_024
"""The write-ahead log goes back into the database after 16 MiB, not after every commit of a batch."""
_BEGIN = "guildmark_begin"
WRITING = {_BEGIN: "BEGIN IMMEDIATE"}
"""Execution options of a transaction that will write; they mean nothing to PostgreSQL."""


class Database:
    """A database by its URL: `sqlite:///file.db`, `postgresql://user@host/name` (psycopg 3 is the driver).

    Opening makes no connection and no tables: see `issuer.schema_version`. Raises DatabaseUnreachable for a
    URL of any other kind. Safe to share between threads; `close()` gives the connections back.
    """

    def __init__(self, url: str) -> None:
        self._url = _accepted(url)
        self._engine = _engine(self._url)
        self._reading = sessionmaker(self._options_for_reading(), expire_on_commit=False)
        self._writing = sessionmaker(self._engine.execution_options(**WRITING), expire_on_commit=False)

    def _options_for_reading(self) -> Engine:
        if self._url.get_backend_name() == "sqlite":
            return self._engine
        return self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @property
    def url_shown(self) -> str:
        """The URL without its password, for messages."""
        return self._url.render_as_string(hide_password=True)

    @property
    def engine(self) -> Engine:
        """For migrations only."""
        return self._engine

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees one moment of the database and changes nothing: closing it rolls back."""
        with reachable(self), self._reading() as session:  # giving the connection back may find it lost, too
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session whose work is kept as a whole when the block ends, and dropped as a whole if it raises."""
        with reachable(self), self._writing() as session, session.begin():
            yield session

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()


def insert_missing(
    session: Session, table: type[DeclarativeBase], rows: Sequence[Mapping[str, Any]], key: Sequence[str]
) -> None:
    """Insert the rows whose `key` columns are not there yet; those that are stay as they are.

    A row that another transaction is inserting is waited for: when this returns, every key is there.
    """
    if not rows:
        return
    if session.get_bind().dialect.name == "sqlite":
        from sqlalchemy.dialects.sqlite import insert
    else:  # imported for those who use it: it takes as long as all our tables
        from sqlalchemy.dialects.postgresql import insert  # type: ignore[assignment]
    statement = insert(cast(Table, inspect(table).local_table)).on_conflict_do_nothing(index_elements=list(key))
    session.execute(statement, [dict(row) for row in rows])  # one statement, many rows: not one long text to compile


def _accepted(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise DatabaseUnreachable(
            f"{url!r} is no database URL; write sqlite:///guildmark.db or postgresql://user@host/name"
        ) from error
    if parsed.drivername in {"postgres", "postgresql"}:
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in {"sqlite", "sqlite+pysqlite", "postgresql+psycopg"}:
        raise DatabaseUnreachable(
            f"a database of kind {parsed.drivername!r} is not supported; use sqlite:///… or postgresql://…"
        )
    return parsed


def _engine(url: URL) -> Engine:
    try:
        if url.get_backend_name() != "sqlite":
            patience = {} if "connect_timeout" in url.query else {"connect_timeout": CONNECT_TIMEOUT_S}
            return create_engine(
                url, pool_pre_ping=True, json_deserializer=orjson.loads, hide_parameters=True, connect_args=patience
            )
        engine = create_engine(
            url,
            json_deserializer=orjson.loads,
            hide_parameters=True,
            connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False},
        )
    except (NoSuchModuleError, ImportError) as error:
        raise DatabaseUnreachable(f"the driver for {url.drivername} is not installed: {error}") from error
    event.listen(engine, "connect", _sqlite_connected)
    event.listen(engine, "begin", _sqlite_begins)
    return engine


def _sqlite_connected(connection: Any, _record: object) -> None:
    connection.create_function(SQLITE_FUNCTION, 1, folded, deterministic=True)
    connection.isolation_level = None  # the driver begins nothing by itself; `_sqlite_begins` does
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA page_size={PAGE_BYTES}")  # before anything else is written
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")  # a commit that was reported survives a power cut
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
    cursor.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.close()


def _sqlite_begins(connection: Connection) -> None:
    connection.exec_driver_sql(str(connection.get_execution_options().get(_BEGIN, "BEGIN")))


@contextmanager
def reachable(database: Database) -> Iterator[None]:
    """Turn what lies with the database's place or state into DatabaseUnreachable, a sentence; leave the rest.

    That is: it cannot be opened, the connection is lost, it cannot be written, another one holds what is needed. A
    table that is missing is none of it: `issuer.schema_version.check` says that before anything is read.
    """
    try:
        yield
    except DBAPIError as error:
        why = why_out_of_reach(error)
        if why is None:
            raise
        raise DatabaseUnreachable(f"the database {database.url_shown} {why}: {error.orig}") from error
