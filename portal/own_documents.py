"""What this server itself publishes: for the routes that serve it, and for its own verifier, the same bytes.

The issuer's own verifier must not depend on reaching itself through its own front door, and a status that was
changed a second ago must show at once: so our own documents are read anew each time and never from a cache.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog

from issuer import published, status_lists
from issuer.errors import DatabaseError, IssuerError
from issuer.published import PublishedDocument
from issuer.store import Database
from keys.errors import KeysError
from keys.keyring import Keyring
from verifier.fetch import Fetched, Fetcher, FetchFailed

log = structlog.get_logger("guildmark.published")


class OwnDocuments:
    """A fetcher that reads every address below `base_url` from the database, and asks `others` for the rest.

    A status list that is due is signed anew before it is delivered, if the keys are unlocked.
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

    def _find(self, url: str, form: str) -> PublishedDocument | None:
        self._renew(url)
        return published.document(self._database, url, format_=form)

    def _renew(self, url: str) -> None:
        """A list that cannot be signed anew is delivered as it is: it says itself until when it holds."""
        if self._keyring is None or not url.startswith(f"{self._base_url}/status-lists/"):
            return
        list_id = published.status_list_id(self._database, url)
        if list_id is None:
            return
        try:
            status_lists.ensure_fresh_list(self._database, self._keyring, list_id, self._clock())
        except DatabaseError:
            raise
        except (KeysError, IssuerError) as error:
            log.warning("status list not renewed", list=str(list_id), reason=str(error))
