"""Embedded proofs: the standard's own signatures, and every way in which a proof can be wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import base58
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from credentials import contexts
from credentials.prepared import prepare
from credentials.problems import (
    CRYPTOGRAPHIC_SECURITY_ERROR,
    PROOF_GENERATION_ERROR,
    PROOF_VERIFICATION_ERROR,
    UNSUPPORTED_PROOF,
    Unacceptable,
)
from credentials.proofs.data_integrity import SIGNING_ONCE, Stamp, add_proof, proofs_of, verify_proof
from keys import multikey
from keys.signer import KeyType, LocalSigner, generate
from tests.conftest import vectors
from tests.credentials.badges import KEY_ID, badge

SIGNER = generate(KeyType.ED25519)
CREATED = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)


def signed(**changes: Any) -> dict[str, Any]:
    secured = add_proof(prepare(badge(**changes)), SIGNER, verification_method=KEY_ID, created=CREATED)
    return json.loads(secured.body)  # type: ignore[no-any-return]


SIGNED = signed()


def refused(document: Mapping[str, Any], proof: Mapping[str, Any], **options: Any) -> str:
    with pytest.raises(Unacceptable) as refusal:
        verify_proof(document, proof, options.pop("key", SIGNER.public_key), **options)
    return refusal.value.problems[0].type


@pytest.mark.vectors
def test_the_vector_of_vc_di_eddsa_verifies_and_is_reproduced() -> None:
    folder = vectors("vc-di-eddsa")
    examples = json.loads(vectors("vcdm2-contexts", "examples", "v2").read_text())

    def load(url: str) -> Mapping[str, Any]:
        return examples if url.endswith("examples/v2") else contexts.load(url)

    document = json.loads((folder / "eddsa-rdfc-2022" / "signedDataInt.json").read_text())
    key = multikey.decode(json.loads((folder / "keyPair.json").read_text())["publicKeyMultibase"])
    verify_proof(document, proofs_of(document)[0], key, load=load)
    document["name"] = "another name"
    assert refused(document, proofs_of(document)[0], key=key, load=load) == CRYPTOGRAPHIC_SECURITY_ERROR


@pytest.mark.vectors
def test_the_vector_of_the_open_badges_guide_is_reproduced_to_the_letter() -> None:
    folder = vectors("ob3", "impl-guide")
    expected = json.loads((folder / "07-signed-credential.json").read_text())
    seed = bytes.fromhex(json.loads((folder / "values.json").read_text())["privateKeyHex"])[:32]
    signer = LocalSigner(Ed25519PrivateKey.from_private_bytes(seed))
    proof = expected.pop("proof")
    made = add_proof(
        prepare(expected),
        signer,
        verification_method=proof["verificationMethod"],
        created=datetime(2010, 1, 1, 19, 23, 24, tzinfo=UTC),
    )
    assert json.loads(made.body)["proof"] == [proof]


def test_what_is_signed_verifies_and_keeps_every_byte_of_its_text() -> None:
    secured = add_proof(prepare(badge()), SIGNER, verification_method=KEY_ID, created=CREATED)
    assert secured.media_type == "application/vc"
    assert "Ångström" in secured.text
    document = json.loads(secured.body)
    assert {name: value for name, value in document.items() if name != "proof"} == badge()
    verify_proof(document, proofs_of(document)[0], SIGNER.public_key)


def test_many_are_secured_as_each_of_them_is() -> None:
    stamp = Stamp(SIGNER, KEY_ID, CREATED)
    prepared = [prepare(badge(name=f"Level {number}")) for number in range(3)]
    assert stamp.secure_all(prepared) == [stamp.secure(one) for one in prepared]
    assert stamp.secure_all([]) == []


def test_the_form_of_the_proof_is_that_of_open_badges() -> None:
    assert SIGNED["proof"] == [
        {
            "type": "DataIntegrityProof",
            "cryptosuite": "eddsa-rdfc-2022",
            "created": "2026-01-15T09:00:00Z",
            "verificationMethod": KEY_ID,
            "proofPurpose": "assertionMethod",
            "proofValue": SIGNED["proof"][0]["proofValue"],
        }
    ]


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [leaf for name, member in value.items() for leaf in _leaves(member, (*path, name))]
    if isinstance(value, list):
        return [leaf for position, item in enumerate(value) for leaf in _leaves(item, (*path, position))]
    return [path]


def _changed(document: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    copy = json.loads(json.dumps(document))
    place = copy
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return copy  # type: ignore[no-any-return]


@pytest.mark.parametrize("path", [p for p in _leaves(SIGNED) if p[0] not in ("@context", "proof")], ids=str)
def test_a_change_of_any_value_is_noticed(path: tuple[Any, ...]) -> None:
    changed = _changed(SIGNED, path, "urn:changed")
    with pytest.raises(Unacceptable):
        verify_proof(changed, changed["proof"][0], SIGNER.public_key)


@pytest.mark.parametrize("name", [name for name in SIGNED if name not in ("@context", "proof")])
def test_so_is_the_loss_of_any_member(name: str) -> None:
    changed = {key: value for key, value in SIGNED.items() if key != name}
    assert refused(changed, SIGNED["proof"][0])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 511))
def test_every_flipped_bit_of_the_signature_fails(bit: int) -> None:
    value = bytearray(base58.b58decode(SIGNED["proof"][0]["proofValue"][1:]))
    value[bit >> 3] ^= 1 << (bit & 7)
    proof = {**SIGNED["proof"][0], "proofValue": "z" + base58.b58encode(bytes(value)).decode()}
    assert refused(SIGNED, proof) == CRYPTOGRAPHIC_SECURITY_ERROR


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"created": "2026-01-15T09:00:01Z"}, CRYPTOGRAPHIC_SECURITY_ERROR),
        ({"verificationMethod": "did:web:badges.example#key-2"}, CRYPTOGRAPHIC_SECURITY_ERROR),
        ({"domain": "verifier.example"}, CRYPTOGRAPHIC_SECURITY_ERROR),
        ({"proofPurpose": "authentication"}, PROOF_VERIFICATION_ERROR),
        ({"proofValue": "u" + SIGNED["proof"][0]["proofValue"][1:]}, PROOF_VERIFICATION_ERROR),
        ({"proofValue": "z" + "1" * 5_000_000}, PROOF_VERIFICATION_ERROR),
        ({"proofValue": ["z1"]}, PROOF_VERIFICATION_ERROR),
        ({"proofValue": "z"}, CRYPTOGRAPHIC_SECURITY_ERROR),
        ({"created": "yesterday"}, PROOF_VERIFICATION_ERROR),
        ({"expires": 7}, PROOF_VERIFICATION_ERROR),
        ({"cryptosuite": "eddsa-rdfc-2099"}, UNSUPPORTED_PROOF),
        ({"cryptosuite": ["eddsa-rdfc-2022"]}, UNSUPPORTED_PROOF),
        ({"type": "Ed25519Signature2018"}, UNSUPPORTED_PROOF),
        ({"type": "eddsa-rdfc-2022"}, UNSUPPORTED_PROOF),
        ({"cryptosuite": "Ed25519Signature2020"}, UNSUPPORTED_PROOF),
        ({"previousProof": "urn:uuid:1"}, PROOF_VERIFICATION_ERROR),
        ({"@context": ["https://www.w3.org/ns/credentials/v2", "urn:other"]}, PROOF_VERIFICATION_ERROR),
    ],
)
def test_a_proof_that_is_wrong_is_refused_for_its_reason(changes: dict[str, Any], problem: str) -> None:
    assert refused(SIGNED, {**SIGNED["proof"][0], **changes}) == problem


@pytest.mark.parametrize("missing", ["created", "verificationMethod", "proofPurpose", "proofValue"])
def test_a_proof_that_lacks_something_is_refused(missing: str) -> None:
    assert refused(SIGNED, {name: value for name, value in SIGNED["proof"][0].items() if name != missing})


def test_a_proof_does_not_fit_another_document_nor_another_key() -> None:
    assert refused(signed(name="Other"), SIGNED["proof"][0]) == CRYPTOGRAPHIC_SECURITY_ERROR
    assert refused(SIGNED, SIGNED["proof"][0], key=generate(KeyType.ED25519).public_key) == CRYPTOGRAPHIC_SECURITY_ERROR
    assert refused(SIGNED, SIGNED["proof"][0], key=generate(KeyType.P256).public_key) == PROOF_VERIFICATION_ERROR


def test_a_key_of_another_type_signs_nothing_under_this_suite() -> None:
    suite = SIGNING_ONCE["eddsa-rdfc-2022"]
    with pytest.raises(Unacceptable, match="P-256") as refusal:
        add_proof(prepare(badge()), generate(KeyType.P256), verification_method=KEY_ID, created=CREATED, suite=suite)
    assert refusal.value.problems[0].type == PROOF_GENERATION_ERROR


@pytest.mark.parametrize("proof", ["a text", [1], [{}] * 9, 5])
def test_what_is_no_list_of_proofs_is_refused(proof: Any) -> None:
    with pytest.raises(Unacceptable):
        proofs_of({"proof": proof})


def test_a_document_without_proof_has_none() -> None:
    assert proofs_of(badge()) == ()
