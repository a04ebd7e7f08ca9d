"""How long one verification may wait for others in all, however many addresses its document leads to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from credentials.sentence import sentence
from verifier.fetcher import Fetched, Fetcher, FetchFailed
from verifier.resolve import Renews, Resolver, Unresolved


class TimeBudget:
    """A fetcher and a resolver that stop asking when the time is up; made for one verification.

    What is under way when the time ends still takes its own deadline. monotonic: a clock in seconds.
    """

    def __init__(
        self, fetcher: Fetcher, resolver: Resolver, *, length: timedelta, monotonic: Callable[[], float]
    ) -> None:
        self._fetcher = fetcher
        self._resolver = resolver
        self._monotonic = monotonic
        self._end = monotonic() + length.total_seconds()

    def fetch(self, url: str, *, accept: str, max_bytes: int) -> Fetched:
        """See `Fetcher`. Raises `FetchFailed` when the time is up."""
        if self._is_over():
            raise FetchFailed(
                url,
                sentence("{url} was not asked, because this verification has waited long enough for others", url=url),
            )
        return self._fetcher.fetch(url, accept=accept, max_bytes=max_bytes)

    def resolve(self, identifier: str) -> dict[str, Any]:
        """See `Resolver`. Raises `Unresolved` when the time is up."""
        if self._is_over():
            raise Unresolved(
                sentence(
                    "{identifier} was not looked up, because this verification has waited long enough for others",
                    identifier=identifier[:120],
                )
            )
        return self._resolver.resolve(identifier)

    def renew(self, identifier: str) -> bool:
        """See `verifier.resolve.Renews`."""
        return isinstance(self._resolver, Renews) and self._resolver.renew(identifier)

    def _is_over(self) -> bool:
        return self._monotonic() >= self._end
