"""What this server itself publishes: for the routes that serve it, and for its own verifier, the same bytes.

The issuer's own verifier must not depend on reaching itself through its own front door, and a status that was
changed a second ago must show at once: so our own documents are kept only until anything is committed to the database.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from credentials.sentence import sentence
from issuer import published, status_lists
from issuer.catalogue_rows import CatalogueRows, catalogue_rows, weight_of
from issuer.change_mark import ChangeMark, Mark
from issuer.errors import DatabaseError, DatabaseUnreachable, IssuerError
from issuer.published import PublishedDocument
from issuer.sharing import shown
from issuer.short_questions import ShortQuestions
from issuer.signed_forms import SignedForms
from issuer.store import Database
from keys.errors import KeysError
from keys.keyring import Keyring
from portal.last_words import LastWords
from portal.memory import Memory
from verifier.fetch import CachingFetcher, Fetched, Fetcher, FetchFailed

_CREDENTIAL = re.compile(r"/credentials/([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})")
_ABOUT_ISSUERS = ("/did.json", "/issuer")
"""How addresses end of documents that are made of the catalogue's rows alone, and asked for with every badge."""


class _Kept(NamedTuple):
    """A document in memory; `rows` is of what it was made if these say whether it is still so."""

    document: PublishedDocument
    rows: CatalogueRows | None


class OwnDocuments:
    """A fetcher that reads every address below `base_url` from the database, and asks `others` for the rest.

    A status list that is due is signed anew before it is delivered, if the keys are unlocked. `memory` holds what was
    read, and whatever others make of it; `questions` asks the database quickly, and `forms` finds what was signed.
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
        self.questions = ShortQuestions(database)
        self.forms = SignedForms(self.questions)
        self.last_words = LastWords(database, clock)

    def close(self) -> None:
        """Give the connections back that are kept here."""
        self.last_words.close()
        self.memory.close()
        self.questions.close()

    def find(self, path: str, *, form: str = "json") -> PublishedDocument | None:
        """What lies at `path` below the base URL; `form` chooses a credential's rendering (json, jwt).

        While the database is out of reach, the LastWord of a list or an issuer. Raises DatabaseUnreachable for others.
        """
        return self._find(self._base_url + path, form)

    def fetch(self, url: str, *, accept: str, max_bytes: int) -> Fetched:
        """See `verifier.fetch.Fetcher`."""
        if not url.startswith(self._base_url + "/"):
            return self._others.fetch(url, accept=accept, max_bytes=max_bytes)
        try:
            if self._is_withheld(url):
                raise FetchFailed(url, sentence("its holder does not share it with everybody"))
            document = self._find(url, "json") or self._find(url, "jwt")
        except IssuerError as error:
            raise FetchFailed(url, f"{url} could not be read from this server’s own records: {error}") from error
        if document is None:
            raise FetchFailed(url, sentence("this server publishes no credential or other document at {url}", url=url))
        if len(document.body) > max_bytes:
            raise FetchFailed(url, f"{url} holds more than the {max_bytes:,} bytes that are read")
        return Fetched(url, document.body, document.media_type, document.max_age)

    def forget(self, url: str, *, accept: str) -> bool:
        """See `verifier.fetcher.Remembers`: what is ours is always read as it is now, and may be new since."""
        if url.startswith(self._base_url + "/"):
            return True
        return self._cache is not None and self._cache.forget(url, accept=accept)

    def remembered(self, url: str, *, accept: str, max_bytes: int, mark: Mark, now: datetime) -> Fetched | None:
        """As `fetch`, of what is in memory alone: None if it must be read, or asked of others. `mark`: looked at just
        now. Raises FetchFailed where others are remembered not to have answered."""
        if not url.startswith(self._base_url + "/"):
            return self._cache.remembered(url, accept=accept, max_bytes=max_bytes) if self._cache is not None else None
        still = self._still(url) if self.questions.is_instant else None
        try:
            if self._is_withheld(url):
                return None  # `fetch` says so
            kept: _Kept | None = self.memory.find(self._key(url, "json", now), mark, still=still)
        except DatabaseError:
            return None  # whoever reads it says it in words
        if kept is None or len(kept.document.body) > max_bytes:
            return None
        document = kept.document
        return Fetched(url, document.body, document.media_type, document.max_age)

    def _find(self, url: str, form: str) -> PublishedDocument | None:
        key = self._key(url, form, self._clock())
        try:
            kept = self.memory.recall(
                key, lambda: self._made(url, form), size=lambda found: len(found.document.body), still=self._still(url)
            )
        except DatabaseUnreachable:
            last = self.last_words.find(url)
            if last is None:
                raise
            return last
        return kept.document if kept is not None else None

    def _is_withheld(self, url: str) -> bool:
        """Whether it is a credential that its holder keeps to himself: who has its address alone does not get it."""
        found = _CREDENTIAL.match(url, len(self._base_url))
        return found is not None and not shown(self.questions, UUID(found[1])).whole

    def catalogue(self) -> CatalogueRows:
        """Of what everything is made that an issuer publishes about itself; the same object while they are the same."""
        found = self.memory.recall(
            ("catalogue rows",),
            lambda: catalogue_rows(self.questions),
            size=weight_of,
            still=lambda kept: kept == catalogue_rows(self.questions),
        )
        assert found is not None  # noqa: S101  (what is made is never None)
        return found

    def _made(self, url: str, form: str) -> _Kept | None:
        rows = self.catalogue() if url.endswith(_ABOUT_ISSUERS) else None
        found = self._read(url, form)
        return _Kept(found, rows) if found is not None else None

    def _still(self, url: str) -> Callable[[_Kept], bool] | None:
        """Whether the document at an address is what it was before a commit; None: that is not known by less than
        reading it."""
        if self._is_list(url):
            return lambda kept: self._list_body(url) == kept.document.body
        if url.endswith(_ABOUT_ISSUERS):
            return lambda kept: self.catalogue() == kept.rows
        return None

    def _list_body(self, url: str) -> bytes | None:
        try:
            return self.forms.list_body(UUID(url.rpartition("/")[2]))
        except ValueError:
            return None

    def _key(self, url: str, form: str, now: datetime) -> tuple[str, str, str, datetime | None]:
        """Whether a list is due depends on the time as well: of the day that it is good for, a minute is nothing."""
        minute = now.replace(second=0, microsecond=0) if self._is_list(url) else None
        if self._is_token_list(url):
            minute = now.replace(minute=0, second=0, microsecond=0)  # it is signed when it is asked for, for a day
        return "document", url, form, minute

    def _is_list(self, url: str) -> bool:
        return url.startswith(f"{self._base_url}/status-lists/")

    def _is_token_list(self, url: str) -> bool:
        return url.startswith(f"{self._base_url}/token-status-lists/")

    def _read(self, url: str, form: str) -> PublishedDocument | None:
        if self._is_token_list(url):
            from issuer.token_status_lists import token_status_list

            return token_status_list(self._database, self._keyring, url, now=self._clock())
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
            import structlog  # brings rich, which takes longer to import than a badge to verify

            log = structlog.get_logger("guildmark.published")
            log.warning("status list not renewed", list=str(list_id), reason=str(error))
