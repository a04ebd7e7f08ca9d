"""VC-JWT in both directions with `jose`: every algorithm that we sign with."""

from __future__ import annotations

import json
from typing import Any

import pytest

from credentials.prepared import prepare
from credentials.proofs import jose
from keys import jwk
from keys.did import PublishedKey, did_document
from keys.public_key import KeyType
from tests.credentials.badges import ISSUER
from tests.peers.company import DID_DOCUMENT_URL, Company, Internet, badge_without_status
from tests.peers.process import Peer
from verifier.result import CheckName, Outcome, Status

ALGORITHMS = {KeyType.RSA: "RS256", KeyType.P256: "ES256", KeyType.P384: "ES384", KeyType.ED25519: "EdDSA"}
EVERY_ALGORITHM = pytest.mark.parametrize(("key_type", "alg"), ALGORITHMS.items(), ids=ALGORITHMS.values())


@pytest.fixture(scope="module")
def company() -> Company:
    return Company()


def our_token(company: Company, key_type: KeyType) -> str:
    signer = company.token_keys[key_type]
    return jose.sign(prepare(badge_without_status()), signer, kid=company.method(signer)).text


def claims(document: dict[str, Any]) -> dict[str, Any]:
    """The payload that Open Badges 3.0 asks for, written by hand: the badge and the claims that mirror it."""
    return {
        **document,
        "iss": document["issuer"]["id"],
        "jti": document["id"],
        "sub": document["credentialSubject"]["id"],
        "nbf": 1_768_467_600,  # 2026-01-15T09:00:00Z
        "exp": 1_831_589_999,  # 2028-01-15T22:59:59Z
    }


def their_token(peer: Peer, alg: str, payload: dict[str, Any]) -> tuple[str, Internet]:
    pair = peer.ask("generate-jwk", alg=alg)
    published = PublishedKey("theirs", jwk.from_jwk(pair["public"]), "JsonWebKey")
    header = {"alg": alg, "kid": f"{ISSUER}#theirs", "typ": "JWT"}
    token = peer.ask("sign-jwt", payload=payload, header=header, key=pair["private"])
    return token, Internet({DID_DOCUMENT_URL: did_document(ISSUER, [published])})


def changed(token: str, part: int) -> str:
    """The token with one character in the middle of a part (header, payload, signature) changed."""
    parts = token.split(".")
    middle = len(parts[part]) // 2
    letter = "A" if parts[part][middle] != "A" else "B"
    parts[part] = parts[part][:middle] + letter + parts[part][middle + 1 :]
    return ".".join(parts)


@EVERY_ALGORITHM
def test_they_accept_our_token(peer: Peer, company: Company, key_type: KeyType, alg: str) -> None:
    answer = peer.ask(
        "verify-jwt", token=our_token(company, key_type), didDocument=company.did_document, algorithms=[alg]
    )
    assert answer["verified"], answer["errors"]
    assert answer["header"] == {"alg": alg, "kid": company.method(company.token_keys[key_type]), "typ": "JWT"}
    assert answer["payload"] == claims(badge_without_status())


@EVERY_ALGORITHM
def test_we_accept_their_token(peer: Peer, key_type: KeyType, alg: str) -> None:
    token, internet = their_token(peer, alg, claims(badge_without_status()))
    verdict = internet.our_verdict(token)
    assert verdict.status is Status.VALID, verdict.sentence


@EVERY_ALGORITHM
@pytest.mark.parametrize("part", [0, 1, 2], ids=["header", "payload", "signature"])
def test_both_refuse_our_token_when_it_is_damaged(
    peer: Peer, company: Company, key_type: KeyType, alg: str, part: int
) -> None:
    damaged = changed(our_token(company, key_type), part)
    answer = peer.ask("verify-jwt", token=damaged, didDocument=company.did_document, algorithms=[alg])
    assert not answer["verified"]
    assert not company.internet().our_verdict(damaged).verified


def test_we_refuse_their_token_when_its_claims_and_its_badge_disagree(peer: Peer) -> None:
    """A right signature over a payload whose `exp` outlives the badge's validUntil."""
    token, internet = their_token(peer, "ES256", {**claims(badge_without_status()), "exp": 4_102_444_800})
    verdict = internet.our_verdict(token)
    assert verdict.status is Status.INVALID
    assert verdict.check(CheckName.PROOF).outcome is Outcome.FAILED or (
        verdict.check(CheckName.CONFORMS).outcome is Outcome.FAILED
    )


def test_both_refuse_a_token_signed_with_the_public_key_as_a_secret(peer: Peer, company: Company) -> None:
    """The oldest confusion of JWTs: HMAC with the public key that everybody knows."""
    method = company.did_document["verificationMethod"][1]
    secret = {"kty": "oct", "k": "".join(json.dumps(method["publicKeyJwk"]).encode().hex())}
    header = {"alg": "HS256", "kid": method["id"], "typ": "JWT"}
    token = peer.ask("sign-jwt", payload=claims(badge_without_status()), header=header, key=secret)
    answer = peer.ask("verify-jwt", token=token, didDocument=company.did_document, algorithms=[*ALGORITHMS.values()])
    assert not answer["verified"]
    assert not company.internet().our_verdict(token).verified
