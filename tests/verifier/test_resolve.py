"""Where an issuer's keys are looked up."""

from __future__ import annotations

import json

import pytest

from tests.world import Issuer, World
from verifier.resolve import DidResolver, Unresolved
from verifier.result import Status

INTERNAL = "http://badges.internal:8080"
DID = "did:web:badges.internal%3A8080:issuers:acme"


def test_did_web_over_http_only_where_the_operator_says_so(world: World) -> None:
    document = json.dumps({"id": DID}).encode()
    world.fetcher.serve(f"{INTERNAL}/issuers/acme/did.json", document)
    with pytest.raises(Unresolved):
        world.resolver.resolve(DID)
    assert world.fetcher.requests == ["https://badges.internal:8080/issuers/acme/did.json"]
    assert DidResolver(world.fetcher, allowed_origins=[INTERNAL]).resolve(DID) == {"id": DID}
    both = DidResolver(world.fetcher, allowed_origins=[INTERNAL, "https://badges.internal:8080"])
    with pytest.raises(Unresolved):
        both.resolve(DID)
    assert world.fetcher.requests[-1].startswith("https://")


@pytest.mark.parametrize(
    "identifier",
    [
        "did:web:", "did:web:..", "did:web:a.example:..", "did:web:user@a.example", "did:web:127.0.0.1", "did:key:z6Mk",
        "did:key:", "did:jwk:e30", "did:ethr:0x1", "urn:uuid:1", "", "did:web:a.example#key", "mailto:a@b.example",
    ],
)  # fmt: skip
def test_identifiers_that_lead_nowhere(world: World, identifier: str) -> None:
    with pytest.raises(Unresolved):
        world.resolver.resolve(identifier)
    assert world.fetcher.requests == []


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"id": "did:web:acme.example"', b"<html>", b'{"id": "did:web:mallory.example"}']
)
def test_documents_that_are_not_about_the_issuer(world: World, acme: Issuer, body: bytes) -> None:
    badge = acme.issue(status=())
    world.fetcher.serve(acme.document_url, body)
    assert world.verify(badge.json).status is Status.UNCHECKED


def test_a_document_that_says_two_things(world: World, acme: Issuer) -> None:
    badge = acme.issue(status=())
    text = json.dumps(acme.keys_document())
    world.fetcher.serve(acme.document_url, text.replace('"id"', '"id": "did:web:x.example", "id"', 1).encode())
    assert world.verify(badge.json).status is Status.UNCHECKED


def test_the_forms_in_which_documents_list_keys(world: World, acme: Issuer) -> None:
    """Embedded under assertionMethod, a single value for an array, and ids relative to the document."""
    badge = acme.issue(status=())
    document = acme.keys_document()
    embedded = {"id": acme.id, "assertionMethod": document["verificationMethod"]}
    relative = json.loads(json.dumps(document).replace(f'"{acme.id}#', '"#'))
    single = {**document, "assertionMethod": acme.verification_method}
    for variant in (embedded, relative, single):
        acme.publish_document(variant)
        assert world.verify(badge.json).status is Status.VALID


@pytest.mark.parametrize("member", ["revoked", "expires"])
def test_a_key_with_an_unreadable_end(world: World, acme: Issuer, member: str) -> None:
    badge = acme.issue(status=())
    document = acme.keys_document()
    for method in document["verificationMethod"]:
        method[member] = "soon"
    acme.publish_document(document)
    assert world.verify(badge.json).status is Status.INVALID


def test_a_key_of_an_unknown_kind_is_not_called_a_forgery(world: World, acme: Issuer) -> None:
    badge = acme.issue(status=())
    document = acme.keys_document()
    for method in document["verificationMethod"]:
        method["type"] = "PostQuantumKey2030"
    acme.publish_document(document)
    assert world.verify(badge.json).status is Status.UNCHECKED
