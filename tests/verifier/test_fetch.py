"""The guard, against real servers: where it goes, where it does not, and how much it takes."""

from __future__ import annotations

import gzip
import ssl
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import httpcore2
import pytest

from tests.verifier.site import HOST, Site, certificate_files, running
from verifier.fetch import FetchFailed, FetchRefused, GuardedFetcher, NoNetwork
from verifier.guarded_connection import NameLookup
from verifier.web_address import MalformedAddress

PUBLIC = "93.184.215.14"
QUICK = timedelta(seconds=5)


@pytest.fixture(scope="module")
def plain_site() -> Iterator[Site]:
    """A http server on this machine."""
    with running() as site:
        yield site


@pytest.fixture(scope="module")
def secure_site() -> Iterator[Site]:
    """A https server on this machine, with a certificate for badges.test."""
    with running(tls=True) as site:
        yield site


@pytest.fixture
def site(plain_site: Site) -> Site:
    """The http server, with no answers yet."""
    plain_site.answers.clear()
    plain_site.requests.clear()
    return plain_site


@pytest.fixture
def secure(secure_site: Site) -> Site:
    """The https server, with no answers yet."""
    secure_site.answers.clear()
    secure_site.requests.clear()
    return secure_site


def at(*addresses: str) -> NameLookup:
    """A name system in which every name has these addresses."""
    return lambda _host, _port: list(addresses)


def trusting() -> ssl.SSLContext:
    """TLS that trusts the test's certificate only."""
    return ssl.create_default_context(cafile=certificate_files()[0])


def fetcher(
    *allowed: str, lookup: NameLookup | None = None, deadline: timedelta = QUICK, tls: ssl.SSLContext | None = None
) -> GuardedFetcher:
    """A guarded fetcher on this machine's clock; no name has an address unless the test says so."""
    return GuardedFetcher(
        allowed_origins=allowed,
        deadline=deadline,
        tls=tls or trusting(),
        monotonic=time.monotonic,
        lookup=lookup or at(),
    )


def get(guarded: GuardedFetcher, url: str, max_bytes: int = 10_000) -> Any:
    """Fetch as the verifier does."""
    return guarded.fetch(url, accept="application/json", max_bytes=max_bytes)


@pytest.fixture
def wires(monkeypatch: pytest.MonkeyPatch) -> Callable[[Site], list[str]]:
    """Lets every connection end at a site of the test, and lists the addresses they were meant for."""

    def lay(site: Site) -> list[str]:
        connected: list[str] = []
        real = httpcore2.SyncBackend.connect_tcp

        def connect(self: Any, host: str, port: int, *args: Any, **kwargs: Any) -> Any:
            connected.append(f"{host}:{port}")
            return real(self, "127.0.0.1", site.port, *args, **kwargs)

        monkeypatch.setattr(httpcore2.SyncBackend, "connect_tcp", connect)
        return connected

    return lay


# Where it goes


def test_an_allowed_origin_is_fetched_and_the_one_beside_it_is_not(site: Site) -> None:
    site.serve("/badge?a=1", b'{"a": 1}', Content_Type="Application/JSON; charset=utf-8", Cache_Control="max-age=60")
    guarded = fetcher(f"http://localhost:{site.port}", lookup=at("127.0.0.1"))
    fetched = get(guarded, f"http://localhost:{site.port}/badge?a=1#part")
    assert (fetched.body, fetched.media_type) == (b'{"a": 1}', "application/json")
    assert fetched.max_age == timedelta(seconds=60)
    for other in (
        f"http://127.0.0.1:{site.port}/badge",
        f"https://localhost:{site.port}/badge",
        "http://localhost/badge",
        f"http://localhost.example:{site.port}/badge",
    ):
        with pytest.raises(FetchRefused):
            get(guarded, other)
    assert site.paths == ["/badge?a=1"]


def test_what_the_server_is_told(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy of the environment, no cookies, no compression asked for."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    site.serve("/a", b"{}", Set_Cookie="a=b")
    guarded = fetcher(f"http://localhost:{site.port}", lookup=at("127.0.0.1"))
    get(guarded, f"http://localhost:{site.port}/a")
    get(guarded, f"http://localhost:{site.port}/a")
    headers = site.requests[-1][1]
    assert headers["accept"] == "application/json"
    assert headers["accept-encoding"] == "identity"
    assert headers["host"] == f"localhost:{site.port}"
    assert not {"cookie", "authorization", "referer"} & set(headers)


def test_https_to_a_public_address(secure: Site, wires: Callable[[Site], list[str]]) -> None:
    connected = wires(secure)
    secure.serve("/badge", b"{}")
    assert get(fetcher(lookup=at(PUBLIC)), f"https://{HOST}/badge").body == b"{}"
    assert connected == [f"{PUBLIC}:443"]


def test_a_name_that_changes_its_answer_gains_nothing(secure: Site, wires: Callable[[Site], list[str]]) -> None:
    """DNS rebinding: the connection goes to the address that was judged; the name is not asked again."""
    connected = wires(secure)
    secure.serve("/badge", b"{}")
    answers = iter([[PUBLIC], ["127.0.0.1"]])
    asked = []

    def lookup(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return next(answers)

    guarded = fetcher(lookup=lookup)
    get(guarded, f"https://{HOST}/badge")
    assert (asked, connected) == ([HOST], [f"{PUBLIC}:443"])
    with pytest.raises(FetchRefused, match=r"127\.0\.0\.1"):
        get(guarded, f"https://{HOST}/badge")
    assert connected == [f"{PUBLIC}:443"]


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.1",
        "224.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.2.1", "168.63.129.16", "::1", "::", "fe80::1%eth0",
        "fd00:ec2::254", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1", "2002:7f00:1::", "2001:db8::1", "2001:0:1::1", "3fff::1", "::127.0.0.1", "not an address",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public(address: str, wires: Callable[[Site], list[str]], site: Site) -> None:
    connected = wires(site)
    with pytest.raises(FetchRefused, match="not an address of the public internet"):
        get(fetcher(lookup=at(address)), "https://badges.example/badge")
    with pytest.raises(FetchRefused):
        get(fetcher(lookup=at(PUBLIC, address)), "https://badges.example/badge")
    assert connected == []


@pytest.mark.parametrize("address", [PUBLIC, "1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"])
def test_addresses_that_are(address: str) -> None:
    from verifier.public_addresses import is_public

    assert is_public(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "localhost"])
def test_this_machine_by_any_spelling(host: str) -> None:
    """With the machine's own name lookup: whatever it makes of the spelling, it is judged."""
    from verifier.guarded_connection import system_lookup

    with pytest.raises((FetchRefused, FetchFailed)) as refusal:
        get(fetcher(lookup=system_lookup), f"https://{host}:8443/")
    assert "refused" not in refusal.value.reason, "nothing was connected to"


@pytest.mark.parametrize(
    "url",
    [
        "http://badges.example/", "ftp://badges.example/", "file:///etc/passwd", "gopher://badges.example/",
        "https://user:secret@badges.example/", "https://badges.example@10.0.0.1/", "https://badges.example:22/",
        "https://badges.example:0/", "https://badges.example:99999/", "https://", "https:///x", "//badges.example",
        "https://badges.example/a b", "https://badges.example\\@10.0.0.1/", "https://badges.example/\r\nHost: x",
        "https://bädges.example/", "https://badges..example/", "https://[fe80::1%25eth0]/", "https://[::1/",
        "https://badges.example/" + "a" * 3000, "https://-x.example/", "javascript:alert(1)", "", "https://a%2eb/",
    ],
)  # fmt: skip
def test_addresses_that_are_not_even_looked_up(url: str) -> None:
    def lookup(_host: str, _port: int) -> Sequence[str]:
        raise AssertionError("asked the name system")

    with pytest.raises(FetchRefused):
        get(fetcher(lookup=lookup), url)


@pytest.mark.parametrize("origin", ["badges.internal", "http://a.example/path", "http://a@b.example", "http://*", ""])
def test_an_allowed_origin_must_be_one(origin: str) -> None:
    with pytest.raises(MalformedAddress):
        fetcher(origin)


def test_a_certificate_of_somebody_else(secure: Site, wires: Callable[[Site], list[str]]) -> None:
    wires(secure)
    secure.serve("/badge", b"{}")
    with pytest.raises(FetchFailed, match="certificate is not accepted"):
        get(fetcher(lookup=at(PUBLIC)), "https://other.test/badge")
    with pytest.raises(FetchFailed, match="certificate is not accepted"):
        get(fetcher(lookup=at(PUBLIC), tls=ssl.create_default_context()), f"https://{HOST}/badge")
    assert secure.requests == []


# Redirects


def _redirect(site: Site, path: str, location: str, status: int = 302) -> None:
    site.serve(path, b"", status=status, Location=location)


def test_redirects_within_the_origin(site: Site) -> None:
    origin = f"http://localhost:{site.port}"
    _redirect(site, "/a", "/b", 301)
    _redirect(site, "/b", f"{origin}/c?d", 308)
    site.serve("/c?d", b"{}")
    fetched = get(fetcher(origin, lookup=at("127.0.0.1")), f"{origin}/a")
    assert (fetched.url, fetched.body) == (f"{origin}/c?d", b"{}")


def test_redirects_that_are_not_followed(site: Site) -> None:
    origin = f"http://localhost:{site.port}"
    guarded = fetcher(origin, "http://localhost:1", lookup=at("127.0.0.1"))
    for location in (
        "http://169.254.169.254/latest/meta-data/",
        "https://elsewhere.example/",
        f"http://127.0.0.1:{site.port}/b",
        "http://localhost:1/",
        f"//localhost:{site.port + 1}/",
        "file:///etc/passwd",
        "https://[broken",
        f"http://localhost:{site.port}@elsewhere.example/",
    ):
        _redirect(site, "/a", location)
        with pytest.raises(FetchRefused):
            get(guarded, f"{origin}/a")
    assert set(site.paths) == {"/a"}
    _redirect(site, "/a", "/a")
    with pytest.raises(FetchFailed, match="more than 3 times"):
        get(guarded, f"{origin}/a")


# How much and how long

MINUTE = 60


def _drip(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "5000")
    handler.end_headers()
    for _ in range(20 * MINUTE):
        handler.wfile.write(b"a")
        handler.wfile.flush()
        time.sleep(0.05)


def _drip_headers(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(20 * MINUTE):
        handler.wfile.write(f"X-{number}: a\r\n".encode())
        handler.wfile.flush()
        time.sleep(0.05)


@pytest.mark.parametrize("answer", [_drip, _drip_headers])
def test_one_deadline_for_everything(site: Site, answer: Callable[[BaseHTTPRequestHandler], None]) -> None:
    """A byte in time for each single read does not buy more time."""
    origin = f"http://localhost:{site.port}"
    site.answers["/slow"] = answer
    begin = time.monotonic()
    with pytest.raises(FetchFailed, match=r"within 0\.4 seconds"):
        get(fetcher(origin, lookup=at("127.0.0.1"), deadline=timedelta(seconds=0.4)), f"{origin}/slow")
    assert time.monotonic() - begin < MINUTE / 2  # the answer itself takes a minute


def test_the_deadline_covers_the_name_lookup() -> None:
    asked_enough = threading.Event()

    def lookup(_host: str, _port: int) -> Sequence[str]:
        asked_enough.wait(MINUTE)
        return [PUBLIC]

    begin = time.monotonic()
    with pytest.raises(FetchFailed, match="did not answer"):
        get(fetcher(lookup=lookup, deadline=timedelta(seconds=0.2)), "https://slow.example/")
    assert time.monotonic() - begin < MINUTE / 2
    asked_enough.set()


def test_a_name_without_an_address() -> None:
    def lookup(_host: str, _port: int) -> Sequence[str]:
        raise OSError("no such name")

    for without in (lookup, at()):
        with pytest.raises(FetchFailed, match="has no address"):
            get(fetcher(lookup=without), "https://nobody.example/")


def _chunked(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    while True:
        handler.wfile.write(b"1000\r\n" + b"a" * 4096 + b"\r\n")


def test_bodies_are_bounded(site: Site) -> None:
    origin = f"http://localhost:{site.port}"
    guarded = fetcher(origin, lookup=at("127.0.0.1"))
    site.serve("/full", b"a" * 10_000)
    assert len(get(guarded, f"{origin}/full").body) == 10_000
    site.serve("/large", b"a" * 10_001)
    site.serve("/liar", b"a", Content_Length="99999999999999")
    site.answers["/endless"] = _chunked
    for path in ("/large", "/liar", "/endless"):
        with pytest.raises(FetchFailed, match="more than the 10,000 bytes"):
            get(guarded, origin + path)


def test_decompression_is_bounded(site: Site) -> None:
    origin = f"http://localhost:{site.port}"
    guarded = fetcher(origin, lookup=at("127.0.0.1"))
    site.serve("/gzip", gzip.compress(b"a" * 10_000), Content_Encoding="gzip")
    assert get(guarded, f"{origin}/gzip").body == b"a" * 10_000
    site.serve("/deflate", zlib.compress(b"{}"), Content_Encoding="deflate")
    assert get(guarded, f"{origin}/deflate").body == b"{}"
    site.serve("/bomb", gzip.compress(b"\0" * 50_000_000), Content_Encoding="gzip")
    tracemalloc.start()
    try:
        with pytest.raises(FetchFailed, match="more than"):
            get(guarded, f"{origin}/bomb", max_bytes=100_000)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000, "inflated no further than was asked for"
    finally:
        tracemalloc.stop()
    for encoding, body in (
        ("br", b"x"),
        ("gzip, gzip", b"x"),
        ("gzip", b"not gzip"),
        ("gzip", gzip.compress(b"abc")[:-9]),
    ):
        site.serve("/odd", body, Content_Encoding=encoding)
        with pytest.raises(FetchFailed):
            get(guarded, f"{origin}/odd")


@pytest.mark.parametrize("status", [204, 304, 401, 404, 410, 500, 302])
def test_answers_that_are_no_document(site: Site, status: int) -> None:
    origin = f"http://localhost:{site.port}"
    site.serve("/a", b"", status=status)
    with pytest.raises(FetchFailed, match=f"status {status}"):
        get(fetcher(origin, lookup=at("127.0.0.1")), f"{origin}/a")


def _raw(handler: BaseHTTPRequestHandler, data: bytes) -> None:
    handler.wfile.write(data)


def test_a_server_that_speaks_something_else(site: Site) -> None:
    origin = f"http://localhost:{site.port}"
    site.answers["/a"] = lambda handler: _raw(handler, b"SSH-2.0-OpenSSH_9.9\r\n")
    site.answers["/b"] = lambda handler: _raw(handler, b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{")
    site.answers["/c"] = lambda handler: _raw(handler, b"X: " + b"a" * 300_000)
    guarded = fetcher(origin, lookup=at("127.0.0.1"))
    for path in ("/a", "/b", "/c"):
        with pytest.raises(FetchFailed):
            get(guarded, origin + path)
    with pytest.raises(FetchFailed, match="could not be reached"):
        get(fetcher("http://localhost:1", lookup=at("127.0.0.1")), "http://localhost:1/")


def test_without_a_network() -> None:
    with pytest.raises(FetchRefused, match="without a network"):
        NoNetwork().fetch("https://acme.example/", accept="", max_bytes=1)
