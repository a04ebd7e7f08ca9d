"""Which of the workers on this machine are alive: each holds a lock on a file in the home, which its death lets go.

A lease says until when others believe that somebody is at a job. SQLite's workers are all on one machine, where it can
be known at once that he was killed: so that what he was at need not wait for the end of his lease. A worker of which
nothing can be known is believed.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

FOLDER: Final = "workers"
_NAME: Final = re.compile(r"[0-9a-f]{16}")
_OLD: Final = 24 * 3600  # seconds


class Life:
    """This process's life, from the first `name` on, until `end` or its death. `name` stands in its leases."""

    def __init__(self, home: Path) -> None:
        self._folder = home / FOLDER
        self._name = secrets.token_hex(8)
        self._descriptor: int | None = None
        self._begins = threading.Lock()

    @property
    def name(self) -> str:
        """What `is_gone` knows this process by."""
        with self._begins:
            if self._descriptor is None:
                self._folder.mkdir(mode=0o700, exist_ok=True)
                self._clear()
                descriptor = os.open(self._path(self._name), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                fcntl.flock(descriptor, fcntl.LOCK_EX)  # somebody may just be looking whether we are alive
                self._descriptor = descriptor
        return self._name

    def is_gone(self, holder: str) -> bool:
        """Whether that is the holder of a lease (`…:name:…`) who is known to have died."""
        return any(_NAME.fullmatch(part) and _was_let_go(self._path(part)) for part in holder.split(":"))

    def end(self) -> None:
        """It ends as it should: nothing is left of it."""
        if self._descriptor is not None:
            self._path(self._name).unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = None

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.lock"

    def _clear(self) -> None:
        """Those who died long ago have no lease any more."""
        for path in self._folder.glob("*.lock"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < time.time() - _OLD and _was_let_go(path):
                    path.unlink()


def _was_let_go(path: Path) -> bool:
    """Whether nobody holds the file's lock; False if there is no file."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True
