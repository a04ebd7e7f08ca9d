"""Every cryptosuite beside the usual one: the standards' own vectors, and what they have in common tried on each."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from credentials import contexts, rdfc
from credentials.prepared import prepare
from credentials.problems import (
    CRYPTOGRAPHIC_SECURITY_ERROR,
    PROOF_GENERATION_ERROR,
    PROOF_VERIFICATION_ERROR,
    Unacceptable,
)
from credentials.proofs.data_integrity import SIGNING_ONCE, SUITES, add_proof, proofs_of, suite_for, verify_proof
from keys import multikey
from keys.signer import KeyType, LocalSigner, generate
from tests.conftest import vectors
from tests.credentials.badges import KEY_ID, badge
from tests.credentials.test_rdfc import quads_of

CREATED = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)
SIGNERS = {kind: generate(kind) for kind in (KeyType.ED25519, KeyType.P256, KeyType.P384)}
PAIRS = [
    pytest.param(suite.name, kind, id=f"{suite.name}-{kind}")
    for suite in SIGNING_ONCE.values()
    if suite.current
    for kind in sorted(suite.key_types)
]
SIGNED_VECTORS = [
    "vc-di-eddsa/eddsa-jcs-2022/signedJCS.json",
    "vc-di-eddsa/Ed25519Signature2020/signedEdSig.json",
    "vc-di-ecdsa/ecdsa-rdfc-2019-p256/signedECDSAP256.json",
    "vc-di-ecdsa/ecdsa-rdfc-2019-p384/signedECDSAP384.json",
    "vc-di-ecdsa/ecdsa-jcs-2019-p256/signedJCSECDSAP256.json",
    "vc-di-ecdsa/ecdsa-jcs-2019-p384/signedJCSECDSAP384.json",
    "vc-di-eddsa/proof-set-chain/signedProofSet1.json",
    "vc-di-eddsa/proof-set-chain/signedProofSet2.json",
    "vc-di-eddsa/proof-set-chain/signedProofChain1.json",
    "vc-di-eddsa/proof-set-chain/signedProofChain2.json",
]


def loader(url: str) -> Mapping[str, Any]:
    """Our contexts, and that of the standards' examples."""
    if url == "https://www.w3.org/ns/credentials/examples/v2":
        return json.loads(vectors("vcdm2-contexts", "examples", "v2").read_text())  # type: ignore[no-any-return]
    return contexts.load(url)


def key_of(proof: Mapping[str, Any]) -> Any:
    return multikey.decode(proof["verificationMethod"].partition("#")[2])


def signed(suite: str, signer: LocalSigner, **members: Any) -> dict[str, Any]:
    secured = add_proof(
        prepare(badge()),
        signer,
        verification_method=KEY_ID,
        created=CREATED,
        suite=SIGNING_ONCE[suite],
        members=members,
    )
    return json.loads(secured.body)  # type: ignore[no-any-return]


def refused(document: Mapping[str, Any], proof: Mapping[str, Any], signer: LocalSigner) -> str:
    with pytest.raises(Unacceptable) as refusal:
        verify_proof(document, proof, signer.public_key)
    return refusal.value.problems[0].type


@pytest.mark.vectors
@pytest.mark.parametrize("path", SIGNED_VECTORS)
def test_the_standards_own_signatures_verify_and_nothing_else_does(path: str) -> None:
    document = json.loads(vectors(*path.split("/")).read_text())
    for proof in proofs_of(document):
        verify_proof(document, proof, key_of(proof), load=loader)
    last = proofs_of(document)[-1]
    with pytest.raises(Unacceptable) as refusal:
        verify_proof({**document, "name": "Another"}, last, key_of(last), load=loader)
    assert refusal.value.problems[0].type == CRYPTOGRAPHIC_SECURITY_ERROR


@pytest.mark.vectors
@pytest.mark.parametrize(
    ("suite", "kind", "folder"),
    [
        ("eddsa-jcs-2022", KeyType.ED25519, "vc-di-eddsa/eddsa-jcs-2022"),
        ("ecdsa-rdfc-2019", KeyType.P256, "vc-di-ecdsa/ecdsa-rdfc-2019-p256"),
        ("ecdsa-rdfc-2019", KeyType.P384, "vc-di-ecdsa/ecdsa-rdfc-2019-p384"),
        ("ecdsa-jcs-2019", KeyType.P256, "vc-di-ecdsa/ecdsa-jcs-2019-p256"),
        ("ecdsa-jcs-2019", KeyType.P384, "vc-di-ecdsa/ecdsa-jcs-2019-p384"),
    ],
)
def test_their_hashes_are_reproduced(suite: str, kind: KeyType, folder: str) -> None:
    place = vectors(*folder.split("/"))
    document = json.loads(vectors(folder.split("/", maxsplit=1)[0], "unsigned.json").read_text())
    proof = proofs_of(json.loads(one(place, "signed*.json").read_text()))[0]
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    made = SIGNING_ONCE[suite].hash_data(document, options, key_of(proof), loader)
    assert made.hex() == one(place, "combinedHash*.txt").read_text().strip()
    assert key_of(proof).type is kind


@pytest.mark.vectors
def test_a_p384_key_takes_sha384_into_the_naming_of_blank_nodes() -> None:
    short, long = (vectors("vc-di-ecdsa", f"ecdsa-rdfc-2019-{curve}", "employ") for curve in ("p256", "p384"))
    quads = quads_of(one(short, "canonDoc*.txt").read_text())
    expected = one(long, "canonDoc*.txt").read_text()
    assert rdfc.canonicalize(quads, hash_=hashlib.sha384) == expected
    assert rdfc.canonicalize(quads) != expected
    proof = json.loads(one(long, "signed*.json").read_text())["proof"]
    made = hashlib.sha384(expected.encode()).hexdigest()
    assert one(long, "combinedHash*.txt").read_text().strip().endswith(made)
    key_of(proof)


def one(folder: Path, pattern: str) -> Path:
    (found,) = folder.glob(pattern)
    return found


@pytest.mark.parametrize(("suite", "kind"), PAIRS)
def test_what_is_signed_verifies_and_no_change_does(suite: str, kind: KeyType) -> None:
    signer = SIGNERS[kind]
    document = signed(suite, signer)
    (proof,) = proofs_of(document)
    verify_proof(document, proof, signer.public_key)
    assert refused({**document, "name": "Another"}, proof, signer) == CRYPTOGRAPHIC_SECURITY_ERROR
    assert refused(document, {**proof, "created": "2026-01-15T09:00:01Z"}, signer) == CRYPTOGRAPHIC_SECURITY_ERROR
    assert refused(document, {**proof, "domain": "elsewhere.example"}, signer) == CRYPTOGRAPHIC_SECURITY_ERROR
    assert refused(document, proof, generate(kind)) == CRYPTOGRAPHIC_SECURITY_ERROR
    other = next(one for name, one in SIGNERS.items() if name not in SUITES[suite].key_types)
    assert refused(document, proof, other) == PROOF_VERIFICATION_ERROR


@pytest.mark.parametrize(("suite", "kind"), PAIRS)
def test_further_members_of_the_proof_are_signed_with_it(suite: str, kind: KeyType) -> None:
    signer = SIGNERS[kind]
    members = {"domain": "verifier.example", "challenge": "c-17", "nonce": "n", "expires": "2027-01-01T00:00:00Z"}
    document = signed(suite, signer, **members)
    (proof,) = proofs_of(document)
    assert {name: proof[name] for name in members} == members
    verify_proof(document, proof, signer.public_key)
    for name in members:
        left = {member: value for member, value in proof.items() if member != name}
        assert refused(document, left, signer) == CRYPTOGRAPHIC_SECURITY_ERROR


@pytest.mark.parametrize("suite", ["eddsa-jcs-2022", "ecdsa-jcs-2019"])
def test_a_proof_over_json_outlives_contexts_put_behind_its_own_and_none_before(suite: str) -> None:
    signer = SIGNERS[min(SUITES[suite].key_types)]
    document = signed(suite, signer)
    (proof,) = proofs_of(document)
    more = "https://example.com/more"
    verify_proof({**document, "@context": [*document["@context"], more]}, proof, signer.public_key)
    before = {**document, "@context": [more, *document["@context"]]}
    assert refused(before, proof, signer) == PROOF_VERIFICATION_ERROR
    fewer = {**document, "@context": document["@context"][:1]}
    assert refused(fewer, proof, signer) == PROOF_VERIFICATION_ERROR


def test_a_proof_over_rdf_does_not() -> None:
    signer = SIGNERS[KeyType.ED25519]
    document = signed("eddsa-rdfc-2022", signer)
    proof = {**document["proof"][0], "@context": document["@context"]}
    longer = {**document, "@context": [*document["@context"], contexts.OPEN_BADGES_EXTENSIONS]}
    verify_proof(document, proof, signer.public_key)
    assert refused(longer, proof, signer) == PROOF_VERIFICATION_ERROR


@pytest.mark.parametrize("named", ["urn:uuid:2", [], ["urn:uuid:1", "urn:uuid:2"], 7])
def test_a_proof_that_follows_upon_one_that_is_not_there_is_refused(named: Any) -> None:
    signer = SIGNERS[KeyType.ED25519]
    document = signed("eddsa-rdfc-2022", signer, id="urn:uuid:1")
    proof = {**document["proof"][0], "id": "urn:uuid:9", "previousProof": named}
    assert refused({**document, "proof": [*document["proof"], proof]}, proof, signer) == PROOF_VERIFICATION_ERROR


def test_ids_of_proofs_are_unique_texts() -> None:
    for ids in (["a:1", "a:1"], [{"a": 1}, "a:1"]):
        with pytest.raises(Unacceptable, match="id"):
            proofs_of({"proof": [{"id": one} for one in ids]})


@pytest.mark.parametrize("suite", ["eddsa-2022", "Ed25519Signature2020"])
def test_nothing_new_is_signed_with_an_outdated_suite(suite: str) -> None:
    with pytest.raises(Unacceptable, match="Old proofs") as refusal:
        signed(suite, SIGNERS[KeyType.ED25519])
    assert refusal.value.problems[0].type == PROOF_GENERATION_ERROR


def test_the_name_of_the_drafts_is_verified() -> None:
    signer = SIGNERS[KeyType.ED25519]
    document = json.loads(prepare(badge()).json)
    options = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-2022",
        "created": "2023-01-15T09:00:00Z",
        "verificationMethod": KEY_ID,
        "proofPurpose": "assertionMethod",
    }
    signature = signer.sign(SIGNING_ONCE["eddsa-2022"].hash_data(document, options, signer.public_key, contexts.load))
    from keys import multibase

    proof = {**options, "proofValue": multibase.encode(signature)}
    verify_proof(document, proof, signer.public_key)
    assert refused(document, {**proof, "cryptosuite": "eddsa-rdfc-2022"}, signer) == CRYPTOGRAPHIC_SECURITY_ERROR


def test_each_key_has_a_usual_suite_and_rsa_none() -> None:
    assert {kind: suite_for(signer.public_key).name for kind, signer in SIGNERS.items()} == {
        KeyType.ED25519: "eddsa-rdfc-2022",
        KeyType.P256: "ecdsa-rdfc-2019",
        KeyType.P384: "ecdsa-rdfc-2019",
    }
    with pytest.raises(Unacceptable, match="RSA"):
        suite_for(generate(KeyType.RSA).public_key)
