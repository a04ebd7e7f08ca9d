"""What is asked of the provider, over the guarded network of the verifier: POST too, and never by way of a redirect.

Its `post` is what Authlib's client asks of an HTTP session; so Authlib speaks the protocol, and this reaches the wire.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol
from urllib.parse import urlencode

import httpcore2

from verifier.bounded_body import BodyRefused, read_body
from verifier.fetch import FetchFailed, FetchRefused
from verifier.guarded_connection import Deadline, GuardedBackend, NameLookup, NotPublic, system_lookup
from verifier.web_address import MalformedAddress, WebAddress, parse

DEADLINE = timedelta(seconds=8)
"""For each question, from the name's lookup to the answer's last byte: somebody waits for it."""
MOST_BYTES = 512 * 1024


class ClientAuth(Protocol):
    """How Authlib adds who we are to a request."""

    def prepare(self, method: str, uri: str, headers: dict[str, str], body: str) -> tuple[str, Mapping[str, str], str]:
        """Address, headers and body with it."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider answered, whatever its status; with the members that Authlib reads.

    headers: by their names in lower case; those that came several times are joined by commas.
    """

    url: str
    status_code: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> Any:
        """The body as JSON. Raises ValueError."""
        return json.loads(self.body)

    def raise_for_status(self) -> None:
        """Raises FetchFailed unless the status is one of success."""
        if not 200 <= self.status_code < 300:
            raise FetchFailed(self.url, f"{self.url} answered with status {self.status_code}")


class Wire:
    """Asks public https addresses, and the origins named in `allowed_origins`, whatever address they have.

    Every question ends by DEADLINE and reads at most MOST_BYTES; a redirect is an answer like any other. Raises
    FetchRefused for an address that is not asked, FetchFailed if there is no answer.
    """

    def __init__(
        self,
        *,
        allowed_origins: Iterable[str],
        monotonic: Callable[[], float],
        tls: ssl.SSLContext | None = None,
        lookup: NameLookup = system_lookup,
    ) -> None:
        self._allowed = frozenset(allowed_origins)
        self._monotonic = monotonic
        self._tls = tls or httpcore2.default_ssl_context()
        self._lookup = lookup

    def get(self, url: str, *, bearer: str | None = None, accept: str = "application/json") -> Answer:
        """Ask for JSON, or what `accept` names; `bearer` is an access token to show."""
        headers = {"Accept": accept, **({"Authorization": f"Bearer {bearer}"} if bearer else {})}
        return self._ask("GET", url, headers, b"")

    def post(self, url: str, *, data: Mapping[str, str], headers: Mapping[str, str], auth: ClientAuth) -> Answer:
        """Send a form, with who we are added to it by `auth`."""
        url, sent, body = auth.prepare("POST", url, dict(headers), urlencode(data))
        return self._ask("POST", url, sent, body.encode())

    def send(self, url: str, *, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send a body as it is."""
        return self._ask("POST", url, headers, body)

    def ask(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"", most_bytes: int = MOST_BYTES
    ) -> Answer:
        """Any request, as it is; of the answer at most `most_bytes` are read."""
        return self._ask(method, url, headers, body, most_bytes)

    def may_ask(self, url: str) -> bool:
        """Whether the address is one that is asked, as far as its text says."""
        try:
            self._judged(url)
        except FetchRefused:
            return False
        return True

    def _ask(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, most_bytes: int = MOST_BYTES
    ) -> Answer:
        address = self._judged(url)
        deadline = Deadline(DEADLINE.total_seconds(), self._monotonic)
        backend = GuardedBackend(
            lookup=self._lookup, deadline=deadline, allow_any_address=address.origin in self._allowed
        )
        origin = httpcore2.Origin(address.scheme.encode(), address.host.encode(), address.port)
        request = httpcore2.Request(
            method,
            httpcore2.URL(scheme=origin.scheme, host=origin.host, port=origin.port, target=address.target.encode()),
            headers=[
                ("Host", address.authority),
                *headers.items(),
                *([("Content-Length", str(len(body)))] if method in {"POST", "PUT", "PATCH"} else []),
                ("Accept-Encoding", "identity"),
                ("User-Agent", "guildmark"),
                ("Connection", "close"),
            ],
            content=body,
        )
        try:
            with httpcore2.HTTPConnection(origin, self._tls, network_backend=backend) as connection:
                response = connection.handle_request(request)
                named: dict[str, str] = {}
                for raw, value in response.headers:
                    name, said = raw.decode("latin-1").lower(), value.decode("latin-1")
                    named[name] = f"{named[name]}, {said}" if name in named else said
                return Answer(url, response.status, read_body(response, named, most_bytes), named)
        except NotPublic as error:
            raise FetchRefused(url, f"{url} was not asked: {error}; allowed_origins can name it") from None
        except httpcore2.TimeoutException:
            raise FetchFailed(url, f"{url} did not answer within {DEADLINE.total_seconds():g} seconds") from None
        except BodyRefused as refusal:
            raise FetchFailed(url, f"{url} {refusal}") from None
        except (httpcore2.NetworkError, httpcore2.ProtocolError, ssl.SSLError, OSError) as error:
            raise FetchFailed(url, f"{url} could not be asked: {error or type(error).__name__}") from None

    def _judged(self, url: str) -> WebAddress:
        try:
            address = parse(url)
        except MalformedAddress as error:
            raise FetchRefused(url, f"{error}, so it was not asked") from None
        if address.scheme != "https" and address.origin not in self._allowed:
            raise FetchRefused(url, f"{url} is not https, and {address.origin} is not among the allowed origins")
        return address
