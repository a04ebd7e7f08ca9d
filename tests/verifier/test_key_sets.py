"""The keys of an issuer with an https address, looked for in `/.well-known/jwks.json` at its host."""

from __future__ import annotations

import json
from typing import Any

import pytest

from keys import did, jwk
from keys.did import key_set
from tests.world import Issuer, World, payload_of
from verifier.result import CheckName, Status

KEY_SET = "https://hosted.example/.well-known/jwks.json"


@pytest.fixture
def hosted(world: World) -> Issuer:
    """An issuer whose address serves its profile, which names no keys, as many issuers of Open Badges do."""
    issuer = world.issuer("hosted.example", name="Hosted GmbH", method="https")
    issuer.publish_document({"@context": [], **issuer.profile()})
    return issuer


def publish(issuer: Issuer, **members: Any) -> None:
    key = {**jwk.to_jwk(issuer.jwt_key.public_key), "kid": issuer.kid}
    issuer.world.fetcher.serve(KEY_SET, json.dumps({"iss": issuer.id, "keys": [key], **members}).encode())


def token(issuer: Issuer, **header: Any) -> bytes:
    return issuer.sign_anything_as_jwt(payload_of(issuer.issue(status=()).document), **header)


def test_a_key_in_the_set_is_the_issuers(world: World, hosted: Issuer) -> None:
    publish(hosted)
    world.verify(token(hosted)).require()


def test_so_is_one_that_the_token_brings_along(world: World, hosted: Issuer, mallory: Issuer) -> None:
    publish(hosted)
    world.verify(token(hosted, kid=None, jwk=jwk.to_jwk(hosted.jwt_key.public_key))).require()
    other = token(hosted, kid=None, jwk=jwk.to_jwk(mallory.jwt_key.public_key))
    assert world.verify(other).status is Status.INVALID


def test_when_the_address_itself_does_not_answer(world: World, hosted: Issuer) -> None:
    publish(hosted)
    world.fetcher.unreachable(hosted.document_url)
    world.verify(token(hosted)).require()


def test_a_set_of_somebody_else_at_the_same_host(world: World, hosted: Issuer) -> None:
    """Who has his page at the host of many has not their keys."""
    for members in ({"iss": "https://hosted.example/users/mallory"}, {"iss": None}):
        publish(hosted, **members)
        assert world.verify(token(hosted)).status is Status.INVALID


@pytest.mark.parametrize("keys", [[], [{"kid": "other"}], "none", [{"kty": "oct", "k": "AAAA"}]])
def test_a_set_without_the_key(world: World, hosted: Issuer, keys: Any) -> None:
    publish(hosted, keys=keys)
    result = world.verify(token(hosted))
    assert result.status is Status.INVALID
    assert "key set" in result.check(CheckName.KEY_BELONGS_TO_ISSUER).sentence


def test_no_set_means_that_nobody_knows(world: World, hosted: Issuer) -> None:
    assert world.verify(token(hosted)).status is Status.UNCHECKED
    world.fetcher.serve(KEY_SET, b"<html>")
    assert world.verify(token(hosted)).status is Status.UNCHECKED


def test_a_document_that_names_keys_has_the_last_word(world: World) -> None:
    """What it withdrew or never had is not found by a way around it."""
    issuer = world.issuer("hosted.example", method="https")
    body = token(issuer)
    publish(issuer)
    document = issuer.keys_document()
    issuer.publish_document({**document, "assertionMethod": [], "verificationMethod": []})
    world.fetcher.requests.clear()
    assert world.verify(body).status is Status.INVALID
    assert KEY_SET not in world.fetcher.requests


def test_embedded_proofs_and_dids_do_not_ask_for_it(world: World, hosted: Issuer, acme: Issuer) -> None:
    publish(hosted)
    assert world.verify(hosted.issue(status=()).json).status is Status.INVALID
    acme.publish_document({"id": acme.id})
    assert world.verify(acme.issue(status=()).jwt).status is Status.INVALID
    assert not [url for url in world.fetcher.requests if url.endswith("jwks.json")]


def test_the_set_of_a_did_document(acme: Issuer) -> None:
    document = acme.keys_document()
    document["verificationMethod"][0]["revoked"] = "2026-01-01T00:00:00Z"
    made = key_set(document)
    assert made["iss"] == acme.id
    assert [key["kid"] for key in made["keys"]] == [acme.kid]
    assert jwk.from_jwk(made["keys"][0]) == acme.jwt_key.public_key
    assert key_set(did.resolve_offline(did.did_key(acme.key.public_key)))["keys"][0]["crv"] == "Ed25519"
