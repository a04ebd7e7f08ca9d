"""One moment of the database, to be copied while others go on writing.

SQLite is copied by its own online backup: all pages in one step, as they were at its beginning; writers go on in the
write-ahead log. PostgreSQL gives its moment a name (`pg_export_snapshot`), under which `pg_dump` reads the very rows
of which the audit trail's end is told here.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import inspect, text

from issuer.audit import Head
from issuer.errors import AlreadyExists, DatabaseUnreachable
from issuer.store import Database, reachable

_QUESTIONS = (
    "SELECT sequence, hash FROM audit_head",
    "SELECT version_num FROM alembic_version",
    "SELECT count(*) FROM credentials WHERE state = 'issued'",
)

__all__ = ["Moment", "copy_sqlite", "exported", "kind_of", "require_empty"]


@dataclass(frozen=True, slots=True)
class Moment:
    """What a copy holds: the version of its tables, the end of its audit trail, and how many issued credentials.

    `snapshot` is the name under which PostgreSQL shows it to others, "" for SQLite.
    """

    schema: str
    head: Head
    credentials: int
    snapshot: str = ""


def kind_of(db: Database) -> str:
    """`sqlite` or `postgresql`."""
    return db.engine.dialect.name


def copy_sqlite(db: Database, target: Path) -> Moment:
    """Copy the database to a new file, which only its owner can open, and tell what it holds.

    The copy is examined page by page and is on the disk when this returns. Raises DatabaseUnreachable.
    """
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    pooled = db.engine.raw_connection()
    try:
        with reachable(db), closing(sqlite3.connect(target)) as copy:
            pooled.driver_connection.backup(copy)  # type: ignore[union-attr]
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, with nothing beside it
            (verdict,) = copy.execute("PRAGMA quick_check").fetchone()
            facts = [copy.execute(question).fetchone() for question in _QUESTIONS]
    except sqlite3.Error as error:
        raise DatabaseUnreachable(f"the database {db.url_shown} cannot be copied: {error}") from error
    finally:
        pooled.close()
    if verdict != "ok":
        raise DatabaseUnreachable(f"the database {db.url_shown} is damaged, and so would be a copy of it: {verdict}")
    with target.open("rb") as file:
        os.fsync(file.fileno())
    return _moment(facts)


@contextmanager
def exported(db: Database) -> Iterator[Moment]:
    """A moment of a PostgreSQL database that `pg_dump --snapshot` can see until the block ends."""
    with db.read() as session:
        name = session.scalar(text("SELECT pg_export_snapshot()"))
        yield _moment([session.execute(text(question)).one() for question in _QUESTIONS], str(name))


def require_empty(db: Database) -> None:
    """Return if there is not one table in the database. Raises AlreadyExists, DatabaseUnreachable."""
    with reachable(db), db.engine.connect() as connection:
        found = inspect(connection).get_table_names()
    if found:
        raise AlreadyExists(
            f"The database {db.url_shown} is not empty (it has {len(found)} tables, such as {found[0]}): "
            "a backup is restored into an empty one only. Make a new one, or name another."
        )


def _moment(facts: Sequence[Sequence[Any]], snapshot: str = "") -> Moment:
    (sequence, link), (version,), (issued,) = facts
    return Moment(str(version), Head(sequence, link), issued, snapshot)
