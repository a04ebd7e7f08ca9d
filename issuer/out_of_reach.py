"""Which errors of a driver lie with the database's place or state, and not with what was asked of it.

Told apart by the codes that SQLite and PostgreSQL document, never by the words of a message.
"""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError

_CLOSED = "cannot be opened"
_READ_ONLY = "cannot be written; give this account the right to write there"
_BUSY = "is busy: another process holds what this one needs; try again"
_FULL = "has no room left"

_SQLITE = {
    sqlite3.SQLITE_CANTOPEN: _CLOSED,
    sqlite3.SQLITE_NOTADB: _CLOSED,
    sqlite3.SQLITE_PERM: _CLOSED,
    sqlite3.SQLITE_IOERR: _CLOSED,
    sqlite3.SQLITE_CORRUPT: _CLOSED,
    sqlite3.SQLITE_PROTOCOL: _BUSY,
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_FULL: _FULL,
}
_POSTGRESQL = {
    "08": _CLOSED,  # connection exception
    "28": _CLOSED,  # invalid authorization
    "3D": _CLOSED,  # no such database
    "57P": _CLOSED,  # shut down, starting up, dropped
    "42501": "does not allow that to this account; grant it the tables",
    "25006": _READ_ONLY,
    "40001": _BUSY,  # serialization failure
    "40P01": _BUSY,  # deadlock
    "55P03": _BUSY,  # lock not available
    "53300": "takes no more connections; try again",
    "53": _FULL,  # disk, memory
}
"""By SQLSTATE or the beginning of one; the longest that fits counts."""


def why_out_of_reach(error: DBAPIError) -> str | None:
    """What the database cannot do now, as the end of a sentence; None if the error is another one."""
    import psycopg  # not needed until something fails, and slow to import

    cause = error.orig
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", None)
        return _SQLITE.get(code & 0xFF) if code is not None else None  # the low byte: extended codes refine it
    if isinstance(cause, psycopg.Error) and cause.sqlstate is not None:
        fitting = [state for state in _POSTGRESQL if cause.sqlstate.startswith(state)]
        return _POSTGRESQL[max(fitting, key=len)] if fitting else None
    # Without a SQLSTATE the server said nothing: there was, or is no more, a connection.
    return _CLOSED if error.connection_invalidated or isinstance(cause, psycopg.OperationalError) else None
