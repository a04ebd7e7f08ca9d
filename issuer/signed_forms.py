"""The signed bytes of a credential, by one short question over a connection that is kept for it (SQLite).

It says what `issuer.published.document` says of credentials, without what that needs for everything else it knows:
some microseconds instead of some hundred, and short enough to be asked where nobody may wait.
"""

from __future__ import annotations

import threading
from typing import Any
from uuid import UUID

from issuer.store import Database

_QUESTION = """
SELECT renderings.body FROM renderings
JOIN credentials ON credentials.id = renderings.credential_id
JOIN issuers ON issuers.id = credentials.issuer_id
WHERE renderings.credential_id = ? AND renderings.format = ? AND issuers.base_url = ? AND credentials.state = 'issued'
"""


class SignedForms:
    """Finds the signed forms in one database. Threads may share it; `close` gives the connection back.

    On PostgreSQL it finds nothing, since whoever asks it does not wait for a server.
    """

    def __init__(self, database: Database) -> None:
        self._engine = database.engine
        self._lock = threading.Lock()
        self._connection: Any = None
        self._is_here = self._engine.dialect.name == "sqlite"

    def find(self, base_url: str, credential_id: UUID, format_: str) -> bytes | None:
        """The bytes of an issued credential in that form; None if there are none, or if the database must be asked
        in another way."""
        if not self._is_here:
            return None
        with self._lock:
            try:
                cursor = self._cursor()
                row = cursor.execute(_QUESTION, (credential_id.hex, format_, base_url)).fetchone()
            except Exception:  # noqa: BLE001  (the other way will meet it too, and say it in words)
                self._give_up()
                return None
        return bytes(row[0]) if row is not None and row[0] is not None else None

    def close(self) -> None:
        """Give the connection back. Another question opens another."""
        with self._lock:
            self._give_up()

    def _cursor(self) -> Any:
        if self._connection is None:
            self._connection = self._engine.raw_connection()
        return self._connection.cursor()

    def _give_up(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()
        self._connection = None
