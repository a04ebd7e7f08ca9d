"""A bounded memory without locks, for answers that can always be found again."""

from __future__ import annotations

from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Memory(Generic[Key, Value]):
    """Values by key, at most `most` of them and at most as `heavy` together as said; what is not asked for goes first.

    There are two generations. What is asked for moves into the young one; when that is full it becomes the old one,
    and the old one is forgotten. Single steps on dictionaries are all there is, so threads may share it, at the worst
    remembering something once too little, and a forked process inherits no lock that somebody holds.
    """

    def __init__(self, *, most: int, heavy: int) -> None:
        """Both bounds hold for the two generations together: each may have half of it."""
        self._most = most // 2
        self._heavy = heavy // 2
        self._weight = 0
        self._young: dict[Key, tuple[Value, int]] = {}
        self._old: dict[Key, tuple[Value, int]] = {}

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def get(self, key: Key) -> Value | None:
        """What is remembered under the key, or None."""
        found = self._young.get(key)
        if found is None:
            found = self._old.pop(key, None)
            if found is None:
                return None
            self.keep(key, found[0], weight=found[1])
        return found[0]

    def keep(self, key: Key, value: Value, *, weight: int) -> None:
        """Remember the value; one that is heavier than a generation may be is not."""
        if weight > self._heavy:
            return
        if len(self._young) >= self._most or self._weight + weight > self._heavy:
            self._old, self._young, self._weight = self._young, {}, 0
        self._young[key] = (value, weight)
        self._weight += weight
