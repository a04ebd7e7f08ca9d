"""Where cards are drawn: few at a time, and each as long as it says the same only once.

A drawing takes some tenths of a second of a process of its own. So what was drawn is kept by what it says, beyond
commits that change nothing on it; and who asks when many are being drawn is told to come again.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import replace
from typing import Final

from credentials.sentence import sentence
from portal.verifying.places import Overloaded
from wallet_export.card import Card, card_png
from wallet_export.card_fonts import Fonts

_AT_ONCE: Final = 2
_MOST_WAITING: Final = 16
_PATIENCE: Final = 15.0  # seconds
_AGAIN: Final = 5  # seconds
_MOST_BYTES: Final = 16 * 1024 * 1024  # some hundred cards


class Drawing:
    """Belongs to one application. Threads may share it."""

    def __init__(self, fonts: Fonts | None = None) -> None:
        self.fonts = fonts or Fonts()
        self._places = threading.BoundedSemaphore(_AT_ONCE)
        self._lock = threading.Lock()
        self._kept: OrderedDict[Card, bytes] = OrderedDict()
        self._bytes = 0
        self._waiting = 0

    def png(self, card: Card) -> bytes:
        """The card. Raises Overloaded, RenderingFailed."""
        key = replace(card, pictures=tuple(hashlib.sha256(one).digest() for one in card.pictures))
        found = self._find(key)
        if found is not None:
            return found
        with self._lock:
            if self._waiting >= _MOST_WAITING:
                raise _overloaded()
            self._waiting += 1
        try:
            if not self._places.acquire(timeout=_PATIENCE):
                raise _overloaded()
            try:
                return self._find(key) or self._keep(key, card_png(card, self.fonts))
            finally:
                self._places.release()
        finally:
            with self._lock:
                self._waiting -= 1

    def _find(self, key: Card) -> bytes | None:
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def _keep(self, key: Card, png: bytes) -> bytes:
        with self._lock:
            self._kept[key] = png
            self._bytes += len(png)
            while self._bytes > _MOST_BYTES:
                self._bytes -= len(self._kept.popitem(last=False)[1])
        return png


def _overloaded() -> Overloaded:
    return Overloaded(sentence("Many pictures are being drawn just now."), _AGAIN)
