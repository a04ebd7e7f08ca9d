"""Looking at the database's mark from the event loop, without ever waiting there."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from issuer.change_mark import ChangeMark, Mark


class Looking:
    """Looks for many requests at once: each is answered by a look that began after it asked.

    A look at SQLite takes some microseconds and is made on the spot. PostgreSQL is asked in a thread of its own, one
    question at a time; whoever comes meanwhile shares the next one, so the more requests there are, the less each pays.
    Belongs to one event loop.
    """

    def __init__(self, mark: ChangeMark) -> None:
        self._mark = mark
        self._next: asyncio.Future[Mark] | None = None
        self._asking: asyncio.Task[None] | None = None
        self._thread: ThreadPoolExecutor | None = None

    async def look(self) -> Mark:
        """The mark, as it was at some moment between the call and the answer."""
        if self._mark.is_instant:
            return self._mark.look()
        if self._next is None:
            self._next = asyncio.get_running_loop().create_future()
        shared = self._next
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask())
        return await asyncio.shield(shared)  # one client that goes away takes nothing from the others

    async def _ask(self) -> None:
        loop = asyncio.get_running_loop()
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "guildmark-mark")
        try:
            while (shared := self._next) is not None:
                self._next = None
                shared.set_result(await loop.run_in_executor(self._thread, self._mark.look))
        finally:
            self._asking = None
