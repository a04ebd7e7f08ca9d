"""The one door to the network: https to public addresses, bounded in bytes, time, redirects and inflation."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Iterable
from datetime import timedelta

import httpcore2

from credentials.sentence import Sentence, sentence, sentence_of, together
from verifier.bounded_body import BodyRefused, read_body
from verifier.fetcher import Fetched, FetchFailed, FetchGone, FetchRefused
from verifier.guarded_connection import Deadline, GuardedBackend, NameLookup, NotPublic, system_lookup
from verifier.web_address import MalformedAddress, WebAddress, parse, parse_origin, redirected

MAX_REDIRECTS = 3
# Below 1024 live the well-known services, none of which but https serves credentials.
_FIRST_FREE_PORT = 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age=(\d{1,9})(?:$|[,\s])", re.IGNORECASE)


class GuardedFetcher:
    """Fetches from the public web, and from the origins that the operator named.

    Guaranteed for every hop: https with the certificate verified for the name; every address of the name is
    public and the connection goes to one of exactly these; port 443 or one from 1024 up; a redirect leads
    to the same origin, at most three times; name lookup, connection, handshake and all reads together end
    by `deadline`; at most `max_bytes` are read and at most `max_bytes` come out of decompression; no proxy
    and no credentials from the environment; no cookies.

    allowed_origins: exact origins (`http://badges.internal:8080`) for which scheme, address and port are
        not judged. Nothing else opens the guard. Raises `MalformedAddress` for one that is not an origin.
    tls: the certificates that are trusted (`httpcore2.default_ssl_context()` for the machine's own).
    monotonic: the clock of the deadline, in seconds.
    """

    def __init__(
        self,
        *,
        allowed_origins: Iterable[str],
        deadline: timedelta,
        tls: ssl.SSLContext,
        monotonic: Callable[[], float],
        lookup: NameLookup = system_lookup,
    ) -> None:
        self._allowed = frozenset(parse_origin(origin) for origin in allowed_origins)
        self._seconds = deadline.total_seconds()
        self._tls = tls
        self._monotonic = monotonic
        self._lookup = lookup

    def fetch(self, url: str, *, accept: str, max_bytes: int) -> Fetched:
        """The body at the address (see `Fetcher`). Raises `FetchRefused` or `FetchFailed`."""
        try:
            address = parse(url)
        except MalformedAddress as error:
            raise FetchRefused(url, sentence("{why}, so it was not fetched", why=sentence_of(error))) from None
        deadline = Deadline(self._seconds, self._monotonic)
        for _ in range(MAX_REDIRECTS + 1):
            self._judge(address, url)
            answer = self._ask(address, accept, max_bytes, deadline, url)
            if isinstance(answer, Fetched):
                return answer
            if answer.origin != address.origin:
                raise FetchRefused(
                    url,
                    sentence(
                        "{url} leads on to another site ({origin}), and that was not followed",
                        url=url,
                        origin=answer.origin,
                    ),
                )
            address = answer
        raise FetchFailed(
            url,
            sentence(
                "{url} leads from one address to the next more than {max_redirects} times",
                url=url,
                max_redirects=MAX_REDIRECTS,
            ),
        )

    def _judge(self, address: WebAddress, url: str) -> None:
        if address.origin in self._allowed:
            return
        if address.scheme != "https":
            raise FetchRefused(
                url,
                sentence(
                    "{url} is not https, and {origin} is not among the origins that the operator allows",
                    url=url,
                    origin=address.origin,
                ),
            )
        if address.port != 443 and address.port < _FIRST_FREE_PORT:
            raise FetchRefused(
                url, sentence("{url} names port {port}, where no website lives", url=url, port=str(address.port))
            )

    def _ask(
        self, address: WebAddress, accept: str, max_bytes: int, deadline: Deadline, url: str
    ) -> Fetched | WebAddress:
        backend = GuardedBackend(
            lookup=self._lookup, deadline=deadline, allow_any_address=address.origin in self._allowed
        )
        origin = httpcore2.Origin(address.scheme.encode(), address.host.encode(), address.port)
        request = httpcore2.Request(
            "GET",
            httpcore2.URL(scheme=origin.scheme, host=origin.host, port=origin.port, target=address.target.encode()),
            headers=[
                ("Host", address.authority),
                ("Accept", accept),
                ("Accept-Encoding", "identity"),
                ("User-Agent", "guildmark-verifier"),
                ("Connection", "close"),
            ],
        )
        try:
            with httpcore2.HTTPConnection(origin, self._tls, network_backend=backend) as connection:
                response = connection.handle_request(request)
                return self._answer(address, response, max_bytes, url)
        except NotPublic as error:
            raise FetchRefused(url, sentence("{url} was not fetched: {why}", url=url, why=sentence_of(error))) from None
        except httpcore2.TimeoutException:
            raise FetchFailed(
                url, sentence("{url} did not answer within {seconds} seconds", url=url, seconds=f"{self._seconds:g}")
            ) from None
        except httpcore2.ConnectError as error:
            raise FetchFailed(url, sentence("{url} could not be reached: {why}", url=url, why=_why(error))) from None
        except (httpcore2.NetworkError, httpcore2.ProtocolError, ssl.SSLError, OSError) as error:
            raise FetchFailed(url, sentence("{url} broke off its answer: {why}", url=url, why=_why(error))) from None

    def _answer(
        self, address: WebAddress, response: httpcore2.Response, max_bytes: int, url: str
    ) -> Fetched | WebAddress:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1").strip() for name, value in response.headers}
        if response.status in _REDIRECTS and "location" in headers:
            try:
                return redirected(address, headers["location"])
            except MalformedAddress as error:
                raise FetchRefused(
                    url,
                    sentence(
                        "{url} leads on to an address that cannot be followed: {why}", url=url, why=sentence_of(error)
                    ),
                ) from None
        if response.status != 200:
            raise (FetchGone if response.status == _GONE else FetchFailed)(
                url,
                _answered(url, response.status),
            )
        try:
            body = read_body(response, headers, max_bytes)
        except BodyRefused as refusal:
            raise FetchFailed(url, sentence("{url} {why}", url=url, why=sentence_of(refusal))) from None
        media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
        return Fetched(str(address), body, media_type, _max_age(headers.get("cache-control", "")))


def _max_age(cache_control: str) -> timedelta | None:
    if re.search(r"\bno-(?:store|cache)\b", cache_control, re.IGNORECASE):
        return timedelta(0)
    found = _MAX_AGE.search(cache_control)
    return timedelta(seconds=int(found[1])) if found else None


_MEANINGS = {
    401: sentence("(sign-in needed)"),
    403: sentence("(forbidden)"),
    404: sentence("(nothing there)"),
    410: sentence("(gone)"),
}


_GONE = 410


def _answered(url: str, status: int) -> Sentence:
    said = sentence("{url} answered with status {status}", url=url, status=status)
    return together(said, _MEANINGS.get(status, ""))


def _why(error: BaseException) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return sentence("its certificate is not accepted ({why})", why=cause.verify_message)
        cause = cause.__cause__ or cause.__context__
    return sentence_of(error) if isinstance(error, Exception) and str(error) else type(error).__name__
