"""A holder presents credentials in a token or message: who does, for which question, and all of them judged."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import pytest

from credentials.contexts import CREDENTIALS_V2
from credentials.proofs import compact_jws, cose
from credentials.proofs.sd_jwt import token
from keys.signer import Signer
from tests.verifier.test_enveloped import data_url, enveloped, message, randomness, sd_jwt
from tests.world import Issuer, World
from verifier.policy import ORDINARY
from verifier.presentation import Challenge, NotAPresentation, PresentationResult, verify_presentation
from verifier.result import Outcome, Status

ASKED = Challenge("c-42", "verify.example")
CLAIMS = {"nonce": "c-42", "aud": "verify.example"}
FORMS = ("vp+jwt", "vp+sd-jwt", "vp+cose")


@pytest.fixture
def holder(world: World) -> Issuer:
    return world.issuer("ada.example", method="key")


def document(holder: Issuer, *credentials: str, **members: Any) -> dict[str, Any]:
    return {
        "@context": [CREDENTIALS_V2],
        "type": ["VerifiablePresentation"],
        "holder": holder.id,
        "verifiableCredential": [json.loads(one) for one in credentials],
        **members,
    }


def signed(form: str, payload: dict[str, Any], signer: Signer, kid: str, **header: Any) -> str | bytes:
    body = json.dumps(payload).encode()
    if form == "vp+cose":
        return cose.sign(body, signer, typ="vp+cose", content_type="vp", kid=kid)
    if form == "vp+sd-jwt":
        return token.issue(payload, signer, typ=form, kid=kid, concealed=["/nonce"], randomness=randomness)
    return compact_jws.sign({"typ": "vp+jwt", "cty": "vp", "kid": kid, **header}, body, signer)


def presented(form: str, holder: Issuer, *credentials: str, **members: Any) -> str | bytes:
    payload = {**document(holder, *credentials), **CLAIMS, **members}
    return signed(form, payload, holder.key, holder.verification_method)


def judged(
    world: World, presentation: dict[str, Any] | str | bytes, challenge: Challenge = ASKED
) -> PresentationResult:
    return verify_presentation(
        presentation,
        challenge=challenge,
        resolver=world.resolver,
        fetcher=world.fetcher,
        policy=ORDINARY,
        now=world.now,
    )


@pytest.mark.parametrize("form", FORMS)
def test_a_holder_presents_three_credentials_each_in_its_own_envelope(
    world: World, acme: Issuer, holder: Issuer, form: str
) -> None:
    badge, other = acme.issue(), acme.issue()
    inside = (
        enveloped("vc+jwt", badge.jwt.decode()),
        enveloped("vc+sd-jwt", sd_jwt(acme, badge.document)),
        enveloped("vc+cose", message(acme, other.document)),
    )
    given = presented(form, holder, *inside)
    carried = {
        "@context": [CREDENTIALS_V2],
        "type": "EnvelopedVerifiablePresentation",
        "id": data_url(form, given),
    }
    for presentation in (given, carried):
        result = judged(world, presentation)
        assert result.verified, result.sentence
        assert (result.holder.outcome, len(result.credentials)) == (Outcome.PASSED, 3)
        assert holder.id in result.holder.sentence
    acme.revoke(other)
    statuses = [one.status for one in judged(world, given).credentials]
    assert statuses == [Status.VALID, Status.VALID, Status.REVOKED]
    assert not judged(world, given).verified


@pytest.mark.parametrize("form", FORMS)
def test_it_answers_one_question_only(world: World, holder: Issuer, form: str) -> None:
    given = presented(form, holder)
    assert judged(world, given).holder.outcome is Outcome.PASSED
    assert judged(world, given, Challenge()).holder.outcome is Outcome.PASSED
    for other in (Challenge("c-43", "verify.example"), Challenge("c-42", "other.example")):
        assert judged(world, given, other).holder.outcome is Outcome.FAILED


@pytest.mark.parametrize("form", FORMS)
def test_nobody_presents_in_the_name_of_another(world: World, acme: Issuer, holder: Issuer, form: str) -> None:
    payload = {**document(holder), **CLAIMS}
    stranger = world.issuer("eve.example", method="key")
    by_stranger = signed(form, payload, stranger.key, holder.verification_method)
    naming_himself = signed(form, payload, stranger.key, stranger.verification_method)
    for given in (by_stranger, naming_himself):
        assert judged(world, given).holder.outcome is Outcome.FAILED
    # a key for signing credentials is no key for presenting them
    with_issuers_key = signed(form, {**payload, "holder": acme.id}, acme.jwt_key, acme.kid)
    assert judged(world, with_issuers_key).holder.outcome is Outcome.FAILED


@pytest.mark.parametrize(
    ("members", "outcome"),
    [
        ({"exp": -1}, Outcome.FAILED),
        ({"exp": 60}, Outcome.PASSED),
        ({"nbf": 3600}, Outcome.FAILED),
        ({"iat": 3600}, Outcome.FAILED),
        ({"iat": 60}, Outcome.PASSED),
        ({"iat": "2026-11-22T10:00:00Z"}, Outcome.PASSED),
        ({"exp": "soon"}, Outcome.FAILED),
        ({"exp": True}, Outcome.FAILED),
        ({"iss": "did:web:somebody.example"}, Outcome.FAILED),
        ({"vp": {"type": "VerifiablePresentation"}}, Outcome.FAILED),
        ({"vc": "oops"}, Outcome.FAILED),
    ],
)
def test_the_claims_of_a_presentation(world: World, holder: Issuer, members: dict[str, Any], outcome: Outcome) -> None:
    now = int(world.now.timestamp())
    claims = {name: now + value if type(value) is int else value for name, value in members.items()}
    assert judged(world, presented("vp+jwt", holder, **claims)).holder.outcome is outcome


def test_a_presentation_of_version_1_1_is_read_from_its_claim(world: World, acme: Issuer, holder: Issuer) -> None:
    badge = acme.issue()
    inner = {
        "@context": [CREDENTIALS_V2],
        "type": ["VerifiablePresentation"],
        "verifiableCredential": [badge.jwt.decode()],
    }
    given = compact_jws.sign(
        {"typ": "JWT", "kid": holder.verification_method},
        json.dumps({"iss": holder.id, "vp": inner, **CLAIMS}).encode(),
        holder.key,
    )
    assert judged(world, given).verified


def test_an_unsecured_credential_makes_the_presentation_unverified(world: World, acme: Issuer, holder: Issuer) -> None:
    result = judged(world, presented("vp+jwt", holder, json.dumps(acme.issue().document)))
    assert (result.holder.outcome, result.credentials[0].status) == (Outcome.PASSED, Status.INVALID)
    assert not result.verified


def test_presentations_within_presentations_are_not_followed(world: World, holder: Issuer) -> None:
    inner = presented("vp+jwt", holder)
    carried = {"@context": [CREDENTIALS_V2], "type": "EnvelopedVerifiablePresentation", "id": data_url("vp+jwt", inner)}
    result = judged(world, presented("vp+jwt", holder, json.dumps(carried)))
    assert not result.verified
    assert result.credentials[0].status is Status.UNCHECKED


@pytest.mark.parametrize(
    "header",
    [{"alg": "none"}, {"alg": "HS256"}, {"jku": "https://evil.example"}, {"crit": ["exp"]}, {"b64": False},
     {"typ": "vc+jwt"}, {"typ": "kb+jwt"}, {"cty": "vc"}],
)  # fmt: skip
def test_a_header_that_asks_for_more_is_refused_before_anything_is_fetched(
    world: World, holder: Issuer, header: dict[str, Any]
) -> None:
    given = signed("vp+jwt", {**document(holder), **CLAIMS}, holder.key, holder.verification_method, **header)
    with pytest.raises(NotAPresentation, match=r"\."):
        judged(world, given)
    assert world.fetcher.requests == []


@pytest.mark.parametrize(
    "given",
    [
        "", "x", "a.b.c", "a.b.c~", b"", b"\xd2\x84", b"\xff" * 100, "data:application/vp+cose;base64,!",
        "data:application/vp+cose,00", "data:text/html,<p>", "data:application/vc+jwt,a.b.c",
        {"type": "EnvelopedVerifiablePresentation"},
        {"type": "EnvelopedVerifiablePresentation", "id": ["data:application/vp+jwt,a.b.c"]},
    ],
)  # fmt: skip
def test_whatever_comes_is_answered_with_a_sentence(world: World, given: Any) -> None:
    with pytest.raises(NotAPresentation, match=r"\w+ .*\."):
        judged(world, given)


def test_a_message_in_a_data_url_is_in_base64(world: World, holder: Issuer) -> None:
    given = presented("vp+cose", holder)
    assert isinstance(given, bytes)
    judged(world, f"data:application/vp+cose;base64,{base64.b64encode(given).decode()}\n")
    with pytest.raises(NotAPresentation, match="base64"):
        judged(world, f"data:application/vp+cose,{given.hex()}")


def test_an_old_presentation_is_refused(world: World, holder: Issuer) -> None:
    given = presented("vp+cose", holder, exp=int(world.now.timestamp()) + 10)
    assert judged(world, given).holder.outcome is Outcome.PASSED
    world.advance(timedelta(seconds=11))
    assert judged(world, given).holder.outcome is Outcome.FAILED
