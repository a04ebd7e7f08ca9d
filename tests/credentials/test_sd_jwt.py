"""SD-JWT: what a holder may show of a token and how it is checked, also by the reference implementation in Python."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
import sd_jwt.common
import sd_jwt.holder
import sd_jwt.issuer
import sd_jwt.verifier
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from jwcrypto.jwk import JWK

from credentials.problems import (
    CRYPTOGRAPHIC_SECURITY_ERROR,
    MALFORMED_VALUE_ERROR,
    PARSING_ERROR,
    PROOF_VERIFICATION_ERROR,
    UNSUPPORTED_PROOF,
    Unacceptable,
)
from credentials.proofs import compact_jws
from credentials.proofs.sd_jwt import disclosures, key_binding, token
from credentials.proofs.sd_jwt.key_binding import Asked
from credentials.proofs.sd_jwt.token import DC_TYPE, SdJwt
from keys import jwk
from keys.algorithms import KeyType
from keys.signer import LocalSigner, generate

PRIVATE = ec.generate_private_key(ec.SECP256R1())
SIGNER, HOLDER = LocalSigner(PRIVATE), generate(KeyType.P256)
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
ASKED = Asked("n-1", "https://verifier.example")
TYPES = (DC_TYPE,)
CLAIMS: dict[str, Any] = {
    "iss": "https://badges.example",
    "vct": "https://badges.example/levels/operator",
    "name": "Zoë Ångström",
    "address": {"street": "Kai 1", "city": "Bremen", "geo": {"lat": "53", "lon": "8"}},
    "skills": ["cloud", "operations", {"name": "reliability", "level": 3}],
}
POINTERS = ("/name", "/address", "/address/street", "/address/geo", "/skills/1", "/skills/2", "/skills/2/level")
_serials: Iterator[int] = count()


def randomness(length: int) -> bytes:
    return next(_serials).to_bytes(length, "big")


def issued(*concealed: str, bound: bool = False, **more: Any) -> str:
    claims = {**CLAIMS, **more, **({"cnf": {"jwk": jwk.to_jwk(HOLDER.public_key)}} if bound else {})}
    return token.issue(claims, SIGNER, typ=DC_TYPE, kid="key-1", concealed=concealed, randomness=randomness)


def read(text: str) -> SdJwt:
    return token.read(text, types=TYPES)


def refused(text: str) -> str:
    with pytest.raises(Unacceptable) as refusal:
        read(text)
    return refusal.value.problems[0].type


def test_what_is_concealed_is_not_in_the_token_and_comes_back_with_its_disclosures() -> None:
    made = read(issued(*POINTERS))
    assert "Zoë" not in json.dumps(made.token.payload, ensure_ascii=False)
    assert made.claims == CLAIMS
    assert len(made.disclosures) == len(POINTERS)
    compact_jws.verify(made.token, SIGNER.public_key)


def test_a_holder_shows_some_and_what_they_lie_in() -> None:
    made = read(issued(*POINTERS))
    shown = read(token.shown(made, lambda one: one.name == "street"))
    assert shown.claims["address"] == {"street": "Kai 1", "city": "Bremen"}
    assert shown.claims["skills"] == ["cloud"]
    assert "name" not in shown.claims
    compact_jws.verify(shown.token, SIGNER.public_key)


@settings(max_examples=60, deadline=None)
@given(st.sets(st.sampled_from(POINTERS)), st.sets(st.integers(0, len(POINTERS) - 1)))
def test_whatever_is_concealed_and_whatever_is_shown_the_reference_reads_the_same(
    concealed: set[str], positions: set[int]
) -> None:
    made = read(issued(*concealed))
    wanted = {one.text for place, one in enumerate(made.disclosures) if place in positions}
    text = token.shown(made, lambda one: one.text in wanted)
    assert read(text).claims == verified_by_reference(text)
    assert read(token.shown(made, lambda _: True)).claims == CLAIMS


def verified_by_reference(text: str, asked: Asked | None = None) -> Any:
    key = JWK(**jwk.to_jwk(SIGNER.public_key))
    questions = (asked.audience, asked.nonce) if asked else (None, None)
    return sd_jwt.verifier.SDJWTVerifier(text, lambda *_: key, *questions).get_verified_payload()


def test_what_the_reference_issues_and_shows_is_read_here() -> None:
    secret = PRIVATE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    hidden = sd_jwt.common.SDObj
    claims = {"iss": "https://badges.example", hidden("name"): "Zoë", "skills": [hidden("cloud"), "operations"]}
    key, holders = JWK.from_pem(secret), JWK.generate(kty="EC", crv="P-256")
    made = sd_jwt.issuer.SDJWTIssuer(
        claims, key, holders, add_decoy_claims=True, extra_header_parameters={"typ": DC_TYPE}
    )
    holder = sd_jwt.holder.SDJWTHolder(made.sd_jwt_issuance)
    holder.create_presentation({"name": True, "skills": [True]}, ASKED.nonce, ASKED.audience, holders)
    shown = read(holder.sd_jwt_presentation)
    compact_jws.verify(shown.token, SIGNER.public_key)
    assert (shown.claims["name"], shown.claims["skills"]) == ("Zoë", ["cloud", "operations"])
    key_binding.check(shown, ASKED, datetime.now(UTC))


def bound(text: str, **changes: Any) -> str:
    given_ = {"nonce": ASKED.nonce, "audience": ASKED.audience, "now": NOW, **changes}
    return key_binding.bind(text, given_.pop("holder", HOLDER), **given_)


def test_the_holder_shows_it_for_one_question() -> None:
    shown = read(bound(issued("/name", bound=True)))
    key_binding.check(shown, ASKED, NOW)
    assert verified_by_reference(bound(issued("/name", bound=True)), ASKED)["name"] == CLAIMS["name"]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"nonce": "n-2"}, PROOF_VERIFICATION_ERROR),
        ({"audience": "https://other.example"}, PROOF_VERIFICATION_ERROR),
        ({"now": NOW - timedelta(hours=1)}, PROOF_VERIFICATION_ERROR),
        ({"now": NOW + timedelta(hours=1)}, PROOF_VERIFICATION_ERROR),
        ({"holder": generate(KeyType.P256)}, CRYPTOGRAPHIC_SECURITY_ERROR),
        ({"holder": generate(KeyType.ED25519)}, PROOF_VERIFICATION_ERROR),
    ],
)
def test_and_for_no_other(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(Unacceptable) as refusal:
        key_binding.check(read(bound(issued("/name", bound=True), **changes)), ASKED, NOW)
    assert refusal.value.problems[0].type == problem


def test_a_signature_over_other_disclosures_does_not_count() -> None:
    text = issued("/name", "/skills/1", bound=True)
    *_, signature = bound(text).split("~")
    less = token.shown(read(text), lambda one: one.name == "name")
    with pytest.raises(Unacceptable, match="something else"):
        key_binding.check(read(less + signature), ASKED, NOW)


@pytest.mark.parametrize("text", [issued("/name"), issued("/name", bound=True), bound(issued("/name"))])
def test_what_is_unbound_or_unsigned_by_its_holder_is_not_shown_by_him(text: str) -> None:
    with pytest.raises(Unacceptable, match="not shown by its holder"):
        key_binding.check(read(text), ASKED, NOW)


def signed(payload: dict[str, Any], *parts: str, typ: str = DC_TYPE) -> str:
    jws = compact_jws.sign({"typ": typ, "kid": "key-1"}, json.dumps(payload).encode(), SIGNER)
    return "~".join((jws, *parts, ""))


NAME, OTHER, ITEM = (disclosures.make(name, "Zoë", randomness) for name in ("name", "nickname", None))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (signed({"_sd": []}, NAME.text), PROOF_VERIFICATION_ERROR),
        (signed({"_sd": [NAME.digest]}, NAME.text, NAME.text), PROOF_VERIFICATION_ERROR),
        (signed({"_sd": [NAME.digest, NAME.digest]}, NAME.text), PROOF_VERIFICATION_ERROR),
        (signed({"_sd": [NAME.digest], "in": {"_sd": [NAME.digest]}}, NAME.text), PROOF_VERIFICATION_ERROR),
        (signed({"_sd": [NAME.digest], "name": "Ada"}, NAME.text), PROOF_VERIFICATION_ERROR),
        (signed({"_sd": [ITEM.digest]}, ITEM.text), PROOF_VERIFICATION_ERROR),
        (signed({"list": [{"...": NAME.digest}]}, NAME.text), PROOF_VERIFICATION_ERROR),
        (signed({"list": [{"...": ITEM.digest, "more": 1}]}, ITEM.text), PROOF_VERIFICATION_ERROR),
        (signed({"object": {"...": ITEM.digest}}, ITEM.text), PROOF_VERIFICATION_ERROR),
        (signed({"_sd": "text"}), PROOF_VERIFICATION_ERROR),
        (signed({"_sd": [NAME.digest], "_sd_alg": "md5"}, NAME.text), UNSUPPORTED_PROOF),
        (signed({"_sd": [NAME.digest]}, "!"), PARSING_ERROR),
        (signed({"_sd": [NAME.digest]}, NAME.text + "A"), PARSING_ERROR),
        (signed({}, typ="jwt"), PROOF_VERIFICATION_ERROR),
        ("~", PARSING_ERROR),
        (signed({}) + "~" * 1000, PARSING_ERROR),
    ],
)
def test_what_does_not_fit_is_refused(text: str, problem: str) -> None:
    assert refused(text) == problem


def test_digests_of_what_is_never_shown_may_stand_there() -> None:
    assert read(signed({"_sd": [OTHER.digest, NAME.digest]}, NAME.text)).claims == {"name": "Zoë"}


@pytest.mark.parametrize("pointer", ["/nothing", "/skills/9", "/skills/-", "/name/first", ""])
def test_nothing_cannot_be_concealed(pointer: str) -> None:
    with pytest.raises(Unacceptable) as refusal:
        issued(pointer)
    assert refusal.value.problems[0].type == MALFORMED_VALUE_ERROR


@pytest.mark.parametrize("claims", [{"_sd": []}, {"a": [{"...": 1}]}, {"a": {"_sd_alg": "sha-256"}}])
def test_members_of_the_standard_s_own_names_are_not_issued(claims: dict[str, Any]) -> None:
    with pytest.raises(Unacceptable):
        issued("/name", **claims)


@pytest.mark.parametrize(
    "members",
    [{"alg": "none"}, {"alg": "HS256"}, {"crit": ["exp"]}, {"b64": False}, {"jku": "https://x.example"},
     {"x5u": "https://x.example"}, {"kid": 7}, {"jwk": {"d": "secret"}}, {"alg": "ES384"}],
)  # fmt: skip
def test_headers_that_lead_elsewhere_or_ask_for_more_are_refused(members: dict[str, Any]) -> None:
    text = compact_jws.sign({"typ": DC_TYPE, **members}, b"{}", SIGNER) + "~"
    with pytest.raises(Unacceptable):
        compact_jws.verify(read(text).token, SIGNER.public_key)
