"""The one typesetter of a service, and how many wait for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from credentials.sentence import sentence
from portal.verifying.places import Overloaded
from wallet_export.typeset import Typesetter

_MOST_WAITING: Final = 16
_AGAIN: Final = 2  # seconds: a certificate takes some hundredths of one


class Turns:
    """Belongs to one service. Threads may share it. Nothing is started before the first certificate."""

    def __init__(self) -> None:
        self._typesetter = Typesetter(seconds=10)
        self._waiting = threading.BoundedSemaphore(_MOST_WAITING)

    @contextmanager
    def turn(self) -> Iterator[Typesetter]:
        """The typesetter. Raises Overloaded if too many wait for it."""
        if not self._waiting.acquire(blocking=False):
            raise Overloaded(sentence("Many certificates are being made just now."), _AGAIN)
        try:
            yield self._typesetter
        finally:
            self._waiting.release()

    def close(self) -> None:
        """End its process."""
        self._typesetter.close()
