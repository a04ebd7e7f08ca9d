"""What must never be believed, whatever else it says."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
from datetime import timedelta
from typing import Any

import pytest

from keys import base64url, did, jwk
from keys.algorithms import KeyType
from keys.did import PublishedKey
from tests.verifier.documents import Change, edited, edited_token, token_of, token_parts
from tests.world import CONTEXT, Issuer, World, compact_jws, payload_of, signer
from verifier.result import Outcome, Status

YEAR = timedelta(days=365)


def _bits(length: int, seed: int, count: int) -> list[int]:
    return sorted(random.Random(seed).sample(range(length * 8), count))  # noqa: S311  (a sample, no secret)


def _flipped(body: bytes, bit: int) -> bytes:
    changed = bytearray(body)
    changed[bit >> 3] ^= 1 << (bit & 7)
    return bytes(changed)


@pytest.mark.parametrize("form", ["json", "jwt"])
def test_no_flipped_bit_is_believed(world: World, acme: Issuer, form: str) -> None:
    body = acme.issue(valid_for=YEAR, status=()).forms()[form]
    assert world.verify(body).verified
    for bit in _bits(len(body), seed=3, count=160):
        result = world.verify(_flipped(body, bit))
        assert not result.verified, (bit, body[bit >> 3 :][:20])


def test_no_flipped_bit_of_a_proof_value_is_believed(world: World, acme: Issuer) -> None:
    body = acme.issue(status=()).json
    start = body.index(b'"proofValue":"') + 14
    for position in range(start, start + 88, 11):
        for bit in range(8):
            assert not world.verify(_flipped(body, position * 8 + bit)).verified


def test_no_flipped_bit_of_a_token_signature_is_believed(world: World, acme: Issuer) -> None:
    token = acme.issue(status=()).jwt
    start = token.rindex(b".") + 1
    for position in range(start, len(token), 3):
        for bit in range(8):
            assert not world.verify(_flipped(token, position * 8 + bit)).verified


def _rename(document: dict[str, Any]) -> None:
    document["credentialSubject"]["achievement"]["name"] = "Cloud Expert"


def _prolong(document: dict[str, Any]) -> None:
    document["validUntil"] = "2099-01-01T00:00:00Z"


def _drop_end(document: dict[str, Any]) -> None:
    del document["validUntil"]


def _drop_status(document: dict[str, Any]) -> None:
    del document["credentialStatus"]


def _other_index(document: dict[str, Any]) -> None:
    document["credentialStatus"]["statusListIndex"] = "7"


def _other_issuer(document: dict[str, Any]) -> None:
    document["issuer"]["id"] = "did:web:mallory.example"


def _add_evidence(document: dict[str, Any]) -> None:
    document["evidence"] = [{"id": "https://mallory.example/e", "type": ["Evidence"]}]


@pytest.mark.usefixtures("mallory")  # she publishes keys under the issuer that one of the changes names
@pytest.mark.parametrize(
    "change", [_rename, _prolong, _drop_end, _drop_status, _other_index, _other_issuer, _add_evidence]
)
def test_a_changed_badge_is_invalid_and_its_status_is_never_asked(world: World, acme: Issuer, change: Change) -> None:
    badge = acme.issue(valid_for=YEAR)
    acme.revoke(badge)
    for forged in (edited(badge.json, change), edited_token(badge.jwt, change)):
        world.fetcher.requests.clear()
        result = world.verify(forged)
        assert result.status is Status.INVALID
        assert result.check("status").outcome is Outcome.SKIPPED
        assert acme.list_url("revocation") not in world.fetcher.requests


def test_a_forgery_that_says_it_expired_is_a_forgery(world: World, acme: Issuer) -> None:
    badge = acme.issue(valid_for=YEAR)
    world.advance(2 * YEAR)
    assert world.verify(badge.json).status is Status.EXPIRED
    assert world.verify(edited(badge.json, _rename)).status is Status.INVALID


def test_one_dataset_written_as_another_document(world: World, acme: Issuer) -> None:
    """The signature would still hold over an end date under its full IRI, which a JSON reader does not see."""
    badge = acme.issue(valid_for=YEAR, status=())
    world.advance(2 * YEAR)

    def hide_end(document: dict[str, Any]) -> None:
        document["https://www.w3.org/2018/credentials#validUntil"] = {
            "@value": document.pop("validUntil"),
            "@type": "http://www.w3.org/2001/XMLSchema#dateTime",
        }

    def hide_in_graph(document: dict[str, Any]) -> None:
        document["@included"] = [{"id": document["id"], "validUntil": document.pop("validUntil")}]

    def hide_prefixed(document: dict[str, Any]) -> None:
        document["cred:validUntil"] = document.pop("validUntil")

    for trick in (hide_end, hide_in_graph, hide_prefixed):
        result = world.verify(edited(badge.json, trick))
        assert result.status is Status.INVALID, trick.__name__
        assert result.check("conforms").outcome is Outcome.FAILED


def test_what_no_context_defines_is_not_signed_and_not_accepted(world: World, acme: Issuer) -> None:
    badge = acme.issue(status=())

    def add(document: dict[str, Any]) -> None:
        document["credentialSubject"]["achievement"]["grade"] = "A+"

    world.fetcher.requests.clear()
    result = world.verify(edited(badge.json, add))
    assert result.status is Status.INVALID
    assert "grade" in result.sentence
    assert world.fetcher.requests == [], "nothing is fetched for a document of the wrong form"


def test_contexts_out_of_order_inline_or_unknown(world: World, acme: Issuer) -> None:
    body = acme.issue(status=()).json

    def with_context(value: Any) -> bytes:
        return edited(body, lambda document: document.update({"@context": value}))

    assert world.verify(with_context(CONTEXT[::-1])).status is Status.INVALID
    assert world.verify(with_context([*CONTEXT, {"name": "https://evil.example/n"}])).status is Status.INVALID
    unknown = world.verify(with_context([*CONTEXT, "https://evil.example/context"]))
    assert unknown.status is Status.UNCHECKED
    assert world.fetcher.requests == [], "a context is never fetched"


def test_a_duplicate_member(world: World, acme: Issuer) -> None:
    body = acme.issue(valid_for=YEAR, status=()).json
    doubled = body.replace(b'{"@context"', b'{"validUntil":"2099-01-01T00:00:00Z","@context"', 1)
    result = world.verify(doubled)
    assert result.status is Status.INVALID
    assert "validUntil" in result.sentence


def test_a_proof_moved_to_another_document(world: World, acme: Issuer) -> None:
    one, other = acme.issue(status=()), acme.issue(status=(), recipient="eve@acme.example")
    proof = json.loads(one.json)["proof"]
    moved = edited(other.json, lambda document: document.update(proof=proof))
    result = world.verify(moved)
    assert (result.status, result.check("proof").outcome) == (Status.INVALID, Outcome.FAILED)
    assert "The signature is wrong" in result.sentence


def test_a_set_with_one_bad_proof(world: World, acme: Issuer) -> None:
    badge = acme.issue(status=())
    twice = acme.sign_anything(json.loads(badge.json), created="2026-11-22T09:00:00Z")
    assert world.verify(twice).status is Status.VALID

    def spoil(document: dict[str, Any]) -> None:
        document["proof"][1]["created"] = "2026-11-22T08:00:00Z"

    assert world.verify(edited(twice, spoil)).status is Status.INVALID


def test_somebody_else_signed_as_well(world: World, acme: Issuer, mallory: Issuer) -> None:
    """A witness's signature is looked up once the issuer's own is right, and must be right itself."""
    badge = acme.issue(status=())
    witnessed = mallory.sign_anything(json.loads(badge.json))
    result = world.verify(witnessed)
    assert result.status is Status.VALID
    assert "Signed by Acme GmbH (did:web:acme.example)" in result.check("key-belongs-to-issuer").sentence

    def spoil(document: dict[str, Any]) -> None:
        document["proof"][1]["created"] = "2026-11-22T08:00:00Z"

    assert world.verify(edited(witnessed, spoil)).status is Status.INVALID
    world.fetcher.unreachable(mallory.base_url)
    assert world.verify(witnessed).status is Status.UNCHECKED


def test_no_signature_at_all(world: World, acme: Issuer) -> None:
    badge = acme.issue(status=())
    result = world.verify(json.dumps(badge.document))
    assert result.status is Status.INVALID
    assert "not signed" in result.sentence


@pytest.mark.parametrize("form", ["json", "jwt"])
def test_the_key_of_another_issuer(world: World, acme: Issuer, mallory: Issuer, form: str) -> None:
    document = acme.issue(status=()).document
    forged = mallory.sign_anything(document)
    if form == "jwt":
        forged = mallory.sign_anything_as_jwt(payload_of(document))
    world.fetcher.requests.clear()
    result = world.verify(forged)
    assert result.status is Status.INVALID
    assert result.check("key-belongs-to-issuer").outcome is Outcome.FAILED
    assert world.fetcher.requests == [acme.document_url], "a stranger's document is not even fetched"


def test_another_key_under_the_name_of_the_issuers(world: World, acme: Issuer, mallory: Issuer) -> None:
    document = acme.issue(status=()).document
    by_name = mallory.sign_anything(document, verificationMethod=acme.verification_method)
    token = mallory.sign_anything_as_jwt(payload_of(document), kid=acme.kid)
    for forged in (by_name, token):
        result = world.verify(forged)
        assert (result.status, result.check("proof").outcome) == (Status.INVALID, Outcome.FAILED)


def test_a_did_key_signs_for_somebody_else(world: World, acme: Issuer) -> None:
    """The bits are right, which is told; whose key it is is another question, and the answer decides."""
    stranger = world.issuer("stranger.example", method="key")
    forged = stranger.sign_anything(acme.issue(status=()).document)
    strict = world.verify(forged)
    assert strict.status is Status.INVALID
    assert strict.check("proof").outcome is Outcome.PASSED
    assert strict.check("key-belongs-to-issuer").outcome is Outcome.FAILED
    relaxed = world.verify(forged, require_issuer_controls_key=False)
    assert relaxed.status is Status.VALID
    assert relaxed.check("key-belongs-to-issuer").outcome is Outcome.SKIPPED
    assert "the policy of this verification accepts that" in relaxed.check("key-belongs-to-issuer").sentence


def test_a_stranger_says_that_his_key_is_the_issuers(world: World, acme: Issuer, mallory: Issuer) -> None:
    document = mallory.keys_document()
    for method in document["verificationMethod"]:
        method["controller"] = acme.id
    mallory.publish_document({**document, "alsoKnownAs": [acme.id]})
    assert world.verify(mallory.sign_anything(acme.issue(status=()).document)).status is Status.INVALID
    assert world.verify(mallory.issue(status=()).json).status is Status.INVALID


def test_a_document_that_is_about_somebody_else(world: World, acme: Issuer, mallory: Issuer) -> None:
    badge = acme.issue(status=())
    world.fetcher.sites[acme.document_url] = world.fetcher.sites[mallory.document_url]
    result = world.verify(badge.json)
    assert result.status is Status.UNCHECKED
    assert "does not say that it is about did:web:acme.example" in result.sentence


def test_a_key_that_is_published_for_another_purpose(world: World, acme: Issuer) -> None:
    badge = acme.issue(status=())
    document = acme.keys_document()
    document["authentication"] = document.pop("assertionMethod")
    acme.publish_document(document)
    for form in badge.forms().values():
        result = world.verify(form)
        assert result.status is Status.INVALID
        assert "but not for signing credentials" in result.sentence


def test_a_proof_for_another_purpose(world: World, acme: Issuer) -> None:
    document = acme.issue(status=()).document
    result = world.verify(acme.sign_anything(document, proofPurpose="authentication"))
    assert result.status is Status.INVALID


def test_two_keys_by_one_name(world: World, acme: Issuer, mallory: Issuer) -> None:
    badge = acme.issue(status=())
    document = acme.keys_document()
    twin = dict(mallory.keys_document()["verificationMethod"][0], id=acme.verification_method, controller=acme.id)
    document["verificationMethod"].append(twin)
    acme.publish_document(document)
    assert world.verify(badge.json).status is Status.INVALID


def test_a_withdrawn_key_and_a_retired_one(world: World, acme: Issuer) -> None:
    badge = acme.issue(status=())
    old = acme.key
    acme.extra_keys.append(PublishedKey(did.key_fragment(old.public_key), old.public_key, "Multikey"))
    acme.key = signer("acme.example/2", KeyType.ED25519)
    acme.publish_keys()
    assert world.verify(badge.json).status is Status.VALID, "a retired key still verifies what it signed"

    acme.extra_keys[:] = [
        PublishedKey(did.key_fragment(old.public_key), old.public_key, "Multikey", world.now + timedelta(days=1))
    ]
    acme.publish_keys()
    assert world.verify(badge.json).status is Status.VALID
    world.advance(timedelta(days=1))
    result = world.verify(badge.json)
    assert result.status is Status.INVALID
    assert "withdrew the key" in result.sentence


def test_tokens_without_a_signature_or_with_a_shared_secret(world: World, acme: Issuer) -> None:
    payload = payload_of(acme.issue(status=()).document)
    unsigned = compact_jws({"alg": "none", "typ": "JWT", "kid": acme.kid}, payload, lambda _: b"x")
    assert world.verify(unsigned).status is Status.INVALID
    assert world.verify(unsigned.rpartition(b".")[0] + b".").status is Status.INVALID
    public = json.dumps(jwk.to_jwk(acme.jwt_key.public_key)).encode()
    for secret in (public, acme.jwt_key.public_key.material):
        confused = compact_jws(
            {"alg": "HS256", "typ": "JWT", "kid": acme.kid},
            payload,
            lambda message, key=secret: hmac.digest(key, message, hashlib.sha256),  # type: ignore[misc]
        )
        result = world.verify(confused)
        assert result.status is Status.INVALID
        assert "HS256" in result.sentence
    assert world.fetcher.requests == [], "nothing is fetched for an algorithm that is not accepted"


def test_an_algorithm_that_does_not_fit_the_key(world: World, acme: Issuer) -> None:
    payload = payload_of(acme.issue(status=()).document)
    assert world.verify(acme.sign_anything_as_jwt(payload, alg="RS256")).status is Status.INVALID
    assert world.verify(acme.sign_anything_as_jwt(payload, alg="ES512")).status is Status.UNCHECKED


def test_the_key_in_a_token_counts_only_if_the_issuer_publishes_it(world: World, acme: Issuer, mallory: Issuer) -> None:
    payload = payload_of(acme.issue(status=()).document)
    own = jwk.to_jwk(acme.jwt_key.public_key)
    foreign = jwk.to_jwk(mallory.jwt_key.public_key)
    assert world.verify(acme.sign_anything_as_jwt(payload, kid=None, jwk=own)).status is Status.VALID
    assert world.verify(acme.sign_anything_as_jwt(payload, jwk=own)).status is Status.VALID
    forged = world.verify(mallory.sign_anything_as_jwt(payload, kid=None, jwk=foreign))
    assert forged.status is Status.INVALID
    assert "does not publish the key that the token brings along" in forged.sentence
    assert world.verify(mallory.sign_anything_as_jwt(payload, kid=acme.kid, jwk=foreign)).status is Status.INVALID
    assert world.verify(acme.sign_anything_as_jwt(payload, jwk=foreign)).status is Status.INVALID
    assert world.verify(acme.sign_anything_as_jwt(payload, kid=None)).status is Status.INVALID
    private = {**own, "d": "AAAA"}
    assert world.verify(acme.sign_anything_as_jwt(payload, kid=None, jwk=private)).status is Status.INVALID


@pytest.mark.parametrize("kid", ["https://mallory.example/keys/1", "https://169.254.169.254/key", "file:///etc/passwd"])
def test_a_kid_that_leads_elsewhere_is_not_followed(world: World, acme: Issuer, mallory: Issuer, kid: str) -> None:
    token = mallory.sign_anything_as_jwt(payload_of(acme.issue(status=()).document), kid=kid)
    world.fetcher.requests.clear()
    assert world.verify(token).status is Status.INVALID
    assert world.fetcher.requests == [acme.document_url]


@pytest.mark.parametrize("member", ["jku", "x5u", "x5c", "crit", "b64"])
def test_header_members_that_bring_keys_or_change_the_rules(world: World, acme: Issuer, member: str) -> None:
    payload = payload_of(acme.issue(status=()).document)
    value: Any = ["exp"] if member in ("crit", "x5c") else "https://mallory.example/keys"
    result = world.verify(acme.sign_anything_as_jwt(payload, **{member: value}))
    assert result.status is Status.INVALID
    assert member in result.sentence, "it is refused for this member"
    assert world.fetcher.requests == []


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("iss", "did:web:mallory.example"),
        ("jti", "https://acme.example/credentials/other"),
        ("sub", "urn:uuid:00000000-0000-4000-8000-000000000000"),
        ("nbf", 0),
        ("exp", 4102444800),
        ("nbf", "2026-11-21"),
        ("exp", True),
    ],
)
def test_claims_that_disagree_with_the_badge(world: World, acme: Issuer, claim: str, value: Any) -> None:
    payload = payload_of(acme.issue(valid_for=YEAR, status=()).document)
    token = acme.sign_anything_as_jwt({**payload, claim: value})
    result = world.verify(token)
    assert result.status is Status.INVALID
    assert claim in result.sentence


@pytest.mark.parametrize("claim", ["iss", "jti", "sub", "nbf"])
def test_claims_that_are_missing(world: World, acme: Issuer, claim: str) -> None:
    payload = payload_of(acme.issue(status=()).document)
    del payload[claim]
    assert world.verify(acme.sign_anything_as_jwt(payload)).status is Status.INVALID


def test_a_badge_wrapped_beside_another(world: World, acme: Issuer) -> None:
    """With a `vc` claim two readers would see two credentials in one token."""
    real, other = acme.issue(status=()).document, acme.issue(status=(), recipient="eve@acme.example").document
    renamed = {**real, "name": "Cloud Expert"}
    for inner in (other, renamed):
        assert world.verify(acme.sign_anything_as_jwt({**payload_of(real), "vc": inner})).status is Status.INVALID


def test_a_token_with_another_payload_or_padding(world: World, acme: Issuer) -> None:
    header, payload, signature = token_parts(acme.issue(status=()).jwt)
    assert world.verify(token_of(header, payload, signature)).verified
    assert not world.verify(token_of(header, payload, signature + "==")).verified
    assert not world.verify(token_of(header, payload, "")).verified
    assert not world.verify(token_of(header, payload, base64url.encode(b"\0" * 64))).verified


def test_a_name_that_wants_to_repaint_the_terminal(world: World, acme: Issuer) -> None:
    profile = {**acme.profile(), "name": "\x1b[2JAcme\u202e GmbH\n(did:web:bank.example)"}
    body = acme.sign_anything({**acme.issue(status=()).document, "issuer": profile})
    sentences = " ".join(check.sentence for check in world.verify(body).checks)
    assert not any(character in sentences for character in "\x1b\u202e\n")
    assert "(did:web:acme.example)" in sentences
