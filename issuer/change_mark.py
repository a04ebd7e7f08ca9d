"""A mark of what the database holds, so cheap to look at that what was read from it can be kept until it changes.

Two looks that give equal marks: nothing was committed in between, by whatever process, so whatever was read between
them would be read again. Both databases know this exactly; nothing has to be told, and nothing can be forgotten.

- SQLite: `PRAGMA data_version` differs as soon as any other connection has committed. It is asked on a connection of
  its own, which never writes.
- PostgreSQL: `pg_current_snapshot()` names the transactions whose work is seen. While the text is the same, so is all
  that a query can find. It counts the transactions of the whole server, so a busy neighbour only costs the keeping.
"""

from __future__ import annotations

import threading
from typing import Any

from issuer.store import Database

_QUESTIONS = {"sqlite": "PRAGMA data_version", "postgresql": "SELECT pg_current_snapshot()::text"}

Mark = object
"""Compared for equality, and for nothing else."""


class ChangeMark:
    """Looks at one database, over a connection that it keeps for this. Threads may share it.

    `is_instant`: a look is some microseconds of reading shared memory (SQLite), and no conversation with a server.
    """

    def __init__(self, database: Database) -> None:
        self._engine = database.engine
        self._lock = threading.Lock()
        self._question = _QUESTIONS[self._engine.dialect.name]
        self._connection: Any = None
        self._cursor: Any = None
        self._opened = 0
        self.is_instant = self._engine.dialect.name == "sqlite"

    def look(self) -> Mark:
        """The mark now. If the database cannot be asked, a mark that equals no other: then nothing may be kept."""
        with self._lock:
            try:
                version = self._ask()
            except Exception:  # noqa: BLE001  (whatever is wrong, the reading itself will meet it, and say it in words)
                self._give_up()
                return object()
            return self._opened, version

    def close(self) -> None:
        """Give the connection back. Another look opens another."""
        with self._lock:
            self._give_up()

    def _ask(self) -> Any:
        if self._cursor is None:
            self._open()
        self._cursor.execute(self._question)
        return self._cursor.fetchone()[0]

    def _open(self) -> None:
        """Counted, because the marks of two connections to SQLite mean nothing to each other."""
        self._opened += 1
        self._connection = self._engine.raw_connection()
        if self._engine.dialect.name == "postgresql":
            self._connection.driver_connection.autocommit = True  # each look a transaction of its own
        self._cursor = self._connection.cursor()

    def _give_up(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()  # closed, and not handed to others: its autocommit is our own
        self._connection = self._cursor = None
