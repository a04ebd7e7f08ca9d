"""What was read from the database and made of it, kept until anything at all is committed there.

So nothing needs to be invalidated, and a status that was changed a moment ago shows at once: also one that another
process changed. What depends on time as well has to say so itself, in its key or beside its value.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from issuer.change_mark import ChangeMark, Mark

Value = TypeVar("Value")

MOST_BYTES = 64 * 1024 * 1024
"""Some thousand pages and documents: those of the few badges that everybody looks at today, and of their issuer."""
_OVERHEAD = 500  # bytes of an entry beside what its value says that it weighs


class Memory:
    """Values by key, all of one state of the database, the least recently used given up first. Threads may share it."""

    def __init__(self, mark: ChangeMark, *, most_bytes: int = MOST_BYTES) -> None:
        self.mark = mark
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._of: Mark = None
        self._entries: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._bytes = 0

    def find(self, key: Hashable, mark: Mark) -> Any:
        """The value, if it was kept and `mark`, which was just looked at, is still that of the values; else None."""
        with self._lock:
            if mark != self._of:
                return None
            entry = self._entries.get(key)
            if entry is None:
                return None
            self._entries.move_to_end(key)
            return entry[0]

    def keep(self, key: Hashable, value: object, *, size: int, mark: Mark) -> None:
        """Keep a value that weighs `size` bytes; `mark` was looked at before anything was read for it."""
        with self._lock:
            if mark != self._of:
                self._forget()
                self._of = mark
            known = self._entries.pop(key, None)
            self._bytes += size + _OVERHEAD - (known[1] if known else 0)
            self._entries[key] = (value, size + _OVERHEAD)
            while self._bytes > self._most_bytes:
                _, (_, weight) = self._entries.popitem(last=False)
                self._bytes -= weight

    def recall(self, key: Hashable, make: Callable[[], Value | None], *, size: Callable[[Value], int]) -> Value | None:
        """The kept value, or the one that `make` makes now; None is not kept. Raises what `make` raises."""
        mark = self.mark.look()
        found: Value | None = self.find(key, mark)
        if found is not None:
            return found
        made = make()
        if made is not None:
            self.keep(key, made, size=size(made), mark=mark)
        return made

    def close(self) -> None:
        """Forget everything, and give the mark's connection back."""
        with self._lock:
            self._forget()
            self._of = None
        self.mark.close()

    def _forget(self) -> None:
        self._entries.clear()
        self._bytes = 0
