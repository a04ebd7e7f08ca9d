"""ecdsa-sd-2023: base proofs for holders, and what they derive."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.clauses import DI_ECDSA, must
from tests.conformance.issuers import Issuer, accepted, proof_of, with_proof
from tests.conformance.server import Server

SUBJECT = {"id": "did:example:subject", "name": "Ada", "description": "Knows engines."}


@pytest.fixture
def disclosing(server: Server) -> Issuer:
    return Issuer.at(server, "ecdsa-sd-2023")


def base(disclosing: Issuer, *mandatory: str) -> dict[str, Any]:
    credential = disclosing.credential(credentialSubject=SUBJECT, name="Diploma")
    return disclosing.issued(credential, mandatoryPointers=[*mandatory])


@must(DI_ECDSA, "3.6", "a base proof is multibase base64url and begins with the bytes d9 5d 00")
def test_a_base_proof(disclosing: Issuer) -> None:
    proof = proof_of(base(disclosing, "/issuer"))
    assert proof["cryptosuite"] == "ecdsa-sd-2023"
    assert proof["proofValue"].startswith("u2V0A")


@must(DI_ECDSA, "3.6", "a base proof MUST NOT be verified as if it were derived")
def test_a_base_proof_is_not_shown(disclosing: Issuer) -> None:
    assert not accepted(disclosing.verify(base(disclosing, "/issuer")))


@must(DI_ECDSA, "3.6", "a derived credential shows what is mandatory and what was chosen, nothing else")
def test_what_is_derived(disclosing: Issuer) -> None:
    answer = disclosing.derive(base(disclosing, "/issuer"), ["/credentialSubject/name"])
    assert answer.status == 201, answer.said
    assert answer.said["credentialSubject"] == {"id": "did:example:subject", "name": "Ada"}
    assert "issuer" in answer.said
    assert "name" not in answer.said
    assert proof_of(answer.said)["proofValue"].startswith("u2V0B")
    assert accepted(disclosing.verify(answer.said))


@must(DI_ECDSA, "3.6", "without mandatory pointers the holder shows what it chooses")
def test_nothing_mandatory(disclosing: Issuer) -> None:
    shown = disclosing.derive(base(disclosing), ["/issuer", "/credentialSubject"]).said
    assert accepted(disclosing.verify(shown))


@must(DI_ECDSA, "3.6", "a statement that is changed or added after deriving is noticed")
def test_changed_after_deriving(disclosing: Issuer) -> None:
    shown = disclosing.derive(base(disclosing, "/issuer"), ["/credentialSubject"]).said
    assert not accepted(disclosing.verify({**shown, "credentialSubject": {**SUBJECT, "name": "Eve"}}))
    assert not accepted(disclosing.verify({**shown, "name": "Another"}))
    value = proof_of(shown)["proofValue"]
    assert not accepted(disclosing.verify(with_proof(shown, proofValue=value[:-8] + "AAAAAAAA")))


@must(DI_ECDSA, "3.6", "a pointer to nothing, and a choice of nothing, are refused")
def test_pointers_to_nothing(disclosing: Issuer) -> None:
    assert disclosing.issue(disclosing.credential(), mandatoryPointers=["/nothing"]).status == 400
    assert disclosing.derive(base(disclosing, "/issuer"), ["/nothing"]).status == 400
    assert disclosing.derive(base(disclosing), []).status == 400


@must(DI_ECDSA, "3.6", "only a base proof can be derived from, and only one")
def test_only_from_a_base_proof(disclosing: Issuer, issuer: Issuer) -> None:
    shown = disclosing.derive(base(disclosing, "/issuer"), ["/credentialSubject"]).said
    assert disclosing.derive(shown, ["/issuer"]).status == 400
    assert disclosing.derive(issuer.issued(), ["/issuer"]).status == 400


@must(DI_ECDSA, "3.6", "a credential of VCDM 1.1 is signed, derived and verified")
def test_version_1_1(disclosing: Issuer) -> None:
    signed = disclosing.issued(disclosing.credential_1_1(), mandatoryPointers=["/issuer", "/issuanceDate"])
    shown = disclosing.derive(signed, ["/credentialSubject"])
    assert shown.status == 201, shown.said
    assert accepted(disclosing.verify(shown.said))
