"""The Open Badges 3.0 API of another host, as its client: its badges page by page, one badge brought, the profile."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode, urljoin, urlsplit

from credentials.instants import format_instant
from credentials.sentence import sentence
from issuer.authorizations.scopes import PROFILE_READ, PROFILE_UPDATE, READ, UPSERT
from issuer.connections import Connection, Secrets, keep_tokens, mark_lost
from issuer.held import MOST, MOST_BYTES
from portal.elsewhere.discovering import asked, host_of
from portal.elsewhere.joining import refresh
from portal.elsewhere.trouble import HostTrouble, Lost, api_trouble, object_of
from portal.json_text import json_bytes
from portal.ob_api.answers import BASE
from portal.service import Service
from portal.sign_in.wire import Answer, Wire

PAGE: Final = 25
MOST_PAGES: Final = 40
MOST_PAGE_BYTES: Final = 4 * 1024 * 1024
PATIENCE: Final = 25.0
"""Seconds for all pages together: somebody waits."""
_EARLY: Final = timedelta(seconds=30)
_LINK: Final = re.compile(r'<([^<>"]{1,2048})>((?:\s*;\s*[a-zA-Z*]{1,20}\s*=\s*(?:"[^"]{0,200}"|[^\s;,"]{1,200}))*)')
_REL: Final = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Fetched:
    """Badges as they came: form (json or jwt) and bytes. whole: there are no more than these."""

    badges: tuple[tuple[str, bytes], ...]
    whole: bool


@dataclass(slots=True)
class Caller:
    """Calls the API with the tokens of a connection that is claimed; new tokens are kept at once."""

    service: Service
    wire: Wire
    connection: Connection
    secrets: Secrets
    randomness: Callable[[int], bytes] = field(repr=False)
    access_until: datetime | None = None

    def __post_init__(self) -> None:
        self.access_until = self.access_until or self.connection.access_until

    @property
    def host(self) -> str:
        """The host’s name for people."""
        return host_of(self.connection.base)

    def fetch_badges(self, *, since: datetime | None = None) -> Fetched:
        """All badges, or those issued after `since`, as far as the bounds go. Raises HostTrouble."""
        self._require(READ)
        first = f"{self.connection.base}{BASE}/credentials"
        query = {"limit": PAGE, "offset": 0, **({"since": format_instant(since)} if since is not None else {})}
        url, seen, found = f"{first}?{urlencode(query)}", set[str](), list[tuple[str, bytes]]()
        ends = time.monotonic() + PATIENCE
        while url and len(seen) < MOST_PAGES and len(found) < MOST and time.monotonic() < ends:
            seen.add(url)
            answer = self.call("GET", url, {"Accept": "application/json"}, most_bytes=MOST_PAGE_BYTES)
            if answer.status_code != 200:
                raise api_trouble(answer, self.host)
            found += _badges_in(object_of(answer, self.host))
            url = self._next(first, answer)
            if url in seen:
                raise HostTrouble(sentence("{host} sends us in a circle: its list has no end.", host=self.host))
        return Fetched(tuple(found[:MOST]), not url and len(found) <= MOST)

    def bring(self, form: str, data: bytes) -> int:
        """Bring one badge: 201 created, 200 replaced, 304 if a newer one is there. Raises HostTrouble."""
        self._require(UPSERT)
        headers = {"Content-Type": "text/plain" if form == "jwt" else "application/json", "Accept": "*/*"}
        answer = self.call("POST", f"{self.connection.base}{BASE}/credentials", headers, body=data)
        if answer.status_code not in {200, 201, 304}:
            raise api_trouble(answer, self.host)
        return answer.status_code

    def profile(self) -> dict[str, Any]:
        """What the host says of the person. Raises HostTrouble."""
        self._require(PROFILE_READ)
        answer = self.call("GET", f"{self.connection.base}{BASE}/profile", {"Accept": "application/json"})
        if answer.status_code != 200:
            raise api_trouble(answer, self.host)
        return object_of(answer, self.host)

    def put_profile(self, document: Mapping[str, Any]) -> dict[str, Any] | None:
        """Write the whole profile; as it is there now, None if the host looks at it later (202). Raises HostTrouble."""
        self._require(PROFILE_UPDATE)
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        url = f"{self.connection.base}{BASE}/profile"
        answer = self.call("PUT", url, headers, body=json_bytes(dict(document)))
        if answer.status_code not in {200, 202}:
            raise api_trouble(answer, self.host)
        return object_of(answer, self.host) if answer.status_code == 200 else None

    def call(
        self, method: str, url: str, headers: Mapping[str, str], *, body: bytes = b"", most_bytes: int = 512 * 1024
    ) -> Answer:
        """With the access token, refreshed before its end, and once if it is taken no more. Raises HostTrouble."""
        now = self.service.clock()
        if self.access_until is not None and self.access_until - _EARLY <= now and self.secrets.refresh:
            self._refresh(now)
        answer = self._asked(method, url, headers, body, most_bytes)
        if answer.status_code != 401:
            return answer
        self._refresh(now)
        answer = self._asked(method, url, headers, body, most_bytes)
        if answer.status_code == 401:
            mark_lost(self.service.database, self.connection.id)
            raise Lost(sentence("{host} lets this server in no more. Connect it anew.", host=self.host), status=401)
        return answer

    def _asked(self, method: str, url: str, headers: Mapping[str, str], body: bytes, most_bytes: int) -> Answer:
        sent = {**headers, "Authorization": f"Bearer {self.secrets.access}"}
        return asked(self.wire, method, url, self.host, headers=sent, body=body, most_bytes=most_bytes)

    def _refresh(self, now: datetime) -> None:
        keyring, database = self.service.keyring, self.service.database
        try:
            made = refresh(self.wire, self.connection, self.secrets, now)
        except Lost:
            mark_lost(database, self.connection.id)
            raise
        self.secrets = Secrets(self.secrets.client_secret, access=made.access, refresh=made.refresh)
        self.access_until = made.access_until
        assert keyring is not None  # noqa: S101  (whoever claimed the connection opened its secrets with it)
        sealed = self.secrets.sealed(keyring, self.connection.id, self.randomness)
        keep_tokens(database, self.connection.id, sealed, access_until=made.access_until)

    def _require(self, scope: str) -> None:
        if scope not in self.connection.scopes:
            raise HostTrouble(
                sentence("{host} did not allow that. Connect it anew, and allow it there.", host=self.host)
            )

    def _next(self, first: str, answer: Answer) -> str:
        """The next page, "" after the last. Raises HostTrouble for one that is not of the same list."""
        link = _next_of(answer.headers.get("link", ""))
        if not link:
            return ""
        here = there = urlsplit(first)
        try:
            url = urljoin(answer.url, link)
            there = urlsplit(url)
        except ValueError:  # no address at all, as of a host in half a bracket
            url = ""
        same = (here.scheme, here.netloc, here.path) == (there.scheme, there.netloc, there.path)
        if not url or not same or there.fragment:
            raise HostTrouble(
                sentence("{host} says that its list goes on somewhere else; we do not go there.", host=self.host)
            )
        return url


def _next_of(header: str) -> str:
    for found in _LINK.finditer(header[:16_384]):
        rel = _REL.search(found[2])
        if rel and "next" in (rel[1] or rel[2] or "").lower().split():
            return found[1]
    return ""


def _badges_in(document: Mapping[str, Any]) -> list[tuple[str, bytes]]:
    plain, compact = document.get("credential"), document.get("compactJwsString")
    found = [("json", json_bytes(one)) for one in plain if isinstance(one, dict)] if isinstance(plain, list) else []
    if isinstance(compact, list):
        found += [("jwt", one.strip().encode()) for one in compact if isinstance(one, str) and one.isascii()]
    return [one for one in found if len(one[1]) <= MOST_BYTES]
