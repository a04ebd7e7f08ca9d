"""Public addresses: built and read back, for any base URL."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer import addresses
from issuer.addresses import Address, AddressRefused, Kind
from keys.did import did_web, did_web_url

BASES = st.sampled_from(
    [
        "https://badges.example.org",
        "http://localhost:8000",
        "https://example.org/badges",
        "https://example.org:8443/a/b",
    ]
)
SLUGS = st.from_regex(addresses.SLUG, fullmatch=True)
VERSIONS = st.from_regex(addresses.VERSION, fullmatch=True)


@given(BASES, st.uuids(), SLUGS, VERSIONS)
def test_every_address_is_read_back_as_what_it_was_built_from(base: str, one: UUID, slug: str, version: str) -> None:
    cases = {
        addresses.credential_url(base, one): Address(Kind.CREDENTIAL, id=one),
        addresses.rendering_url(addresses.credential_url(base, one), "jwt"): Address(
            Kind.RENDERING, id=one, form="jwt"
        ),
        addresses.refresh_url(addresses.credential_url(base, one)): Address(Kind.REFRESH, id=one),
        addresses.achievement_url(base, one): Address(Kind.ACHIEVEMENT, id=one),
        f"{addresses.achievement_url(base, one)}/{version}": Address(Kind.ACHIEVEMENT, id=one, version=version),
        addresses.achievement_image_url(base, one, version): Address(Kind.ACHIEVEMENT_IMAGE, id=one, version=version),
        addresses.status_list_url(base, one): Address(Kind.STATUS_LIST, id=one),
        addresses.issuer_url(base, None): Address(Kind.ISSUER),
        addresses.issuer_url(base, slug): Address(Kind.ISSUER, slug=slug),
        addresses.issuer_image_url(base, None): Address(Kind.ISSUER_IMAGE),
        addresses.issuer_image_url(base, slug): Address(Kind.ISSUER_IMAGE, slug=slug),
        addresses.did_document_url(base, None): Address(Kind.DID_DOCUMENT),
        addresses.did_document_url(base, slug): Address(Kind.DID_DOCUMENT, slug=slug),
    }
    for url, address in cases.items():
        assert addresses.parse(base, url) == address
        assert addresses.parse(base, url + "#fragment") is None
        assert addresses.parse(base, url.replace(base, "https://elsewhere.example")) is None


@given(BASES, st.none() | SLUGS)
def test_the_did_document_lies_where_did_web_looks_for_it(base: str, slug: str | None) -> None:
    did = did_web(base, addresses.did_path(slug))
    looked_for = did_web_url(did)
    assert looked_for.partition(":")[2] == addresses.did_document_url(base, slug).partition(":")[2]
    assert addresses.parse(base, looked_for) == Address(Kind.DID_DOCUMENT, slug=slug)


@pytest.mark.parametrize(
    "url", ["/credentials/NOT-A-UUID", "/credentials/", "/issuers/UPPER", "/status-lists/1/2", "/"]
)
def test_other_paths_are_none_of_ours(url: str) -> None:
    assert addresses.parse("https://example.org", f"https://example.org{url}") is None
    upper = "AAAAAAAA-AAAA-4AAA-8AAA-AAAAAAAAAAAA"  # one credential, one address
    assert addresses.parse("https://example.org", f"https://example.org/credentials/{upper}") is None


@pytest.mark.parametrize(
    ("given_url", "kept"),
    [
        ("https://Example.ORG/", "https://example.org"),
        ("https://example.org:443/badges/", "https://example.org/badges"),
        ("http://localhost:8000", "http://localhost:8000"),
    ],
)
def test_a_base_url_is_kept_in_one_form(given_url: str, kept: str) -> None:
    assert addresses.checked_base_url(given_url) == kept


@pytest.mark.parametrize(
    "given_url",
    [
        "example.org",
        "ftp://example.org",
        "https://",
        "https://me:pw@example.org",
        "https://example.org?x=1",
        "https://example.org/#a",
        "https://example.org:99999",
        "https://exa mple.org",
        "http://[::1",
        "",
    ],
)
def test_what_makes_no_address_is_refused_with_an_example(given_url: str) -> None:
    with pytest.raises(AddressRefused, match="http://localhost:8000"):
        addresses.checked_base_url(given_url)
