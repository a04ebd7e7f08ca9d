"""The verdict: whatever is given to the verifier, whatever servers answer: a result, and no forgery is valid."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

from credentials import canonical
from credentials.contexts import OPEN_BADGES_EXTENSIONS
from keys import jwk
from tests.fuzz import mutators
from tests.fuzz.fixed import signer
from tests.fuzz.mutators import json_tree
from tests.fuzz.target import NOTHING, NOW, object_of, require, taken, target
from tests.fuzz.targets.proofs import _messages, _tokens
from tests.world import CONTEXT, Issuer, World, compact_jws
from verifier.given import judge_given
from verifier.policy import ORDINARY
from verifier.presentation import Challenge, NotAPresentation, PresentationResult, verify_presentation
from verifier.result import VerificationResult

VERIFY = ("Verification", "Command line")


@cache
def _world() -> tuple[World, Issuer]:
    world = World(NOW)
    acme = world.issuer("acme.example")
    acme.key, acme.jwt_key = signer("acme"), signer("acme (JWT)")
    acme.publish_keys()
    return world, acme


@cache
def _badges() -> tuple[bytes, ...]:
    """A badge in both forms, one that is revoked, and one that was endorsed."""
    world, acme = _world()
    badge, gone = acme.issue(), acme.issue()
    acme.revoke(gone)
    refreshed = acme.issue(refreshService={"id": "https://acme.example/newest", "type": "1EdTechCredentialRefresh"})
    refreshed.document["@context"] = [*CONTEXT, OPEN_BADGES_EXTENSIONS]
    refreshed.document["endorsement"] = [json.loads(acme.endorse(refreshed.id).json)]
    world.fetcher.serve("https://acme.example/newest", badge.json)
    return badge.json, badge.jwt, gone.json, refreshed.json


@cache
def _datasets() -> frozenset[bytes]:
    """The canonical forms that acme signed, and that are valid."""
    found = set()
    for text in (_badges()[0], _badges()[3]):
        document = json.loads(text)
        found.add(canonical.canonicalize({name: value for name, value in document.items() if name != "proof"}))
    return frozenset(found)


def _judge(data: bytes) -> VerificationResult | PresentationResult:
    world, _ = _world()
    result = judge_given(
        data,
        resolver=world.resolver,
        fetcher=world.fetcher,
        policy=replace(ORDINARY, refresh=True, recipient=("emailAddress", "ada@acme.example")),
        now=NOW,
    )
    json.dumps(result.as_dict(), allow_nan=False)
    return result


@target(
    "verifier.given:judge_given",
    "verifier.verify:verify",
    "verifier.checks.status:check_status",
    "verifier.checks.recipient:check_recipient",
    entries=VERIFY,
    seeds=_badges,
    mutator=mutators.token,
    most_bytes=8192,
)
def verdicts(data: bytes) -> None:
    """What verifies says what acme signed, whatever form it has."""
    _badges()
    result = _judge(data)
    if not isinstance(result, VerificationResult) or not result.verified:
        return
    if result.form == "jwt":
        require(result.secured.encode().strip() == _badges()[1], "the token that acme signed", data)
        return
    document = dict(result.document or {})
    document.pop("proof", None)
    require(canonical.canonicalize(document) in _datasets(), "the dataset that acme signed", data)


def _answers() -> Iterator[bytes]:
    world, acme = _world()
    _badges()
    for url in (acme.document_url, acme.list_url("revocation")):
        yield json.dumps({url: json.loads(world.fetcher.sites[url].body)}).encode()
    yield json.dumps({"unsigned list": acme.list_document("revocation")}).encode()
    yield json.dumps({acme.document_url: acme.keys_document(), acme.list_url("revocation"): {}}).encode()


@target(
    "verifier.resolve:DidResolver.resolve",
    "verifier.published_keys:key_named",
    "verifier.published_keys:key_equal_to",
    "verifier.checks.status_lists:fetched",
    entries=("Answers of servers that documents name",),
    seeds=_answers,
    mutator=json_tree,
    most_bytes=8192,
)
def answers(data: bytes) -> None:
    """Whatever the issuer's addresses answer: a result, and the revoked badge is never valid."""
    value = object_of(data)
    if value is None:
        return
    world, acme = _world()
    _badges()
    honest = world.fetcher.sites.copy()
    served = {**value}
    if isinstance(served.get("unsigned list"), dict):
        signed = taken(
            Exception, acme.sign_anything, served.pop("unsigned list")
        )  # what has no canonical form, nobody signs
        if signed is not NOTHING:
            world.fetcher.serve(acme.list_url("revocation"), signed)
    try:
        for url, document in served.items():
            if url in honest:
                world.fetcher.serve(url, json.dumps(document).encode())
        for badge in _badges()[:3]:
            result = _judge(badge)
            if badge is _badges()[2] and "unsigned list" not in value:
                require(not (isinstance(result, VerificationResult) and result.verified), "revoked stays revoked", data)
    finally:
        world.fetcher.sites.clear()
        world.fetcher.sites.update(honest)


def _others() -> Iterator[bytes]:
    yield from _tokens()
    yield from _messages()
    assertion = {
        "@context": "https://w3id.org/openbadges/v2",
        "type": "Assertion",
        "id": "https://acme.example/older/1",
        "recipient": {"type": "email", "identity": "ada@acme.example", "hashed": False},
        "issuedOn": "2020-01-01T00:00:00Z",
        "badge": {
            "type": "BadgeClass",
            "id": "https://acme.example/older/class",
            "name": "x",
            "description": "x",
            "image": "https://acme.example/x.png",
            "criteria": {"narrative": "x"},
            "issuer": {
                "type": "Profile",
                "id": "https://acme.example/older",
                "name": "Acme",
                "url": "https://acme.example",
                "email": "a@acme.example",
            },
        },
        "verification": {"type": "hosted"},
        "expires": "2030-01-01T00:00:00Z",
    }
    yield json.dumps(assertion).encode()
    payload = {**assertion, "verification": {"type": "signed", "creator": "https://acme.example/older/key"}}
    yield compact_jws({"alg": "RS256"}, payload, lambda _: bytes(256))


@target(
    "verifier.older.judge:judge_older",
    "verifier.sd_jwt_vc:judge",
    "verifier.checks.token_status:check_token_status",
    entries=VERIFY,
    seeds=_others,
    mutator=mutators.token,
    most_bytes=8192,
)
def other_kinds(data: bytes) -> None:
    """Older badges, SD-JWTs and messages of strangers: a result, and nothing of theirs is valid here.

    An older badge lies at its own address, whatever it says.
    """
    world, _ = _world()
    value = object_of(data)
    served = value.get("id") if value is not None else None
    if isinstance(served, str) and served.startswith("https://acme.example/older"):
        world.fetcher.serve(served, data)
    try:
        result = _judge(data)
    finally:
        if isinstance(served, str) and served.startswith("https://acme.example/older"):
            del world.fetcher.sites[served]
    require(served is not None or not result.verified, "signed by nobody who is known", data)


def _presentations() -> Iterator[bytes]:
    _, acme = _world()
    held = {"@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["VerifiablePresentation"], "holder": acme.id}
    signed = acme.sign_anything(
        {**held, "verifiableCredential": [json.loads(_badges()[0])]},
        proofPurpose="authentication",
        challenge="c",
        domain="d",
    )
    yield signed
    enveloped = {
        "@context": held["@context"],
        "id": "data:application/vc+jwt," + _badges()[1].decode(),
        "type": "EnvelopedVerifiableCredential",
    }
    yield json.dumps({**held, "verifiableCredential": enveloped}).encode()
    text = compact_jws(
        {"alg": "EdDSA", "typ": "vp+jwt", "kid": acme.kid}, {**held, "nonce": "c", "aud": "d"}, acme.jwt_key.sign
    )
    yield text
    yield json.dumps(
        {
            "type": "EnvelopedVerifiablePresentation",
            "@context": held["@context"],
            "id": f"data:application/vp+jwt,{text.decode()}",
        }
    ).encode()


@target(
    "verifier.presentation:verify_presentation",
    "verifier.presentation:judge_presentation",
    "verifier.enveloped_presentation:proven_holder",
    entries=("Verification", "Wallets (OpenID4VP, exchanges)"),
    seeds=_presentations,
    mutator=mutators.token,
    most_bytes=8192,
)
def presentations(data: bytes) -> None:
    """A presentation is one or is not; who shows it to another challenge is refused."""
    world, _ = _world()
    value = object_of(data)
    given: Any = value if value is not None else data.decode("utf-8", "replace")
    surroundings = {"resolver": world.resolver, "fetcher": world.fetcher, "policy": ORDINARY, "now": NOW}
    for challenge in (Challenge("c", "d"), Challenge("other", "d")):
        result = taken(NotAPresentation, verify_presentation, given, challenge=challenge, **surroundings)
        if result is not NOTHING:
            json.dumps(result.as_dict(), allow_nan=False)
            require(challenge.challenge == "c" or not result.verified, "for this challenge", data)


METADATA = "https://acme.example/.well-known/jwt-vc-issuer/sd"


def _metadata() -> Iterator[bytes]:
    _, acme = _world()
    keys = [{**jwk.to_jwk(acme.jwt_key.public_key), "kid": "1", "alg": "EdDSA"}]
    yield json.dumps(
        {
            "iss": "https://acme.example/sd",
            "kid": "1",
            "served": {"issuer": "https://acme.example/sd", "jwks": {"keys": keys}},
        }
    ).encode()
    moved = {"issuer": "https://acme.example/sd", "jwks_uri": "https://acme.example/jwks"}
    yield json.dumps({"iss": "https://acme.example/sd", "kid": "1", "served": moved, "more": {"keys": keys}}).encode()


@target(
    "verifier.issuer_metadata:published_by",
    "verifier.sd_jwt_vc:judge",
    entries=("Answers of servers that documents name",),
    seeds=_metadata,
    mutator=json_tree,
)
def issuers_of_sd_jwts(data: bytes) -> None:
    """Whatever the issuer of an SD-JWT VC is called, and whatever its address answers: a result."""
    value = object_of(data)
    if value is None:
        return
    world, acme = _world()
    world.fetcher.serve(METADATA, json.dumps(value.get("served")).encode())
    world.fetcher.serve("https://acme.example/jwks", json.dumps(value.get("more")).encode())
    header = {"alg": "EdDSA", "typ": "dc+sd-jwt", "kid": value.get("kid")}
    payload = {"iss": value.get("iss"), "vct": "https://acme.example/vct", "nbf": 1}
    try:
        _judge(compact_jws(header, payload, acme.jwt_key.sign) + b"~")
    finally:
        del world.fetcher.sites[METADATA], world.fetcher.sites["https://acme.example/jwks"]
