"""The lists and keys that this server published last, answered from memory while the database is out of reach.

A verifier somewhere else goes on, then: he needs these and nothing else of us. Each serving process looks once a second
whether anything was committed, and reads them again; so a loss takes nobody back behind what he could have been told a
second before. Credentials are not kept so: who had one withdrawn a moment ago would be shown again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from issuer import published
from issuer.change_mark import ChangeMark, Mark
from issuer.errors import DatabaseError
from issuer.last_words import addresses_of_issuers, last_lists
from issuer.published import PublishedDocument
from issuer.store import Database

PAUSE: Final = 1.0
"""Seconds between two looks."""


@dataclass(frozen=True, slots=True)
class LastWord(PublishedDocument):
    """A document that was published at `as_of`; whether it has been changed since, the database alone knows."""

    as_of: datetime


class LastWords:
    """Of one database. Threads may share it. `begin` has it look by itself, until `close`."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._mark = ChangeMark(database)
        self._of: Mark = None
        self._lists: dict[str, PublishedDocument] = {}
        self._editions: dict[UUID, int] = {}
        self._others: dict[str, PublishedDocument] = {}
        self._as_of: datetime | None = None
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        """Look now, and then every PAUSE."""
        self.refresh()
        self._thread = threading.Thread(target=self._go_on, name="last words", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Look no more."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
        self._mark.close()

    def refresh(self) -> bool:
        """Read what was published since; False if the database is out of reach: then the last words stay."""
        now = self._clock()
        of = self._mark.look()
        if self._as_of is None or of != self._of:
            try:
                lists, editions = last_lists(self._database, self._lists, self._editions)
                others = {
                    url: found
                    for url in addresses_of_issuers(self._database)
                    if (found := published.document(self._database, url)) is not None
                }
            except (DatabaseError, SQLAlchemyError):  # tables of another version: whoever asks for more is told so
                return False
            self._lists, self._editions, self._others = lists, editions, others
        self._of, self._as_of = of, now
        return True

    def find(self, url: str) -> LastWord | None:
        """What was published last at an address; None if that is not known."""
        found = self._lists.get(url) or self._others.get(url)
        if found is None or self._as_of is None:
            return None
        return LastWord(found.media_type, found.body, found.max_age, self._as_of)

    def _go_on(self) -> None:
        while not self._ended.wait(PAUSE):
            self.refresh()
