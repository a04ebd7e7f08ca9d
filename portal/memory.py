"""What was read from the database and made of it, kept until anything at all is committed there.

So nothing needs to be invalidated, and a status that was changed a moment ago shows at once: also one that another
process changed. What depends on time as well has to say so itself, in its key or beside its value. What is made of a
few rows only can be kept beyond a commit: who keeps it then looks whether these rows are what they were (`still`).
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
    """Values by key, each of one state of the database, the least recently used given up first. Threads may share
    it."""

    def __init__(self, mark: ChangeMark, *, most_bytes: int = MOST_BYTES) -> None:
        self.mark = mark
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._entries: OrderedDict[Hashable, tuple[Any, int, Mark]] = OrderedDict()
        self._bytes = 0

    def find(self, key: Hashable, mark: Mark, *, still: Callable[[Any], bool] | None = None) -> Any:
        """The value, if it was kept and `mark`, which was just looked at, is still that of the value; else None.

        still: whether a value of before a commit is what would be made now; it reads what is committed.
        """
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            value, weight, of = entry
            if of == mark:
                self._entries.move_to_end(key)
                return value
        if still is None or not still(value):
            return None
        self.keep(key, value, size=weight - _OVERHEAD, mark=mark)
        return value

    def keep(self, key: Hashable, value: object, *, size: int, mark: Mark) -> None:
        """Keep a value that weighs `size` bytes; `mark` was looked at before anything was read for it."""
        with self._lock:
            known = self._entries.pop(key, None)
            self._bytes += size + _OVERHEAD - (known[1] if known else 0)
            self._entries[key] = (value, size + _OVERHEAD, mark)
            while self._bytes > self._most_bytes:
                _, (_, weight, _) = self._entries.popitem(last=False)
                self._bytes -= weight

    def recall(
        self,
        key: Hashable,
        make: Callable[[], Value | None],
        *,
        size: Callable[[Value], int],
        still: Callable[[Value], bool] | None = None,
    ) -> Value | None:
        """The kept value, or the one that `make` makes now; None is not kept. Raises what `make` and `still` raise."""
        mark = self.mark.look()
        found: Value | None = self.find(key, mark, still=still)
        if found is not None:
            return found
        made = make()
        # What was made while something was committed may be of both states: of none that `still` could find again.
        if made is not None and (still is None or self.mark.look() == mark):
            self.keep(key, made, size=size(made), mark=mark)
        return made

    def close(self) -> None:
        """Forget everything, and give the mark's connection back."""
        with self._lock:
            self._entries.clear()
            self._bytes = 0
        self.mark.close()
