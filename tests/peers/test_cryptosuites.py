"""Every cryptosuite in both directions, with Digital Bazaar's libraries: what one side signs the other accepts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from credentials.contexts import ED25519_2020_V1
from credentials.prepared import prepare
from credentials.proofs.data_integrity import SIGNING_ONCE, add_proof
from credentials.proofs.selective import ecdsa_sd_2023
from keys import did, multikey
from keys.algorithms import KeyType
from keys.signer import LocalSigner, generate
from tests.peers.company import (
    Internet,
    badge_without_status,
    with_another_name,
    with_another_signature,
)
from tests.peers.process import Peer, PeerRefused
from verifier.result import Status

CREATED = datetime(2026, 1, 15, 9, tzinfo=UTC)
NOWHERE = Internet({})
PAIRS = [
    ("eddsa-rdfc-2022", KeyType.ED25519),
    ("eddsa-jcs-2022", KeyType.ED25519),
    ("ecdsa-rdfc-2019", KeyType.P256),
    ("ecdsa-rdfc-2019", KeyType.P384),
    ("ecdsa-jcs-2019", KeyType.P256),
    ("ecdsa-jcs-2019", KeyType.P384),
]
ALL = pytest.mark.parametrize(("suite", "curve"), PAIRS)
MANDATORY = ["/issuer", "/validFrom", "/validUntil", "/credentialSubject/achievement"]
CHOSEN = ["/credentialSubject/identifier", "/name"]


def badge_of(signer_did: str) -> dict[str, Any]:
    """A badge whose issuer is a did:key, so that both sides know its key without any document."""
    document = badge_without_status()
    document["issuer"] = {**document["issuer"], "id": signer_did}
    return document


def ours(suite: str, curve: KeyType) -> dict[str, Any]:
    """Signed by our code."""
    signer = generate(curve)
    issuer, method = named(signer)
    secured = add_proof(
        prepare(badge_of(issuer)),
        signer,
        verification_method=method,
        created=CREATED,
        suite=SIGNING_ONCE[suite],
    )
    return json.loads(secured.body)  # type: ignore[no-any-return]


def theirs(peer: Peer, suite: str, curve: KeyType) -> dict[str, Any]:
    """Signed by the peer."""
    key = peer.ask("key-of-curve", curve=str(curve))
    return peer.ask(  # type: ignore[no-any-return]
        "sign-by-suite",
        cryptosuite=suite,
        credential=badge_of(key["controller"]),
        key=key,
        created="2026-01-15T09:00:00Z",
    )


def named(signer: LocalSigner) -> tuple[str, str]:
    """The did:key of a key, and the URL of the key in it."""
    name = multikey.encode(signer.public_key)
    return did.did_key(signer.public_key), f"did:key:{name}#{name}"


def they_accept(peer: Peer, suite: str, credential: Mapping[str, Any]) -> bool:
    """A refusal by exception is a refusal too."""
    try:
        return bool(peer.ask("verify-by-suite", cryptosuite=suite, credential=credential)["verified"])
    except PeerRefused:
        return False


@ALL
def test_they_accept_ours_and_both_refuse_it_damaged(peer: Peer, suite: str, curve: KeyType) -> None:
    credential = ours(suite, curve)
    assert peer.ask("verify-by-suite", cryptosuite=suite, credential=credential) == {"verified": True, "errors": []}
    for damaged in (with_another_name(credential), with_another_signature(credential)):
        assert not they_accept(peer, suite, damaged)
        assert NOWHERE.our_verdict(damaged).status is Status.INVALID


@ALL
def test_we_accept_theirs_and_both_refuse_it_damaged(peer: Peer, suite: str, curve: KeyType) -> None:
    credential = theirs(peer, suite, curve)
    verdict = NOWHERE.our_verdict(credential)
    assert verdict.status is Status.VALID, verdict.sentence
    for damaged in (with_another_name(credential), with_another_signature(credential)):
        assert not they_accept(peer, suite, damaged)
        assert NOWHERE.our_verdict(damaged).status is Status.INVALID


def our_base(signer: LocalSigner) -> dict[str, Any]:
    """A base proof by our code."""
    issuer, method = named(signer)
    secured = ecdsa_sd_2023.sign(
        prepare(badge_of(issuer)),
        signer,
        verification_method=method,
        created=CREATED,
        mandatory=MANDATORY,
        randomness=lambda length: b"\x07" * length,
    )
    return json.loads(secured.body)  # type: ignore[no-any-return]


def test_what_we_sign_for_choosing_is_derived_and_verified_by_either_side(peer: Peer) -> None:
    base = our_base(generate(KeyType.P256))
    by_us = ecdsa_sd_2023.derive(base, CHOSEN)
    by_them = peer.ask("derive-credential", credential=base, selectivePointers=CHOSEN)
    for shown in (by_us, by_them):
        assert "evidence" not in shown
        assert they_accept(peer, "ecdsa-sd-2023", shown)
        verdict = NOWHERE.our_verdict(shown)
        assert verdict.status is Status.VALID, verdict.sentence
        for damaged in (with_another_name(shown), with_another_signature(shown)):
            assert not they_accept(peer, "ecdsa-sd-2023", damaged)
            assert NOWHERE.our_verdict(damaged).status is Status.INVALID


def test_what_they_sign_for_choosing_is_derived_and_verified_here(peer: Peer) -> None:
    key = peer.ask("key-of-curve", curve="P-256")
    base = peer.ask(
        "sign-by-suite",
        cryptosuite="ecdsa-sd-2023",
        credential=badge_of(key["controller"]),
        key=key,
        created="2026-01-15T09:00:00Z",
        mandatoryPointers=MANDATORY,
    )
    by_us = ecdsa_sd_2023.derive(base, CHOSEN)
    by_them = peer.ask("derive-credential", credential=base, selectivePointers=CHOSEN)
    for shown in (by_us, by_them):
        assert they_accept(peer, "ecdsa-sd-2023", shown)
        assert NOWHERE.our_verdict(shown).status is Status.VALID
    assert by_us["proof"] == by_them["proof"]


def test_neither_side_takes_a_base_proof_for_shown(peer: Peer) -> None:
    base = our_base(generate(KeyType.P256))
    assert not they_accept(peer, "ecdsa-sd-2023", base)
    assert NOWHERE.our_verdict(base).status is Status.INVALID


def test_we_accept_what_their_library_of_2020_signs(peer: Peer) -> None:
    issuer = "https://old.example/issuer"
    document = badge_of(issuer)
    document["@context"] = [*document["@context"], ED25519_2020_V1]
    answer = peer.ask("sign-as-in-2020", credential=document, created="2026-01-15T09:00:00Z")
    key = {name: value for name, value in answer["key"].items() if name != "@context"}
    page = {"@context": "https://www.w3.org/ns/did/v1", "id": issuer, "verificationMethod": [key],
            "assertionMethod": [key["id"]]}  # fmt: skip
    internet = Internet({issuer: page})
    verdict = internet.our_verdict(answer["signed"])
    assert verdict.status is Status.VALID, verdict.sentence
    assert internet.our_verdict(with_another_name(answer["signed"])).status is Status.INVALID
