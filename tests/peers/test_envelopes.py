"""SD-JWT and COSE: what we sign they accept, what they sign we accept, what is broken both refuse."""

from __future__ import annotations

import base64
import json
import os
from datetime import UTC, datetime
from typing import Any

import pytest

from credentials.proofs import cose
from credentials.proofs.sd_jwt import key_binding, token
from keys import jwk
from keys.did import PublishedKey, did_document
from keys.public_key import KeyType
from keys.signer import generate
from tests.credentials.badges import ISSUER
from tests.peers.company import DID_DOCUMENT_URL, Company, Internet, badge_without_status
from tests.peers.process import Peer
from verifier.extract import Extracted, extract
from verifier.result import Status

CURVES = {KeyType.P256: "ES256", KeyType.P384: "ES384"}
KINDS = {**CURVES, KeyType.ED25519: "EdDSA"}
EVERY_CURVE = pytest.mark.parametrize(("key_type", "alg"), CURVES.items(), ids=CURVES.values())
EVERY_KIND = pytest.mark.parametrize(("key_type", "alg"), KINDS.items(), ids=KINDS.values())
HIDDEN = "/credentialSubject/achievement/description"
QUESTION = {"nonce": "n-1", "aud": "https://verifier.example"}


@pytest.fixture(scope="module")
def company() -> Company:
    return Company()


def our_sd_jwt(company: Company, key_type: KeyType, *, typ: str = token.VC_TYPE, **claims: Any) -> str:
    signer = company.token_keys[key_type]
    payload = {**badge_without_status(), **claims}
    return token.issue(payload, signer, typ=typ, kid=company.method(signer), concealed=[HIDDEN], randomness=os.urandom)


def our_message(company: Company, key_type: KeyType) -> bytes:
    signer = company.token_keys[key_type]
    payload = json.dumps(badge_without_status()).encode()
    return cose.sign(payload, signer, typ="vc+cose", content_type="vc", kid=company.method(signer))


def theirs(peer: Peer, alg: str) -> tuple[dict[str, Any], Internet]:
    pair = peer.ask("generate-jwk", alg=alg)
    published = PublishedKey("theirs", jwk.from_jwk(pair["public"]), "JsonWebKey")
    return pair, Internet({DID_DOCUMENT_URL: did_document(ISSUER, [published])})


def damaged(text: str, place: int) -> str:
    return text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]


@EVERY_CURVE
def test_they_accept_our_sd_jwt_and_what_a_holder_shows_of_it(
    peer: Peer, company: Company, key_type: KeyType, alg: str
) -> None:
    key = jwk.to_jwk(company.token_keys[key_type].public_key)
    text = our_sd_jwt(company, key_type)
    whole = peer.ask("verify-sd-jwt", token=text, alg=alg, publicKey=key)
    assert whole["verified"], whole["errors"]
    assert whole["payload"] == badge_without_status()
    shown = peer.ask("present-sd-jwt", token=text, alg=alg, frame={})
    part = peer.ask("verify-sd-jwt", token=shown, alg=alg, publicKey=key)
    assert "description" not in part["payload"]["credentialSubject"]["achievement"]
    assert not peer.ask("verify-sd-jwt", token=damaged(text, 300), alg=alg, publicKey=key)["verified"]
    assert not company.internet().our_verdict(damaged(text, 300)).verified


@EVERY_CURVE
def test_we_accept_their_sd_jwt_and_what_they_show_of_it(peer: Peer, key_type: KeyType, alg: str) -> None:
    pair, internet = theirs(peer, alg)
    text = peer.ask(
        "issue-sd-jwt",
        payload=badge_without_status(),
        frame={"credentialSubject": {"_sd": ["identifier"], "_sd_decoy": 3}},
        header={"kid": f"{ISSUER}#theirs", "typ": token.VC_TYPE},
        alg=alg,
        privateKey=pair["private"],
    )
    verdict = internet.our_verdict(text)
    assert verdict.status is Status.VALID, verdict.sentence
    assert verdict.document == badge_without_status()
    shown = peer.ask("present-sd-jwt", token=text, alg=alg, frame={})
    part = internet.our_verdict(shown)
    assert part.status is Status.VALID, part.sentence
    assert part.document is not None
    assert "identifier" not in part.document["credentialSubject"]
    assert not internet.our_verdict(damaged(text, 300)).verified


def test_holders_sign_for_one_question_in_both_directions(peer: Peer, company: Company) -> None:
    pair, holder, now = peer.ask("generate-jwk", alg="ES256"), generate(KeyType.P256), datetime.now(UTC)
    key = jwk.to_jwk(company.token_keys[KeyType.P256].public_key)
    for_us = our_sd_jwt(company, KeyType.P256, cnf={"jwk": pair["public"]})
    question = {**QUESTION, "iat": int(now.timestamp())}
    bound = peer.ask(
        "present-sd-jwt", token=for_us, alg="ES256", frame={}, question=question, holderPrivateKey=pair["private"]
    )
    found = extract(bound)
    assert isinstance(found, Extracted)
    assert found.envelope is not None
    assert found.envelope.sd_jwt is not None
    key_binding.check(found.envelope.sd_jwt, key_binding.Asked(QUESTION["nonce"], QUESTION["aud"]), now)
    for_them = our_sd_jwt(company, KeyType.P256, cnf={"jwk": jwk.to_jwk(holder.public_key)})
    ours = key_binding.bind(for_them, holder, nonce=QUESTION["nonce"], audience=QUESTION["aud"], now=now)
    keys = {"alg": "ES256", "publicKey": key, "holderPublicKey": jwk.to_jwk(holder.public_key)}
    answer = peer.ask("verify-sd-jwt", token=ours, nonce=QUESTION["nonce"], **keys)
    assert answer["verified"], answer["errors"]
    assert not peer.ask("verify-sd-jwt", token=ours, nonce="n-2", **keys)["verified"]


@EVERY_KIND
def test_they_accept_our_message(peer: Peer, company: Company, key_type: KeyType, alg: str) -> None:
    signer, message = company.token_keys[key_type], our_message(company, key_type)
    key = jwk.to_jwk(signer.public_key)
    answer = peer.ask("verify-cose", message=base64.b64encode(message).decode(), alg=alg, key=key)
    assert answer["verified"], answer["errors"]
    assert json.loads(answer["payload"]) == badge_without_status()
    assert (answer["kid"], answer["typ"]) == (company.method(signer), "application/vc+cose")
    broken = message[:400] + bytes([message[400] ^ 1]) + message[401:]
    assert not peer.ask("verify-cose", message=base64.b64encode(broken).decode(), alg=alg, key=key)["verified"]


@EVERY_KIND
def test_we_accept_their_message(peer: Peer, key_type: KeyType, alg: str) -> None:
    pair, internet = theirs(peer, alg)
    message = peer.ask(
        "sign-cose",
        payload=json.dumps(badge_without_status()),
        alg=alg,
        kid=f"{ISSUER}#theirs",
        typ="application/vc+cose",
        contentType="application/vc",
        key=pair["private"],
    )
    verdict = internet.our_verdict(f"data:application/vc+cose;base64,{message}")
    assert verdict.status is Status.VALID, verdict.sentence
    assert not internet.our_verdict(f"data:application/vc+cose;base64,{damaged(message, 400)}").verified
