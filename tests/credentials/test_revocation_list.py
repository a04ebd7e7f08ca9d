"""1EdTechRevocationList: what is listed is revoked, whichever way it is written, and nothing is misread as empty."""

from __future__ import annotations

import json
from typing import Any

import pytest

from credentials.problems import MALFORMED_VALUE_ERROR, PARSING_ERROR, TOO_COMPLEX, Unacceptable
from credentials.revocation_list import RevocationList

URL = "https://acme.example/revoked"


def served(**members: Any) -> bytes:
    return json.dumps({"id": URL, "issuer": "did:web:acme.example", **members}).encode()


@pytest.mark.parametrize("member", ["revokedCredential", "revokedCredentials"])
@pytest.mark.parametrize(
    ("entries", "revoked"),
    [
        ([], {}),
        ([{"id": "urn:1"}], {"urn:1": ""}),
        ({"id": "urn:1"}, {"urn:1": ""}),
        ("urn:1", {"urn:1": ""}),
        ([{"id": "urn:1", "revoked": True, "revocationReason": "Cheated"}], {"urn:1": "Cheated"}),
        ([{"id": "urn:1", "revoked": False}, {"id": "urn:2"}], {"urn:2": ""}),
        ([{"id": "urn:1", "revoked": "false"}], {"urn:1": ""}),
        ([{"id": "urn:1", "revoked": False}, {"id": "urn:1"}], {"urn:1": ""}),
        ([{"id": "urn:1"}, {"id": "urn:1", "revoked": False}], {"urn:1": ""}),
    ],
)
def test_what_is_revoked(member: str, entries: Any, revoked: dict[str, str]) -> None:
    found = RevocationList.parse(served(**{member: entries}))
    assert found == RevocationList(URL, frozenset({"did:web:acme.example"}), revoked)


def test_both_members_count() -> None:
    found = RevocationList.parse(served(revokedCredential=[{"id": "a"}], revokedCredentials=[{"id": "b"}]))
    assert found is not None
    assert set(found.revoked) == {"a", "b"}


@pytest.mark.parametrize(
    "issuer", ["did:web:acme.example", {"id": "did:web:acme.example"}, [{"id": "did:web:acme.example", "name": "A"}]]
)
def test_every_way_to_name_its_issuer(issuer: Any) -> None:
    found = RevocationList.parse(served(issuer=issuer))
    assert found is not None
    assert found.issuers == {"did:web:acme.example"}


@pytest.mark.parametrize("body", [b"{}", b"[]", b"null", b'"https://acme.example"', b'{"id": "x"}', b'{"issuer": "x"}'])
def test_json_that_is_no_list(body: bytes) -> None:
    assert RevocationList.parse(body) is None


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"<html>", PARSING_ERROR),
        (b'{"id": "a", "id": "b", "issuer": "c"}', PARSING_ERROR),
        (served(revokedCredential=[7]), MALFORMED_VALUE_ERROR),
        (served(revokedCredential=[{"revoked": True}]), MALFORMED_VALUE_ERROR),
        (served(revokedCredential=[{"id": ["urn:1"]}]), MALFORMED_VALUE_ERROR),
        (served(revokedCredential=None), MALFORMED_VALUE_ERROR),
        (served(revokedCredential=["a"] * 100_001), TOO_COMPLEX),
        (served(revokedCredential=["a" * 2_100_000]), TOO_COMPLEX),
        (b'{"issuer": ' + b"[" * 100 + b"]" * 100 + b"}", TOO_COMPLEX),
    ],
)
def test_a_list_that_cannot_be_read(body: bytes, problem: str) -> None:
    with pytest.raises(Unacceptable) as refused:
        RevocationList.parse(body)
    assert refused.value.problems[0].type == problem
