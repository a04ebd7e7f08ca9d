"""The world as far as it is in memory: for the event loop, where nobody may wait."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from issuer.change_mark import Mark
from portal.own_documents import OwnDocuments
from portal.verifying.places import MustWait
from verifier.fetcher import Fetched
from verifier.resolve import DidResolver


class InMemory:
    """A fetcher and resolver for one verification; raises MustWait for what is not there.

    mark: that of the database now, so that our own documents in memory are those of this moment.
    """

    def __init__(self, documents: OwnDocuments, mark: Mark, now: datetime, allowed_origins: Iterable[str]) -> None:
        self._documents = documents
        self._mark = mark
        self._now = now
        self._resolver = DidResolver(self, allowed_origins=allowed_origins)

    def fetch(self, url: str, *, accept: str, max_bytes: int) -> Fetched:
        """See `verifier.fetcher.Fetcher`."""
        found = self._documents.remembered(url, accept=accept, max_bytes=max_bytes, mark=self._mark, now=self._now)
        if found is None:
            raise MustWait(url)
        return found

    def resolve(self, identifier: str) -> dict[str, Any]:
        """See `verifier.resolve.Resolver`."""
        return self._resolver.resolve(identifier)
