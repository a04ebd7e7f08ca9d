"""Which version of the tables a database holds, and how it gets to the newest one.

The migrations are part of the package and run from an installed wheel; there is no alembic.ini. Alembic itself is
imported only to run them: it takes as long to import as a short command takes to run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import OperationalError

from issuer.errors import DatabaseOutdated, DatabaseTooNew, DatabaseUnreachable
from issuer.store import WRITING, Database, reachable

_MIGRATIONS = Path(__file__).parent / "migrations"
_TABLE = "alembic_version"
_LOCK = 7_355_608  # any number: PostgreSQL's name for "someone is upgrading"
LOCK_TIMEOUT_MS = 100
"""So long a change of a table waits for others on PostgreSQL: whoever comes after it waits behind it, and behind what
the transaction changed before, in a handful of tables at most."""
LONGEST_PAUSE_S = 5.0
TRIES = 100
"""How often such a change is tried before an upgrade gives up: eight minutes and more, for a backup in between."""
OLDEST = "0008"
"""The oldest version to which `downgrade` goes: what came with those before cannot be taken away."""
Pause = Callable[[float], None]
_HELD = ("55P03", "40P01")  # lock not available, deadlock


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


def upgrade(db: Database, *, to: str = "head", pause: Pause = time.sleep) -> str:
    """Bring the database to the newest version and return that version. Does nothing if it is there.

    Two upgrades at once are safe: the second waits and finds the work done. On PostgreSQL nobody who reads or writes
    meanwhile waits for longer than a second (docs/adr/0052): each version is a transaction of its
    own, so one that is cut off stands between two versions, and the next goes on from there. On SQLite it is all or
    nothing. Raises DatabaseTooNew, DatabaseUnreachable.

    to: an older version than the newest, for tests.
    """
    _move(db, "upgrade", to, pause)
    return newest() if to == "head" else to


def downgrade(db: Database, *, to: str, pause: Pause = time.sleep) -> None:
    """Bring the database back to that version, at the oldest `OLDEST`: what newer versions alone know is forgotten.

    As gently as `upgrade`. Raises DatabaseTooNew, DatabaseUnreachable; ValueError for a version that it does not go to.
    """
    if to not in known() or to < OLDEST:
        raise ValueError(f"there is no way back to version {to!r}; the oldest is {OLDEST}")
    _move(db, "downgrade", to, pause)


def _move(db: Database, way: str, to: str, pause: Pause) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with _connected(db) as connection:
        config.attributes["connection"] = connection
        if connection.dialect.name != "postgresql":
            _refuse_newer(db, _current(connection))
            getattr(command, way)(config, to)
            connection.commit()
            return
        with _alone(connection, pause):
            _refuse_newer(db, _current(connection))
            connection.rollback()
            config.attributes["done"] = set()
            config.attributes["until_locked"] = partial(_until_locked, db, pause)
            _until_locked(db, pause, lambda: getattr(command, way)(config, to), undo=connection.rollback)


@contextmanager
def _alone(connection: Connection, pause: Pause) -> Iterator[None]:
    """The one that changes tables of this database. The lock and the timeout are the connection's, which ends with it.

    Asked for again and again instead of waited for: an index that is made beside others at work waits for every
    statement that runs, so for one that waits for us.
    """
    while not connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": _LOCK}):
        connection.rollback()
        pause(0.2)
    connection.execute(text(f"SET lock_timeout = {LOCK_TIMEOUT_MS}"))
    connection.commit()
    try:
        yield
    finally:
        connection.invalidate()


def _until_locked(
    db: Database, pause: Pause, change: Callable[[], object], undo: Callable[[], object] = lambda: None
) -> None:
    """Make a change; again, while others hold what it needs."""
    for tried in range(1, TRIES + 1):
        try:
            change()
        except OperationalError as error:
            undo()
            if getattr(error.orig, "sqlstate", None) not in _HELD:
                raise
        else:
            return
        pause(min(tried * 0.2, LONGEST_PAUSE_S))
    raise DatabaseUnreachable(
        f"The database {db.url_shown} was not brought to its version: others hold its tables without a break (a "
        "backup, a report, a session that somebody left open). What was done stays. Run this again when they have "
        "ended; pg_stat_activity shows who they are."
    )


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
