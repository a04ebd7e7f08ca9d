"""did:web: where an issuer's document lies, and which identifier an address gives."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.did import did_of, did_web, did_web_url, is_did
from keys.errors import MalformedDid

# the first three are the examples of the method's own text
ADDRESSES = [
    (
        "https://w3c-ccg.github.io",
        (),
        "did:web:w3c-ccg.github.io",
        "https://w3c-ccg.github.io/.well-known/did.json",
    ),
    (
        "https://w3c-ccg.github.io/user/alice",
        (),
        "did:web:w3c-ccg.github.io:user:alice",
        "https://w3c-ccg.github.io/user/alice/did.json",
    ),
    (
        "https://example.com:3000/user/alice/",
        (),
        "did:web:example.com%3A3000:user:alice",
        "https://example.com:3000/user/alice/did.json",
    ),
    (
        "https://badges.example.com/",
        ("issuers", "acme"),
        "did:web:badges.example.com:issuers:acme",
        "https://badges.example.com/issuers/acme/did.json",
    ),
    (
        "http://localhost:8000",
        (),
        "did:web:localhost%3A8000",
        "https://localhost:8000/.well-known/did.json",
    ),
    (
        "http://localhost:8000",
        ("issuers", "acme"),
        "did:web:localhost%3A8000:issuers:acme",
        "https://localhost:8000/issuers/acme/did.json",
    ),
    ("https://EXAMPLE.com:443", (), "did:web:example.com", "https://example.com/.well-known/did.json"),
    ("http://intranet:80", (), "did:web:intranet", "https://intranet/.well-known/did.json"),
    (
        "https://xn--bcher-kva.example",
        (),
        "did:web:xn--bcher-kva.example",
        "https://xn--bcher-kva.example/.well-known/did.json",
    ),
    (
        "https://example.com/a%20b",
        ("ü~c",),
        "did:web:example.com:a%20b:%C3%BC%7Ec",
        "https://example.com/a%20b/%C3%BC%7Ec/did.json",
    ),
]


@pytest.mark.parametrize(("base_url", "path", "did", "url"), ADDRESSES)
def test_an_address_gives_a_did_that_leads_to_its_document(
    base_url: str, path: tuple[str, ...], did: str, url: str
) -> None:
    assert did_web(base_url, path) == did
    assert is_did(did)
    assert did_web_url(did) == url


@given(
    host=st.from_regex(r"[a-z]([a-z0-9-]{0,8}[a-z0-9])?(\.[a-z][a-z0-9]{1,5}){0,2}", fullmatch=True),
    port=st.one_of(st.none(), st.integers(1, 65535)),
    path=st.lists(st.text("abzAZ09 -._~%:;@?#é日", min_size=1, max_size=6).filter(lambda s: s not in (".", ".."))),
)
def test_any_address_makes_the_round_trip(host: str, port: int | None, path: list[str]) -> None:
    base_url = f"https://{host}" + (f":{port}" if port else "")
    url = urlsplit(did_web_url(did_web(base_url, path)))
    assert url.hostname == host
    assert url.port == (port if port != 443 else None)
    assert [unquote(part) for part in url.path.split("/")[1:]] == [*(path or [".well-known"]), "did.json"]
    assert not url.query
    assert not url.fragment


@pytest.mark.parametrize(
    "base_url",
    [
        "",
        "example.com",
        "ftp://example.com",
        "file:///etc",
        "https://",
        "https://127.0.0.1",
        "http://127.0.0.1:8000",
        "https://[::1]",
        "https://2130706433",
        "https://0x7f000001",
        "https://127.1",
        "https://0x7f.1",
        "https://example.0x",
        "https://user@example.com",
        "https://user:secret@example.com",
        "https://@example.com",
        "https://example.com?x=1",
        "https://example.com?",
        "https://example.com/#key",
        "https://example.com#",
        "https://example.com:0",
        "https://example.com:65536",
        "https://example.com:port",
        "https://bücher.example",
        "https://exa mple.com",
        "https://exa_mple.com",
        "https://-example.com",
        "https://example-.com",
        "https://example..com",
        "https://.example.com",
        "https://example.com.",
        "https://example.com/a//b",
        "https://example.com/../b",
        "https://example.com/%2e%2e/b",
        "https://example.com/a%2Fb",
        "https://example.com/a%5Cb",
        "https://example.com/a%00b",
        "https://example.com/%ff",
        "https://" + "a" * 64 + ".com",
        "https://" + "a." * 130 + "com",
        "https://example.com/" + "a" * 5000,
        "https://[",
    ],
)
def test_an_address_that_cannot_carry_a_did_is_refused(base_url: str) -> None:
    with pytest.raises(MalformedDid):
        did_web(base_url)


@pytest.mark.parametrize("segment", ["", ".", "..", "a/b", "a\\b", "\n", "\0"])
def test_no_segment_leads_elsewhere(segment: str) -> None:
    with pytest.raises(MalformedDid, match="cannot be a segment"):
        did_web("https://example.com", ("issuers", segment))


@pytest.mark.parametrize(
    "did",
    [
        "",
        "did:web:",
        "did:web",
        "did:key:z6Mk",
        "did:web:example.com#key",
        "did:web:example.com/path",
        "did:web:example.com?x",
        "did:web:example.com::a",
        "did:web:example.com:",
        "did:web:example.com:..:a",
        "did:web:example.com:.",
        "did:web:example.com:%2e%2e:a",
        "did:web:example.com:%2E.:a",
        "did:web:example.com:a%2Fb",
        "did:web:example.com:a%2fb",
        "did:web:example.com:a%5Cb",
        "did:web:example.com:%00",
        "did:web:example.com:%0a",
        "did:web:example.com:%ff",
        "did:web:example.com%2Fpath",
        "did:web:user%40example.com",
        "did:web:example.com%3A",
        "did:web:example.com%3A0",
        "did:web:example.com%3A080",
        "did:web:example.com%3A99999",
        "did:web:example.com%3A80%3A80",
        "did:web:example.com%253A80",
        "did:web:127.0.0.1",
        "did:web:127.0.0.1%3A8000",
        "did:web:169.254.169.254:latest",
        "did:web:2130706433",
        "did:web:0x7f.0.0.1",
        "did:web:%5B%3A%3A1%5D",
        "did:web:example.com\n",
        "did:web:exämple.com",
        "DID:web:example.com",
        "did:WEB:example.com",
        "did:web:" + "a" * 5000,
    ],
)
def test_a_did_that_could_lead_elsewhere_is_refused(did: str) -> None:
    with pytest.raises(MalformedDid):
        did_web_url(did)


def test_the_port_may_be_written_with_a_small_letter_and_the_host_with_large_ones() -> None:
    assert did_web_url("did:web:Example.COM%3a8443:A") == "https://example.com:8443/A/did.json"


class TestSyntax:
    @pytest.mark.parametrize(
        "text",
        ["did:example:123", "did:web:a%3A1:b", "did:key:z6Mk", "did:x::a", "did:ion:-_.%41", "did:3:3"],
    )
    def test_dids(self, text: str) -> None:
        assert is_did(text)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "did",
            "did:",
            "did:a",
            "did:a:",
            "did:A:b",
            "did:a:b:",
            "did:a:b#c",
            "did:a:b/c",
            "did:a:b?c",
            "did:a:%4",
            "did:a:b ",
            "did:a:b\n",
            " did:a:b",
            "urn:a:b",
            "did:a:ü",
            "did:a:b;c",
            "did:a:" + "b" * 5000,
        ],
    )
    def test_no_dids(self, text: str) -> None:
        assert not is_did(text)

    def test_the_did_of_a_did_url(self) -> None:
        for url in ("did:web:a#k", "did:web:a/p?q#k", "did:web:a?q", "did:web:a"):
            assert did_of(url) == "did:web:a"
        for url in ("", "#k", "https://a#k", "did:web:#k", "x" * 10_000):
            with pytest.raises(MalformedDid):
                did_of(url)
