"""VC-JWT: what is signed reads back, and no known trick with JSON Web Tokens works."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import jwt as pyjwt
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credentials import prepared as prepared_room
from credentials import strict_json
from credentials.prepared import PreparedCredential, prepare
from credentials.problems import (
    CRYPTOGRAPHIC_SECURITY_ERROR,
    NOT_SIGNED,
    PARSING_ERROR,
    PROOF_GENERATION_ERROR,
    PROOF_VERIFICATION_ERROR,
    UNSUPPORTED_PROOF,
    Unacceptable,
)
from credentials.proofs import jose
from keys import base64url
from keys.jwk import to_jwk
from keys.signer import KeyType, LocalSigner, generate
from tests.credentials.badges import ISSUER, KEY_ID, badge

SIGNERS = {key_type: generate(key_type) for key_type in KeyType}
RSA = SIGNERS[KeyType.RSA]


def b64(data: bytes | str | dict[str, Any]) -> str:
    raw = json.dumps(data).encode() if isinstance(data, dict) else data.encode() if isinstance(data, str) else data
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def token(header: dict[str, Any], payload: Any = None, signer: LocalSigner = RSA) -> str:
    """A token with any header, properly signed."""
    body = {**badge(), **jose._claims(badge())} if payload is None else payload
    text = f"{b64(header)}.{b64(body)}"
    return f"{text}.{b64(signer.sign(text.encode()))}"


GOOD = {"alg": "RS256", "kid": KEY_ID, "typ": "JWT"}
TWO_ALGORITHMS = '{"alg": "RS256", "alg": "none"}'
TOKEN = jose.sign(prepare(badge()), RSA, kid=KEY_ID).text


def refused(text: str | bytes, signer: LocalSigner = RSA) -> str:
    with pytest.raises(Unacceptable) as refusal:
        jose.verify(jose.parse(text), signer.public_key)
    return refusal.value.problems[0].type


@pytest.mark.parametrize("key_type", KeyType)
def test_every_kind_of_key_signs_and_verifies(key_type: KeyType) -> None:
    signer = SIGNERS[key_type]
    secured = jose.sign(prepare(badge()), signer, kid=KEY_ID)
    assert secured.media_type == "application/vc+jwt"
    parsed = jose.parse(secured.body)
    jose.verify(parsed, signer.public_key)
    assert parsed.credential == badge()
    assert jose.check_claims(parsed) == ()


@pytest.mark.parametrize("key_type", KeyType)
def test_pyjwt_alone_accepts_it_too(key_type: KeyType) -> None:
    signer = SIGNERS[key_type]
    key = pyjwt.PyJWK.from_dict(to_jwk(signer.public_key))
    secured = jose.sign(prepare(badge()), signer, kid=KEY_ID)
    algorithms = ["RS256", "ES256", "ES384", "EdDSA"]
    claims = pyjwt.decode(secured.text, key, algorithms=algorithms, options={"verify_exp": False})
    assert claims["iss"] == ISSUER


def test_header_and_claims_are_those_that_open_badges_demands() -> None:
    parsed = jose.parse(TOKEN)
    assert parsed.header == {"alg": "RS256", "kid": KEY_ID, "typ": "JWT"}
    claims = {name: parsed.payload[name] for name in ("iss", "jti", "nbf", "sub", "exp")}
    assert claims == {
        "iss": ISSUER,
        "jti": badge()["id"],
        "nbf": 1768467600,
        "sub": badge()["credentialSubject"]["id"],
        "exp": 1831589999,
    }


def test_a_credential_without_expiry_has_no_exp() -> None:
    document = badge()
    del document["validUntil"]
    assert "exp" not in jose.parse(jose.sign(prepare(document), RSA, kid=KEY_ID).body).payload


def test_a_subject_without_id_cannot_be_signed_as_a_jwt() -> None:
    document = badge()
    del document["credentialSubject"]["id"]
    with pytest.raises(Unacceptable) as refusal:
        jose.sign(prepare(document), RSA, kid=KEY_ID)
    assert refusal.value.problems[0].type == PROOF_GENERATION_ERROR


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"credentialSubject": {"name": "Ada"}}, "/credentialSubject/id"),
        ({"credentialSubject": [{"id": "urn:uuid:1"}]}, "/credentialSubject"),
        ({"credentialSubject": [{"id": "urn:uuid:1"}, {"id": "urn:uuid:2"}]}, "/credentialSubject"),
        ({"id": None}, "/id"),
        ({"validFrom": None}, "/validFrom"),
    ],
)
def test_what_the_claims_cannot_name_is_refused_before_signing(changes: dict[str, Any], place: str) -> None:
    """The data model of the W3C allows all of these; the claims jti, nbf and sub need each to be one text."""
    document: dict[str, Any] = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": "https://acme.example/1",
        "type": ["VerifiableCredential"],
        "issuer": "did:web:acme.example",
        "validFrom": "2026-11-22T10:00:00Z",
        "credentialSubject": {"id": "urn:uuid:1", "name": "Ada"},
        **changes,
    }
    prepared = prepare({name: value for name, value in document.items() if value is not None})
    with pytest.raises(Unacceptable) as refusal:
        jose.sign(prepared, RSA, kid=KEY_ID)
    problem = refusal.value.problems[0]
    assert (problem.type, problem.pointer) == (PROOF_GENERATION_ERROR, place)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_every_changed_character_fails(data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(TOKEN) - 1))
    replacement = data.draw(st.sampled_from("ABCxyz019-_.=").filter(lambda c: c != TOKEN[position]))
    refused(TOKEN[:position] + replacement + TOKEN[position + 1 :])


@pytest.mark.parametrize("cut", [1, 10, 100, len(TOKEN) // 2, len(TOKEN) - 1])
def test_a_truncated_token_is_said_to_be_one(cut: int) -> None:
    assert refused(TOKEN[:cut]) in (PARSING_ERROR, CRYPTOGRAPHIC_SECURITY_ERROR)


def test_another_key_does_not_fit() -> None:
    assert refused(TOKEN, generate(KeyType.RSA)) == CRYPTOGRAPHIC_SECURITY_ERROR


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        ({**GOOD, "alg": "none"}, NOT_SIGNED),
        ({**GOOD, "alg": "nOnE"}, NOT_SIGNED),
        ({**GOOD, "alg": "HS256"}, UNSUPPORTED_PROOF),
        ({**GOOD, "alg": "RS1"}, UNSUPPORTED_PROOF),
        ({**GOOD, "alg": ["RS256"]}, UNSUPPORTED_PROOF),
        ({"typ": "JWT"}, UNSUPPORTED_PROOF),
        ({**GOOD, "alg": "ES256"}, PROOF_VERIFICATION_ERROR),
        ({**GOOD, "alg": "EdDSA"}, PROOF_VERIFICATION_ERROR),
        ({**GOOD, "crit": ["exp"]}, PROOF_VERIFICATION_ERROR),
        ({**GOOD, "b64": False}, PROOF_VERIFICATION_ERROR),
        ({**GOOD, "jku": "https://evil.example/keys"}, PROOF_VERIFICATION_ERROR),
        ({**GOOD, "x5u": "https://evil.example/cert"}, PROOF_VERIFICATION_ERROR),
        ({**GOOD, "x5c": ["MII"]}, PROOF_VERIFICATION_ERROR),
        ({**GOOD, "zip": "DEF"}, PROOF_VERIFICATION_ERROR),
        ({**GOOD, "typ": "at+jwt"}, PROOF_VERIFICATION_ERROR),
        ({**GOOD, "typ": "vp+jwt"}, PROOF_VERIFICATION_ERROR),
        ({**GOOD, "cty": "JWT"}, PROOF_VERIFICATION_ERROR),
        ({**GOOD, "kid": 7}, PROOF_VERIFICATION_ERROR),
        ({**GOOD, "jwk": {"kty": "RSA", "d": "x"}}, PROOF_VERIFICATION_ERROR),
        ({**GOOD, "jwk": "x"}, PROOF_VERIFICATION_ERROR),
    ],
)
def test_a_properly_signed_token_with_a_dangerous_header_is_refused(header: dict[str, Any], problem: str) -> None:
    assert refused(token(header)) == problem


def test_an_unsigned_token_is_refused() -> None:
    assert refused(f"{b64({'alg': 'none'})}.{b64(badge())}.") == NOT_SIGNED
    assert refused(f"{b64({'alg': 'ES256'})}.{b64(badge())}.") == PARSING_ERROR


def test_the_public_key_is_no_shared_secret() -> None:
    text = f"{b64({**GOOD, 'alg': 'HS256'})}.{b64(badge())}"
    for secret in (RSA.public_key.material, json.dumps(to_jwk(RSA.public_key)).encode()):
        mac = hmac.new(secret, text.encode(), hashlib.sha256).digest()
        assert refused(f"{text}.{b64(mac)}") == UNSUPPORTED_PROOF


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.b",
        "a.b.c.d",
        "eyJ9.e30.AA",
        TOKEN + "=",
        TOKEN.replace(".", ". "),
        "é" + TOKEN,
        f"{b64('[]')}.{b64('{}')}.AA",
        f"{b64(GOOD)}.{b64('[]')}.AA",
        f"{b64(GOOD)}.{b64({'iss': 'x'})}.AA",
        f"{b64(GOOD)}.{b64({'vc': 'x'})}.AA",
        f"{b64(TWO_ALGORITHMS)}.{b64(badge())}.AA",
        "a" * 3_000_000,
    ],
)
def test_what_is_no_token_of_a_credential_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(Unacceptable, match=r"\w+ .*\.") as refusal:
        jose.parse(text)
    assert refusal.value.problems[0].type == PARSING_ERROR


def test_white_space_around_a_pasted_token_does_no_harm() -> None:
    jose.verify(jose.parse(f"\n  {TOKEN}\r\n"), RSA.public_key)


@pytest.mark.parametrize(
    ("claim", "value", "wrong"),
    [
        ("iss", "did:web:other.example", True),
        ("iss", None, True),
        ("jti", "urn:other", True),
        ("jti", None, True),
        ("sub", "urn:other", True),
        ("sub", None, True),
        ("nbf", 1768467601, True),
        ("nbf", "1768467600", True),
        ("nbf", True, True),
        ("nbf", None, True),
        ("nbf", 1768467600.0, False),
        ("exp", 1999999999, True),
        ("exp", None, False),
        ("iat", 1768467600, False),
    ],
)
def test_claims_must_agree_with_the_badge(claim: str, value: Any, wrong: bool) -> None:
    payload = {**badge(), **jose._claims(badge()), claim: value}
    if value is None:
        del payload[claim]
    problems = jose.check_claims(jose.parse(token(GOOD, payload)))
    assert [problem.pointer for problem in problems] == ([f"/{claim}"] if wrong else [])


def test_an_exp_without_valid_until_is_an_expiry_all_the_same() -> None:
    document = badge()
    del document["validUntil"]
    parsed = jose.parse(token(GOOD, {**document, **jose._claims(document), "exp": 1900000000}))
    assert jose.check_claims(parsed) == ()
    assert jose.expiry_claim(parsed) == 1900000000


def test_a_credential_of_vcdm_1_1_is_found_in_its_claim() -> None:
    inner = {"@context": ["https://www.w3.org/2018/credentials/v1"], "type": ["VerifiableCredential"]}
    assert jose.parse(token(GOOD, {"iss": "x", "vc": inner})).credential == {**inner, "issuer": "x"}


@pytest.mark.parametrize("name", ["iss", "sub", "exp", "nbf", "jti"])
def test_a_member_that_is_named_like_a_claim_never_stands_there_twice(name: str) -> None:
    document = {**badge(), "validUntil": "2028-01-15T22:59:59Z", name: "urn:uuid:5d0f3b0e-6b0a-4f0c-9d57-2f5c7d6b3a11"}
    prepared = PreparedCredential(orjson.dumps(document), b"", (), prepared_room._ONLY_HERE)
    payload = base64url.decode(jose.Stamp(RSA, KEY_ID).secure(prepared).text.split(".")[1])
    assert strict_json.parse(payload)[name] == jose._claims(document)[name]


@pytest.mark.parametrize("key_type", KeyType)
def test_header_and_payload_are_written_as_pyjwt_and_json_write_them(key_type: KeyType) -> None:
    prepared, signer = prepare(badge()), SIGNERS[key_type]
    header, payload, _ = jose.Stamp(signer, KEY_ID).secure(prepared).text.split(".")
    claims = {**badge(), **jose._claims(badge())}
    expected = {"typ": "JWT", "alg": signer.public_key.algorithm.jose, "kid": KEY_ID}
    assert base64url.decode(header) == json.dumps(expected, separators=(",", ":")).encode()
    assert base64url.decode(payload) == json.dumps(claims, ensure_ascii=False, separators=(",", ":")).encode()
