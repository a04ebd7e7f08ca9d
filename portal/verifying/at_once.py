"""The world as far as it is in memory: for the event loop, where nobody may wait."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from issuer.change_mark import Mark
from portal.own_documents import OwnDocuments
from portal.verifying.places import MustWait
from verifier.fetcher import Fetched
from verifier.resolve import DidResolver


class InMemory:
    """A fetcher and resolver for one verification after the other; raises MustWait for what is not there."""

    def __init__(self, documents: OwnDocuments, allowed_origins: Iterable[str]) -> None:
        self._documents = documents
        self._mark: Mark = None
        self._now = datetime.min.replace(tzinfo=UTC)
        self._resolver = DidResolver(self, allowed_origins=allowed_origins)  # kept: it knows where issuers' keys lie

    def at(self, mark: Mark, now: datetime) -> InMemory:
        """The same at this moment, until the next one is named. mark: that of the database now, so that our own
        documents in memory are those of this moment."""
        self._mark, self._now = mark, now
        return self

    def fetch(self, url: str, *, accept: str, max_bytes: int) -> Fetched:
        """See `verifier.fetcher.Fetcher`."""
        found = self._documents.remembered(url, accept=accept, max_bytes=max_bytes, mark=self._mark, now=self._now)
        if found is None:
            raise MustWait(url)
        return found

    def forget(self, url: str, *, accept: str) -> bool:
        """See `verifier.fetcher.Remembers`: to ask anew means to wait."""
        if self._documents.forget(url, accept=accept):
            raise MustWait(url)
        return False

    def renew(self, identifier: str) -> bool:
        """See `verifier.resolve.Renews`."""
        return self._resolver.renew(identifier)

    def resolve(self, identifier: str) -> dict[str, Any]:
        """See `verifier.resolve.Resolver`."""
        return self._resolver.resolve(identifier)
