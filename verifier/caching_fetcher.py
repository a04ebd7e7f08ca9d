"""Remembering what was fetched, for as long as the document and its server allow and no longer."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from credentials.sentence import sentence
from verifier.fetcher import Fetched, Fetcher, FetchError, FetchFailed

SETTLED = timedelta(seconds=10)
"""How old an answer must be to be asked for anew before its time: whoever invents keys makes nobody be asked more."""

TimeToLive = Callable[[Fetched], timedelta | None]
"""How long the fetched document itself allows to be kept (the `ttl` of a status list), or None."""


@dataclass(frozen=True, slots=True)
class _Remembered:
    since: datetime
    until: datetime
    answer: Fetched | FetchError

    @property
    def size(self) -> int:
        return len(self.answer.body) if isinstance(self.answer, Fetched) else 0


class CachingFetcher:
    """Keeps answers of another fetcher; safe to share between threads.

    An answer is kept for the shortest of: its own time to live (`ttl_of`), the server's max-age, and
    `longest`; if neither of the first two is given, for `unsaid`. A failure is kept for `failures` so that
    a dead host is not asked for every credential; a refusal is not kept. At most `max_entries` and
    `max_bytes` are held, the least recently used go first.

    clock: the present instant, aware.
    """

    def __init__(
        self,
        inner: Fetcher,
        *,
        clock: Callable[[], datetime],
        ttl_of: TimeToLive,
        longest: timedelta,
        unsaid: timedelta,
        failures: timedelta,
        max_entries: int,
        max_bytes: int,
    ) -> None:
        self._inner = inner
        self._clock = clock
        self._ttl_of = ttl_of
        self._longest = longest
        self._unsaid = unsaid
        self._failures = failures
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._entries: OrderedDict[tuple[str, str], _Remembered] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def fetch(self, url: str, *, accept: str, max_bytes: int) -> Fetched:
        """The remembered answer while it is fresh, else the other fetcher's (see `Fetcher`)."""
        key = (url, accept)
        now = self._clock()
        known = self._recall(key, now)
        if known is None:
            known = self._ask(url, accept, max_bytes)
            self._remember(key, known, now)
        return _given(known, url, max_bytes)

    def remembered(self, url: str, *, accept: str, max_bytes: int) -> Fetched | None:
        """What `fetch` would give or raise now without asking anybody; None if it would have to ask."""
        known = self._recall((url, accept), self._clock())
        return _given(known, url, max_bytes) if known is not None else None

    def forget(self, url: str, *, accept: str) -> bool:
        """See `verifier.fetcher.Remembers`: whether there was an answer that is older than a moment."""
        now = self._clock()
        with self._lock:
            entry = self._entries.get((url, accept))
            if entry is None or now - entry.since < SETTLED:
                return False
            self._drop((url, accept))
            return True

    def _ask(self, url: str, accept: str, max_bytes: int) -> Fetched | FetchError:
        try:
            return self._inner.fetch(url, accept=accept, max_bytes=max_bytes)
        except FetchFailed as failure:
            return failure

    def _recall(self, key: tuple[str, str], now: datetime) -> Fetched | FetchError | None:
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            if entry.until <= now:
                self._drop(key)
                return None
            self._entries.move_to_end(key)
            return entry.answer

    def _remember(self, key: tuple[str, str], answer: Fetched | FetchError, now: datetime) -> None:
        age = self._failures if isinstance(answer, FetchError) else self._age(answer)
        entry = _Remembered(now, now + age, answer)
        if age <= timedelta(0) or entry.size > self._max_bytes:
            return
        with self._lock:
            if key in self._entries:
                self._drop(key)
            self._entries[key] = entry
            self._bytes += entry.size
            while len(self._entries) > self._max_entries or self._bytes > self._max_bytes:
                self._drop(next(iter(self._entries)))

    def _age(self, fetched: Fetched) -> timedelta:
        said = [age for age in (self._ttl_of(fetched), fetched.max_age) if age is not None]
        return min([*said, self._longest]) if said else min(self._unsaid, self._longest)

    def _drop(self, key: tuple[str, str]) -> None:
        self._bytes -= self._entries.pop(key).size


def _given(known: Fetched | FetchError, url: str, max_bytes: int) -> Fetched:
    if isinstance(known, FetchError):
        raise type(known)(url, known.reason)
    if len(known.body) > max_bytes:
        raise FetchFailed(
            url, sentence("{url} holds more than the {max_bytes} bytes that are read", url=url, max_bytes=max_bytes)
        )
    return known
