"""VC-JOSE-COSE and VCDM 2.0, section 4.13.1: credentials and presentations as tokens, in envelopes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from keys import base64url
from tests.conformance.clauses import JOSE_COSE, VCDM_2, must
from tests.conformance.holders import Holder
from tests.conformance.issuers import EXAMPLES_V2, REMOVED, V2, Issuer, accepted

ADA = Holder()
ENVELOPE = "data:application/vc+jwt,"


def token_of(envelope: dict[str, Any]) -> str:
    return str(envelope["id"]).removeprefix(ENVELOPE)


def part(token: str, number: int) -> dict[str, Any]:
    return json.loads(base64url.decode(token.split(".")[number]))  # type: ignore[no-any-return]


def changed(envelope: dict[str, Any], **changes: Any) -> dict[str, Any]:
    named = {("@context" if name == "context" else name): value for name, value in changes.items()}
    return {name: value for name, value in {**envelope, **named}.items() if value is not REMOVED}


@must(VCDM_2, "4.13.1", "an issued envelope has the standard’s context and type, and a data: URL as its id")
def test_an_envelope(enveloping: Issuer) -> None:
    envelope = enveloping.issued()
    assert envelope["@context"] in (V2, [V2])
    assert envelope["type"] == "EnvelopedVerifiableCredential"
    assert envelope["id"].startswith(ENVELOPE)
    assert accepted(enveloping.verify(envelope))


@must(JOSE_COSE, "3.1.1", "the header names algorithm and key; typ is vc+jwt, cty is vc")
def test_the_header(enveloping: Issuer) -> None:
    header = part(token_of(enveloping.issued()), 0)
    assert header["alg"] == "ES256"
    assert header["typ"] == "vc+jwt"
    assert header["cty"] == "vc"
    assert header["kid"].startswith(f"{enveloping.did}#")


@must(JOSE_COSE, "3.1.1", "the payload is the credential, without the claims vc and vp")
def test_the_payload(enveloping: Issuer) -> None:
    asked = enveloping.credential(name="Diploma")
    assert part(token_of(enveloping.issued(asked)), 1) == asked


@must(JOSE_COSE, "3.1.1", "a token alone is verified as its envelope is")
def test_a_token_alone(enveloping: Issuer) -> None:
    assert accepted(enveloping.verify(token_of(enveloping.issued())))


@must(VCDM_2, "4.13.1", "@context MUST be there and be one that defines the envelope")
@pytest.mark.parametrize("context", [REMOVED, [], EXAMPLES_V2], ids=["none", "empty", "another"])
def test_the_context(enveloping: Issuer, context: Any) -> None:
    assert not accepted(enveloping.verify(changed(enveloping.issued(), context=context)))


@must(VCDM_2, "4.13.1", "id MUST be a data: URL")
@pytest.mark.parametrize("what", ["none", "token", "another type"])
def test_the_id(enveloping: Issuer, what: str) -> None:
    envelope = enveloping.issued()
    token = token_of(envelope)
    wrong = {"none": REMOVED, "token": token, "another type": f"data:text/plain,{token}"}[what]
    assert not accepted(enveloping.verify(changed(envelope, id=wrong)))


@must(VCDM_2, "4.13.1", "type MUST be EnvelopedVerifiableCredential")
@pytest.mark.parametrize("types", [REMOVED, "VerifiableCredential"], ids=["none", "another"])
def test_the_type(enveloping: Issuer, types: Any) -> None:
    assert not accepted(enveloping.verify(changed(enveloping.issued(), type=types)))


@must(JOSE_COSE, "3.1.1", "a changed token, and one signed by another, are refused")
def test_damage(enveloping: Issuer) -> None:
    envelope = enveloping.issued()
    header, payload, signature = token_of(envelope).split(".")
    other = token_of(enveloping.issued()).split(".")
    for damaged in (f"{header}.{other[1]}.{signature}", f"{header}.{payload}.{other[2]}", f"{header}.{payload}."):
        assert not accepted(enveloping.verify(changed(envelope, id=ENVELOPE + damaged)))


@must(JOSE_COSE, "3.1.1", "a token without a signature (alg none) is refused")
def test_no_signature(enveloping: Issuer) -> None:
    _, payload, _ = token_of(enveloping.issued()).split(".")
    header = base64url.encode(b'{"alg":"none","typ":"vc+jwt"}')
    for token in (f"{header}.{payload}.", f"{header}.{payload}.AA"):
        assert not accepted(enveloping.verify(ENVELOPE + token))


@must(JOSE_COSE, "3.1.1", "a token whose payload has a claim vc is refused")
def test_the_claim_vc(enveloping: Issuer) -> None:
    own = {"@context": [V2], "type": ["VerifiableCredential"], "issuer": ADA.did,
           "credentialSubject": {"id": "urn:x:1", "name": "Ada"}}  # fmt: skip
    assert accepted(enveloping.verify(ADA.token(own, typ="vc+jwt", cty="vc")))
    assert not accepted(enveloping.verify(ADA.token({**own, "vc": own}, typ="vc+jwt", cty="vc")))


@must(JOSE_COSE, "3.1.1", "a header that asks for understanding (crit) is refused")
def test_crit(enveloping: Issuer) -> None:
    own = {"@context": [V2], "type": ["VerifiableCredential"], "issuer": ADA.did,
           "credentialSubject": {"id": "urn:x:1", "name": "Ada"}}  # fmt: skip
    assert not accepted(enveloping.verify(ADA.token(own, typ="vc+jwt", crit=["exp"])))


@must(VCDM_2, "4.13", "an enveloped credential is verified within a presentation")
def test_in_a_presentation(enveloping: Issuer) -> None:
    presented = ADA.presentation(enveloping.issued())
    assert accepted(enveloping.verify_presentation(ADA.signed(presented)))


def enveloped_presentation(enveloping: Issuer) -> dict[str, Any]:
    token = ADA.token(ADA.presentation(enveloping.issued()), typ="vp+jwt", cty="vp")
    return {"@context": [V2], "id": f"data:application/vp+jwt,{token}", "type": "EnvelopedVerifiablePresentation"}


@must(VCDM_2, "4.13.2", "an enveloped presentation is verified")
def test_an_enveloped_presentation(enveloping: Issuer) -> None:
    answer = enveloping.verify_presentation(enveloped_presentation(enveloping))
    assert accepted(answer), answer.said


@must(VCDM_2, "4.13.2", "its context, id and type MUST be those of an enveloped presentation")
@pytest.mark.parametrize(
    "changes",
    [{"context": []}, {"context": [EXAMPLES_V2]}, {"id": "e30.e30.AA"}, {"type": ["VerifiablePresentation"]}],
    ids=["no context", "another context", "no data: URL", "another type"],
)
def test_a_wrong_envelope(enveloping: Issuer, changes: dict[str, Any]) -> None:
    envelope = changed(enveloped_presentation(enveloping), **changes)
    assert enveloping.verify_presentation(envelope).status == 400
