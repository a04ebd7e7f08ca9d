"""Credentials that are secured from outside: SD-JWT, COSE, and the envelopes in which any of them may come."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import cbor2
import pytest

from credentials.contexts import CREDENTIALS_V2
from credentials.proofs import compact_jws, cose
from credentials.proofs.sd_jwt import disclosures, key_binding, token
from keys import jwk
from keys.algorithms import KeyType
from keys.signer import generate
from tests.world import Issuer, World
from verifier.policy import Question
from verifier.result import CheckName, Outcome, Status

HOLDER = generate(KeyType.P256)
ASKED = Question("n-1", "https://verifier.example")
_serials: Iterator[int] = count()


def randomness(length: int) -> bytes:
    return next(_serials).to_bytes(length, "big")


def plain(issuer: Issuer, **members: Any) -> dict[str, Any]:
    """A credential of the W3C with nothing in it that an SD-JWT might not conceal."""
    return {
        "@context": [CREDENTIALS_V2],
        "id": f"{issuer.base_url}/credentials/1",
        "type": ["VerifiableCredential"],
        "issuer": issuer.id,
        "validFrom": "2026-01-01T00:00:00Z",
        "credentialSubject": {"id": "did:example:ada", "name": "Ada", "description": "Operator"},
        **members,
    }


def sd_jwt(issuer: Issuer, payload: dict[str, Any], *concealed: str, typ: str = token.VC_TYPE, kid: str = "") -> str:
    return token.issue(
        payload, issuer.jwt_key, typ=typ, kid=kid or issuer.kid, concealed=concealed, randomness=randomness
    )


def message(issuer: Issuer, payload: dict[str, Any], **changes: str) -> bytes:
    names = {"typ": "vc+cose", "content_type": "vc", "kid": issuer.kid, **changes}
    return cose.sign(json.dumps(payload).encode(), issuer.jwt_key, **names)


def data_url(kind: str, content: str | bytes) -> str:
    if isinstance(content, bytes):
        return f"data:application/{kind};base64,{base64.b64encode(content).decode()}"
    return f"data:application/{kind},{content}"


def enveloped(kind: str, content: str | bytes) -> str:
    return json.dumps(
        {"@context": [CREDENTIALS_V2], "type": "EnvelopedVerifiableCredential", "id": data_url(kind, content)}
    )


def shown(text: str, *names: str) -> str:
    return token.shown(token.read(text, types=(token.VC_TYPE, token.DC_TYPE)), lambda one: one.name in names)


# SD-JWT


def test_a_holder_shows_a_part_of_a_credential_and_that_part_is_verified(world: World, acme: Issuer) -> None:
    whole = sd_jwt(acme, plain(acme), "/credentialSubject/name", "/credentialSubject/description")
    result = world.verify(shown(whole, "name"))
    assert (result.status, result.form) == (Status.VALID, "sd-jwt")
    assert result.document is not None
    assert result.document["credentialSubject"] == {"id": "did:example:ada", "name": "Ada"}


def test_a_badge_as_an_sd_jwt_is_revoked_as_any_other(world: World, acme: Issuer) -> None:
    badge = acme.issue(valid_for=timedelta(days=30))
    text = sd_jwt(acme, badge.document, "/credentialSubject/identifier/0")
    assert world.verify(text).status is Status.VALID
    acme.revoke(badge)
    assert world.verify(shown(text)).status is Status.REVOKED
    world.advance(timedelta(days=31))
    assert world.verify(text).check(CheckName.VALIDITY).outcome is Outcome.FAILED


def test_a_stranger_signs_no_sd_jwt_for_the_issuer(world: World, acme: Issuer, mallory: Issuer) -> None:
    assert world.verify(sd_jwt(mallory, plain(acme))).status is Status.INVALID
    assert world.verify(sd_jwt(mallory, plain(acme), kid=acme.kid)).status is Status.INVALID


def test_the_holder_answers_the_question_of_this_verifier(world: World, acme: Issuer) -> None:
    text = sd_jwt(acme, plain(acme, cnf={"jwk": jwk.to_jwk(HOLDER.public_key)}), "/credentialSubject/name")
    bound = key_binding.bind(text, HOLDER, nonce=ASKED.nonce, audience=ASKED.audience, now=world.now)
    assert world.verify(bound, shown_for=ASKED).check(CheckName.RECIPIENT).outcome is Outcome.PASSED
    assert world.verify(bound).status is Status.VALID
    for given, question in ((text, ASKED), (bound, Question("n-2", ASKED.audience)), (bound, Question("n-1", "other"))):
        result = world.verify(given, shown_for=question)
        assert (result.status, result.deciding_check and result.deciding_check.name) == (
            Status.INVALID,
            CheckName.RECIPIENT,
        )
    assert world.verify(acme.issue().json, shown_for=ASKED).status is Status.INVALID


def test_disclosures_that_nest_without_end_are_refused_before_anything_is_fetched(world: World, acme: Issuer) -> None:
    """Each is as shallow as JSON must be; together they would be deeper than Python goes."""
    deep: Any = {"_sd": []}
    texts = []
    for _ in range(400):
        one = disclosures.make("a", deep, randomness)
        texts.append(one.text)
        deep = {"b": {"c": {"d": {"_sd": [one.digest]}}}}
    jws = compact_jws.sign({"typ": token.VC_TYPE, "kid": acme.kid}, json.dumps(deep).encode(), acme.jwt_key)
    result = world.verify("~".join((jws, *texts, "")))
    assert result.status is Status.INVALID
    assert world.fetcher.requests == []


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"}, {"alg": "HS256"}, {"jku": "https://evil.example"}, {"x5u": "https://evil.example"},
        {"crit": ["exp"]}, {"b64": False}, {"typ": "kb+jwt"}, {"typ": "vp+jwt"}, {"typ": ""}, {"cty": "vp"},
    ],
)  # fmt: skip
def test_a_header_that_asks_for_more_is_refused_before_anything_is_fetched(
    world: World, acme: Issuer, header: dict[str, Any]
) -> None:
    body = json.dumps(plain(acme)).encode()
    given = {"typ": token.VC_TYPE, "kid": acme.kid, **header}
    assert world.verify(compact_jws.sign(given, body, acme.jwt_key) + "~").status is Status.INVALID
    assert world.fetcher.requests == []


# COSE


def test_a_message_is_verified_as_bytes_as_a_data_url_and_in_an_envelope(world: World, acme: Issuer) -> None:
    badge = acme.issue()
    given = message(acme, badge.document)
    for form in (given, data_url("vc+cose", given), enveloped("vc+cose", given)):
        result = world.verify(form)
        assert result.status is Status.VALID, result.sentence
        assert world.verify(result.secured).status is Status.VALID
    acme.revoke(badge)
    assert world.verify(given).status is Status.REVOKED


@pytest.mark.parametrize("key_type", KeyType)
def test_every_kind_of_key_signs_messages(world: World, key_type: KeyType) -> None:
    issuer = world.issuer("keys.example", jwt_key=key_type)
    assert world.verify(message(issuer, plain(issuer))).status is Status.VALID


def test_a_message_that_was_changed_or_is_by_a_stranger_is_refused(world: World, acme: Issuer, mallory: Issuer) -> None:
    given = message(acme, plain(acme))
    assert world.verify(given.replace(b"Operator", b"Director")).status is Status.INVALID
    assert world.verify(message(mallory, plain(acme), kid=acme.kid)).status is Status.INVALID
    assert world.verify(given[:-1]).status is Status.INVALID
    assert world.verify(given + b"\x00").status is Status.INVALID


@pytest.mark.parametrize(
    "changes", [{"typ": "vp+cose"}, {"typ": "vc+jwt"}, {"content_type": "vp"}, {"typ": "vp+cose", "content_type": "vp"}]
)
def test_a_message_of_another_type_is_no_credential(world: World, acme: Issuer, changes: dict[str, str]) -> None:
    assert world.verify(message(acme, plain(acme), **changes)).status is Status.INVALID
    assert world.fetcher.requests == []


def rewritten(given: bytes, **changes: Any) -> bytes:
    protected, unprotected, payload, signature = cbor2.loads(given).value
    header = {**cbor2.loads(protected), **changes.get("header", {})}
    parts = [cbor2.dumps(header), {**unprotected, **changes.get("unprotected", {})}, payload, signature]
    return cbor2.dumps(cbor2.CBORTag(changes.get("tag", 18), parts))


@pytest.mark.parametrize(
    "changes",
    [
        {"header": {2: [99]}}, {"header": {1: 5}}, {"header": {1: -259}}, {"unprotected": {1: -7}},
        {"unprotected": {33: b"certificate"}}, {"tag": 17}, {"tag": 98}, {"header": {16: 7}},
    ],
)  # fmt: skip
def test_a_message_that_asks_for_more_is_refused_before_anything_is_fetched(
    world: World, acme: Issuer, changes: dict[str, Any]
) -> None:
    assert not world.verify(rewritten(message(acme, plain(acme)), **changes)).verified
    assert world.fetcher.requests == []


# Envelopes


def test_all_three_media_types_come_in_envelopes(world: World, acme: Issuer) -> None:
    badge = acme.issue()
    for kind, content in (
        ("vc+jwt", badge.jwt.decode()),
        ("vc+sd-jwt", sd_jwt(acme, badge.document)),
        ("vc+cose", message(acme, badge.document)),
    ):
        assert world.verify(enveloped(kind, content)).status is Status.VALID, kind
        assert world.verify(data_url(kind, content)).status is Status.VALID, kind


def test_what_is_in_an_envelope_must_be_what_the_envelope_says(world: World, acme: Issuer) -> None:
    badge = acme.issue()
    given = message(acme, badge.document)
    mixed = [
        enveloped("vc+jwt", sd_jwt(acme, badge.document)),
        enveloped("vc+sd-jwt", badge.jwt.decode()),
        enveloped("vc+sd-jwt", sd_jwt(acme, badge.document, typ=token.DC_TYPE)),
        enveloped("vc+cose", badge.jwt.decode()),
        json.dumps({"type": "EnvelopedVerifiableCredential", "id": f"data:application/vc+cose,{given.hex()}"}),
        json.dumps({"type": "EnvelopedVerifiableCredential", "id": f"data:application/vc+cose;base64,{given.hex()}"}),
        json.dumps({"type": "EnvelopedVerifiableCredential", "id": "data:text/html,<p>"}),
        json.dumps({"type": "EnvelopedVerifiableCredential", "id": 7}),
        json.dumps({**json.loads(enveloped("vc+cose", given)), "issuer": acme.id}),
    ]
    for one in mixed:
        assert not world.verify(one).verified, one[:200]
    assert world.fetcher.requests == []


def test_an_envelope_within_an_envelope_is_opened_once_and_not_again(world: World, acme: Issuer) -> None:
    inner = json.loads(enveloped("vc+jwt", acme.issue().jwt.decode()))
    outer = message(acme, inner)
    assert world.verify(outer).status is Status.INVALID
    assert world.verify(sd_jwt(acme, inner)).status is Status.INVALID
    assert world.fetcher.requests == []


def test_a_presentation_is_no_credential_in_whatever_envelope(world: World, acme: Issuer) -> None:
    presentation = {"@context": [CREDENTIALS_V2], "type": "VerifiablePresentation", "holder": acme.id}
    for given in (message(acme, presentation), sd_jwt(acme, presentation)):
        result = world.verify(given)
        assert (result.status, "presentation" in result.sentence) == (Status.UNCHECKED, True)


@pytest.mark.parametrize("claim", ["vc", "vp"])
def test_the_claims_of_version_1_1_have_no_place_beside_a_credential(world: World, acme: Issuer, claim: str) -> None:
    payload = {**plain(acme), claim: {"type": ["VerifiableCredential"]}}
    text = compact_jws.sign({"typ": "vc+jwt", "kid": acme.kid}, json.dumps(payload).encode(), acme.jwt_key)
    for given in (text, message(acme, payload), sd_jwt(acme, payload)):
        result = world.verify(given)
        assert result.check(CheckName.CONFORMS).outcome is Outcome.FAILED
    assert world.fetcher.requests == []


def test_a_date_of_issuing_in_words_is_no_reason_to_refuse(world: World, acme: Issuer) -> None:
    """The W3C's own fixtures have it so, and nothing is decided by it."""
    payload = {**plain(acme), "iss": acme.id, "iat": "2026-01-01T00:00:00Z", "jti": plain(acme)["id"]}
    text = compact_jws.sign({"typ": "vc+jwt", "cty": "vc", "kid": acme.kid}, json.dumps(payload).encode(), acme.jwt_key)
    assert world.verify(text).status is Status.VALID


def test_an_ordinary_badge_waits_for_none_of_this(acme: Issuer) -> None:
    """Importing what verifies badges imports nothing of CBOR or SD-JWT."""
    asked = "import sys, verifier.verify, verifier.presentation; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout.split()
    assert "verifier.verify" in loaded
    assert not {"cbor2", "credentials.proofs.cose", "credentials.proofs.sd_jwt", "verifier.sd_jwt_vc"} & set(loaded)
