"""Do those who hold the keys answer? Asked for pages, so not at each of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Lock

from issuer.key_check import KeyFault, check_keys
from issuer.store import Database
from keys.keyring import Keyring

KEPT = timedelta(seconds=20)
"""A holder that does not answer takes as long as `signer_deadline` to say so: one page in so long waits for that."""


class Holders:
    """What they said last. Threads may share it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._at: datetime | None = None
        self._faults: tuple[KeyFault, ...] = ()

    def faults(self, db: Database, keyring: Keyring | None, now: datetime) -> tuple[KeyFault, ...]:
        """The keys that do not sign, asked less than KEPT ago; nothing while the keys are locked."""
        if keyring is None:
            return ()
        with self._lock:
            if self._at is None or not timedelta() <= now - self._at < KEPT:
                self._faults, self._at = check_keys(db, keyring)[1], now
            return self._faults
