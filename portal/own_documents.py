"""What this server itself publishes: for the routes that serve it, and for its own verifier, the same bytes.

The issuer's own verifier must not depend on reaching itself through its own front door, and a status that was
changed a second ago must show at once: so our own documents are kept only until anything is committed to the database.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog

from issuer import published, status_lists
from issuer.change_mark import ChangeMark, Mark
from issuer.errors import DatabaseError, IssuerError
from issuer.published import PublishedDocument
from issuer.signed_forms import SignedForms
from issuer.store import Database
from keys.errors import KeysError
from keys.keyring import Keyring
from portal.memory import Memory
from verifier.fetch import CachingFetcher, Fetched, Fetcher, FetchFailed

log = structlog.get_logger("guildmark.published")


class OwnDocuments:
    """A fetcher that reads every address below `base_url` from the database, and asks `others` for the rest.

    A status list that is due is signed anew before it is delivered, if the keys are unlocked. `memory` holds what was
    read, and whatever others make of it; `forms` finds what was signed.
    """

    def __init__(
        self,
        database: Database,
        keyring: Keyring | None,
        clock: Callable[[], datetime],
        *,
        base_url: str,
        others: Fetcher,
    ) -> None:
        self._database = database
        self._keyring = keyring
        self._clock = clock
        self._base_url = base_url
        self._others = others
        self._cache = others if isinstance(others, CachingFetcher) else None
        self.memory = Memory(ChangeMark(database))
        self.forms = SignedForms(database)

    def close(self) -> None:
        """Give the connections back that are kept here."""
        self.memory.close()
        self.forms.close()

    def find(self, path: str, *, form: str = "json") -> PublishedDocument | None:
        """What lies at `path` below the base URL; `form` chooses a credential's rendering (json, jwt)."""
        return self._find(self._base_url + path, form)

    def fetch(self, url: str, *, accept: str, max_bytes: int) -> Fetched:
        """See `verifier.fetch.Fetcher`."""
        if not url.startswith(self._base_url + "/"):
            return self._others.fetch(url, accept=accept, max_bytes=max_bytes)
        try:
            document = self._find(url, "json") or self._find(url, "jwt")
        except IssuerError as error:
            raise FetchFailed(url, f"{url} could not be read from this server’s own records: {error}") from error
        if document is None:
            raise FetchFailed(url, f"this server publishes nothing at {url}")
        if len(document.body) > max_bytes:
            raise FetchFailed(url, f"{url} holds more than the {max_bytes:,} bytes that are read")
        return Fetched(url, document.body, document.media_type, document.max_age)

    def remembered(self, url: str, *, accept: str, max_bytes: int, mark: Mark, now: datetime) -> Fetched | None:
        """As `fetch`, of what is in memory alone: None if it must be read, or asked of others. `mark`: looked at just
        now. Raises FetchFailed where others are remembered not to have answered."""
        if not url.startswith(self._base_url + "/"):
            return self._cache.remembered(url, accept=accept, max_bytes=max_bytes) if self._cache is not None else None
        document: PublishedDocument | None = self.memory.find(self._key(url, "json", now), mark)
        if document is None or len(document.body) > max_bytes:
            return None
        return Fetched(url, document.body, document.media_type, document.max_age)

    def _find(self, url: str, form: str) -> PublishedDocument | None:
        key = self._key(url, form, self._clock())
        return self.memory.recall(key, lambda: self._read(url, form), size=lambda found: len(found.body))

    def _key(self, url: str, form: str, now: datetime) -> tuple[str, str, str, datetime | None]:
        """Whether a list is due depends on the time as well: of the day that it is good for, a minute is nothing."""
        minute = now.replace(second=0, microsecond=0) if self._is_list(url) else None
        return "document", url, form, minute

    def _is_list(self, url: str) -> bool:
        return url.startswith(f"{self._base_url}/status-lists/")

    def _read(self, url: str, form: str) -> PublishedDocument | None:
        if self._keyring is not None and self._is_list(url):
            self._renew(self._keyring, url)
        return published.document(self._database, url, format_=form)

    def _renew(self, keyring: Keyring, url: str) -> None:
        """A list that cannot be signed anew is delivered as it is: it says itself until when it holds."""
        list_id = published.status_list_id(self._database, url)
        if list_id is None:
            return
        try:
            status_lists.ensure_fresh_list(self._database, keyring, list_id, self._clock())
        except DatabaseError:
            raise
        except (KeysError, IssuerError) as error:
            log.warning("status list not renewed", list=str(list_id), reason=str(error))
