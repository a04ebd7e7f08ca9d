"""What one verification may reach: each address and identifier once, only so many of them, and so many endorsements.

Asking once is also a matter of soundness: whatever is decided about one credential is decided from one
version of the issuer's document, even if the issuer's server changes its answer in between.
"""

from __future__ import annotations

from typing import Any

from credentials.sentence import sentence
from verifier.fetcher import Fetched, Fetcher, FetchError, FetchRefused
from verifier.resolve import Renews, Resolver, Unresolved, content_of


class Reach:
    """A fetcher and a resolver with a memory and a budget, for the length of one verification."""

    def __init__(self, *, fetcher: Fetcher, resolver: Resolver, max_fetches: int, max_endorsements: int) -> None:
        self._fetcher = fetcher
        self._resolver = resolver
        self._left = max_fetches
        self._endorsements_left = max_endorsements
        self._fetched: dict[str, Fetched | FetchError] = {}
        self._resolved: dict[str, dict[str, Any] | Unresolved] = {}
        self._missed: set[str] = set()

    def fetch(self, url: str, *, accept: str, max_bytes: int) -> Fetched:
        """The body at the address (see `Fetcher`); the second time the same answer."""
        if url not in self._fetched:
            self._fetched[url] = self._ask(url, accept, max_bytes)
        answer = self._fetched[url]
        if isinstance(answer, FetchError):
            raise type(answer)(answer.url, answer.reason)
        return answer

    def resolve(self, identifier: str) -> dict[str, Any]:
        """The document of the identifier (see `Resolver`); the second time the same answer."""
        if identifier not in self._resolved:
            self._resolved[identifier] = self._look_up(identifier)
        answer = self._resolved[identifier]
        if isinstance(answer, Unresolved):
            raise Unresolved(answer.reason)
        return answer

    def missed_key(self, owner: str) -> None:
        """Note that the owner's document does not publish a key that something names: it may be an old one."""
        self._missed.add(owner)

    def is_outdated(self) -> bool:
        """Whether an owner whose key was missed publishes another document by now: then everything is asked anew."""
        return any(self._has_changed(owner) for owner in self._missed)

    def _has_changed(self, owner: str) -> bool:
        before = self._resolved.get(owner)
        if not isinstance(before, dict) or not isinstance(self._resolver, Renews) or not self._resolver.renew(owner):
            return False
        try:
            return content_of(self._resolver.resolve(owner)) != content_of(before)
        except Unresolved:
            return False

    def may_follow(self, endorsements: int) -> bool:
        """Whether so many endorsements more may be verified; if so, they are counted."""
        if endorsements > self._endorsements_left:
            return False
        self._endorsements_left -= endorsements
        return True

    def _ask(self, url: str, accept: str, max_bytes: int) -> Fetched | FetchError:
        if not self._spend():
            return FetchRefused(
                url, sentence("{url} was not fetched: the document leads to too many addresses", url=url)
            )
        try:
            return self._fetcher.fetch(url, accept=accept, max_bytes=max_bytes)
        except FetchError as error:
            return error

    def _look_up(self, identifier: str) -> dict[str, Any] | Unresolved:
        if not self._spend():
            return Unresolved(
                sentence(
                    "{identifier} was not looked up: the document leads to too many addresses",
                    identifier=identifier[:120],
                )
            )
        try:
            return self._resolver.resolve(identifier)
        except Unresolved as error:
            return error

    def _spend(self) -> bool:
        self._left -= 1
        return self._left >= 0
