"""Data Integrity 1.0 and its cryptosuites: proofs as they are made, and as they must be refused, for every instance."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from keys import multibase, multikey
from keys.public_key import KeyType
from tests.conformance.clauses import DATA_INTEGRITY, DI_ECDSA, DI_EDDSA, Clause, must
from tests.conformance.issuers import DATA_INTEGRITY_V2, REMOVED, V1, Issuer, accepted, proof_of, with_proof
from tests.conformance.server import Server

CURVES = {
    "eddsa-rdfc-2022": KeyType.ED25519,
    "eddsa-jcs-2022": KeyType.ED25519,
    "ecdsa-rdfc-2019": KeyType.P256,
    "ecdsa-rdfc-2019-p384": KeyType.P384,
    "ecdsa-jcs-2019": KeyType.P256,
    "ecdsa-jcs-2019-p384": KeyType.P384,
}
LENGTH = {KeyType.ED25519: 64, KeyType.P256: 64, KeyType.P384: 96}


class Instance(str):
    """An instance's name; it is the row of a table, whose clause is that of its standard."""

    clause: Clause


def rows(says: str) -> Any:
    """A test for every instance, under the standard of its cryptosuite."""
    found = []
    for name in CURVES:
        row = Instance(name)
        standard = DI_EDDSA if name.startswith("eddsa") else DI_ECDSA
        row.clause = Clause(standard, "3.2" if "rdfc" in name else "3.3", says)
        found.append(row)
    return pytest.mark.parametrize("row", found, ids=str)


@rows("a proof is a DataIntegrityProof, names the cryptosuite, and was made for assertionMethod")
def test_members(server: Server, row: str) -> None:
    proof = proof_of(Issuer.at(server, row).issued())
    assert proof["type"] == "DataIntegrityProof"
    assert proof["cryptosuite"] == row.removesuffix("-p384")
    assert proof["proofPurpose"] == "assertionMethod"
    assert datetime.fromisoformat(proof["created"]).tzinfo is not None


@rows("proofValue is base58btc multibase of a signature of the curve's length")
def test_the_value(server: Server, row: str) -> None:
    value = proof_of(Issuer.at(server, row).issued())["proofValue"]
    assert value.startswith("z")
    assert len(multibase.decode(value, max_characters=200)) == LENGTH[CURVES[row]]


@rows("the verification method is a Multikey of the curve, of the issuer’s did:key")
def test_the_method(server: Server, row: str) -> None:
    issuer = Issuer.at(server, row)
    did, _, fragment = proof_of(issuer.issued())["verificationMethod"].partition("#")
    assert did == issuer.did == f"did:key:{fragment}"
    assert multikey.decode(fragment).type is CURVES[row]


@rows("what was signed is verified, by every instance")
def test_all_verify_it(server: Server, row: str) -> None:
    issued = Issuer.at(server, row).issued()
    assert all(accepted(Issuer.at(server, name).verify(issued)) for name in CURVES)


@rows("a credential of VCDM 1.1 is signed and verified as it came")
def test_version_1_1(server: Server, row: str) -> None:
    issuer = Issuer.at(server, row)
    asked = issuer.credential_1_1()
    issued = issuer.issued(asked)
    assert {name: value for name, value in issued.items() if name != "proof"} == asked
    assert accepted(issuer.verify(issued))


@rows("a credential of VCDM 1.1 that lacks the terms of a proof gets their context")
def test_version_1_1_without_terms(server: Server, row: str) -> None:
    issuer = Issuer.at(server, row)
    issued = issuer.issued({**issuer.credential_1_1(), "@context": [V1]})
    assert issued["@context"] == [V1, DATA_INTEGRITY_V2]
    assert accepted(issuer.verify(issued))


@rows("a changed credential, a changed value and another’s key are refused")
def test_damage(server: Server, row: str) -> None:
    issuer = Issuer.at(server, row)
    issued, other = issuer.issued(), issuer.issued()
    for damaged in (
        {**issued, "credentialSubject": {"id": "did:example:subject", "name": "Eve"}},
        with_proof(issued, proofValue=proof_of(other)["proofValue"]),
        with_proof(issued, created="2020-01-01T00:00:00Z"),
    ):
        answer = issuer.verify(damaged)
        assert not accepted(answer)
        assert "CRYPTOGRAPHIC_SECURITY_ERROR" in answer.problem_types


MALFORMED: list[tuple[str, dict[str, Any]]] = [
    ("type MUST be there", {"type": REMOVED}),
    ("type MUST be one that is known", {"type": "UnknownProofType"}),
    ("cryptosuite MUST be there", {"cryptosuite": REMOVED}),
    ("cryptosuite MUST be one that is known", {"cryptosuite": "unknown-2099"}),
    ("proofPurpose MUST be there", {"proofPurpose": REMOVED}),
    ("proofPurpose MUST be what was asked for", {"proofPurpose": "authentication"}),
    ("verificationMethod MUST be there", {"verificationMethod": REMOVED}),
    ("verificationMethod MUST be a URL of a key", {"verificationMethod": "not a url"}),
    ("verificationMethod MUST lead to a key of the issuer", {"verificationMethod": "did:key:z6MkpJySvETLnxhQG9DzEdmKJt"
                                                             "ysBDjuuTeDfUj1uNNCUqcj#z6MkpJySvETLnxhQG9DzEdmKJtysBDjuu"
                                                             "TeDfUj1uNNCUqcj"}),
    ("proofValue MUST be there", {"proofValue": REMOVED}),
    ("proofValue MUST be multibase", {"proofValue": "0OIl"}),
    ("proofValue MUST be base58btc, not base64url", {"proofValue": "uAAAA"}),
    ("created MUST be a dateTimeStamp", {"created": "yesterday"}),
    ("created MUST have a time zone", {"created": "2024-01-01T00:00:00"}),
    ("expires MUST be a dateTimeStamp", {"expires": "tomorrow"}),
    ("expires MUST NOT be over", {"expires": "2020-01-01T00:00:00Z"}),
    ("a proof of the future is refused", {"created": "2999-01-01T00:00:00Z"}),
    ("previousProof MUST name a proof that is there", {"previousProof": "urn:x:nowhere"}),
    ("domain that is added is noticed", {"domain": "verifier.example"}),
]  # fmt: skip


class Malformed:
    """A row: what is wrong, and how."""

    def __init__(self, says: str, changes: dict[str, Any]) -> None:
        self.clause = Clause(DATA_INTEGRITY, "4.4", says)
        self.changes = changes

    def __str__(self) -> str:
        return self.clause.says


@pytest.mark.parametrize("row", [Malformed(*one) for one in MALFORMED], ids=str)
def test_malformed_proofs(issuer: Issuer, row: Malformed) -> None:
    answer = issuer.verify(with_proof(issuer.issued(), **row.changes))
    assert not accepted(answer)
    assert answer.problem_types


@must(DATA_INTEGRITY, "2.1", "domain, challenge, nonce and expires stand in the proof and are signed")
def test_members_that_are_asked_for(issuer: Issuer) -> None:
    wished = {"domain": "verifier.example", "challenge": "c-1", "nonce": "n-1", "expires": "2999-01-01T00:00:00Z"}
    issued = issuer.issued(None, **wished)
    assert wished.items() <= proof_of(issued).items()
    assert accepted(issuer.verify(issued))
    assert not accepted(issuer.verify(with_proof(issued, nonce="n-2")))


@must(DATA_INTEGRITY, "2.1.1", "every proof of a set counts: one that is wrong refuses the whole")
def test_a_set_with_a_wrong_proof(issuer: Issuer) -> None:
    issued = issuer.issued()
    right = proof_of(issued)
    wrong = {**right, "proofValue": proof_of(issuer.issued())["proofValue"]}
    assert accepted(issuer.verify({**issued, "proof": [right]}))
    assert not accepted(issuer.verify({**issued, "proof": [right, wrong]}))


@must(DATA_INTEGRITY, "4.7", "a request that cannot be followed is refused, not ignored")
def test_wishes_that_cannot_be_had(issuer: Issuer) -> None:
    for wish in ({"cryptosuite": "ecdsa-rdfc-2019"}, {"type": "Ed25519Signature2020"}, {"anything": 1}):
        assert issuer.issue(issuer.credential(), **wish).status == 400
