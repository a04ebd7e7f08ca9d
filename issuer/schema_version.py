"""Which version of the tables a database holds, and how it gets to the newest one.

The migrations are part of the package and run from an installed wheel; there is no alembic.ini. Alembic itself is
imported only to run them: it takes as long to import as a short command takes to run.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from issuer.errors import DatabaseOutdated, DatabaseTooNew
from issuer.store import WRITING, Database, reachable

_MIGRATIONS = Path(__file__).parent / "migrations"
_TABLE = "alembic_version"
_LOCK = 7_355_608  # any number: PostgreSQL's name for "someone is upgrading"


def newest() -> str:
    """The version this code needs."""
    return max(known())


def known() -> frozenset[str]:
    """Every version that this code knows: the numbers that the migrations' files begin with."""
    return frozenset(path.name.partition("_")[0] for path in (_MIGRATIONS / "versions").glob("[0-9]*_*.py"))


def current(db: Database) -> str | None:
    """The version the database holds; None if it is empty. Raises DatabaseUnreachable."""
    with _connected(db) as connection:
        return _current(connection)


def check(db: Database) -> None:
    """Return if the database is of exactly this code's version.

    Raises DatabaseTooNew, DatabaseOutdated or DatabaseUnreachable, each with a sentence that says what to do.
    """
    found = current(db)
    if found == newest():
        return
    _refuse_newer(db, found)
    what = "is empty" if found is None else f"has version {found} of the tables"
    raise DatabaseOutdated(
        f"The database {db.url_shown} {what}, this program needs {newest()}: "
        "run `guildmark upgrade`, which keeps what is in it."
    )


def upgrade(db: Database) -> str:
    """Bring the database to the newest version and return that version. Does nothing if it is there.

    Two upgrades at once are safe: the second waits and finds the work done. Raises DatabaseTooNew, DatabaseUnreachable.
    """
    from alembic import command
    from alembic.config import Config

    with _connected(db) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        _refuse_newer(db, _current(connection))
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
    return newest()


def _refuse_newer(db: Database, found: str | None) -> None:
    if found is not None and found not in known():
        raise DatabaseTooNew(
            f"The database {db.url_shown} has version {found} of the tables, which this program does not know "
            f"(its newest is {newest()}): a newer Guildmark wrote it. Install that version or a later one."
        )


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table(_TABLE):
        return None
    found: str | None = connection.scalar(text(f"SELECT version_num FROM {_TABLE}"))  # noqa: S608  (a constant)
    return found


@contextmanager
def _connected(db: Database) -> Iterator[Connection]:
    with reachable(db), db.engine.execution_options(**WRITING).connect() as connection:
        yield connection
