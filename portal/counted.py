"""Figures of large companies, which take long to count, kept for some minutes; who shows them says since when."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, NamedTuple, TypeVar

KEPT = timedelta(minutes=5)
MOST = 1_000
Value = TypeVar("Value")


class _Entry(NamedTuple):
    value: Any
    at: datetime


class Counted:
    """Values by key with the instant at which they were counted, the oldest given up first. Threads may share it."""

    def __init__(self) -> None:
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._lock = Lock()

    def recall(
        self, key: Hashable, count: Callable[[], Value], *, now: datetime, takes_long: Callable[[Value], bool]
    ) -> tuple[Value, datetime | None]:
        """What was counted less than KEPT ago, and when; else what `count` finds now, and None.

        Only what `takes_long` is kept: in a small company every figure is that of this moment.
        """
        with self._lock:
            known = self._entries.get(key)
        if known is not None and timedelta() <= now - known.at < KEPT:
            return known.value, known.at
        value = count()
        if takes_long(value):
            with self._lock:
                self._entries[key] = _Entry(value, now)
                self._entries.move_to_end(key)
                while len(self._entries) > MOST:
                    self._entries.popitem(last=False)
        return value, None
