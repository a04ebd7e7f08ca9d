"""VCDM 2.0, what an issuer must refuse and must sign: each row changes one thing in a credential that is right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.conformance.clauses import VCDM_2, Clause, must
from tests.conformance.issuers import EXAMPLES_V2, REMOVED, V2, Issuer, accepted

WITH_EXAMPLES = [V2, EXAMPLES_V2]
DIGEST = "sha384-Ml/HrjlBCNWyAX91hr6LFV2Y3heB5Tcr6IeE4/Tje8YyzYBM8IhqjHWiWpr8+ZbYU"


@dataclass(frozen=True)
class Row:
    """A change, and whether what comes of it may be signed."""

    section: str
    says: str
    signed: bool
    changes: dict[str, Any]

    @property
    def clause(self) -> Clause:
        return Clause(VCDM_2, self.section, self.says)

    def __str__(self) -> str:
        return f"{self.section} {self.says}"


def right(section: str, says: str, **changes: Any) -> Row:
    return Row(section, says, True, changes)


def wrong(section: str, says: str, **changes: Any) -> Row:
    return Row(section, says, False, changes)


ROWS = [
    wrong("4.3", "@context MUST be there", context=REMOVED),
    wrong("4.3", "@context MUST be an ordered set, not a text", context=V2),
    wrong("4.3", "the first context MUST be that of the standard", context=[EXAMPLES_V2, V2]),
    wrong("4.3", "the first context MUST NOT be left out", context=[EXAMPLES_V2]),
    wrong("4.3", "further contexts MUST be URLs or objects, not numbers", context=[V2, 7]),
    right("4.3", "further contexts that are URLs are accepted", context=WITH_EXAMPLES),
    right("4.4", "id MAY be left out", id=REMOVED),
    right("4.4", "id MAY be a DID", id="did:example:credential"),
    wrong("4.4", "id MUST be a URL", id="not a url"),
    wrong("4.4", "id MUST be one value", id=["urn:uuid:6d3f5c0e-26a5-4b6e-9d3c-0a7b0f3a7c01", "urn:x:2"]),
    wrong("4.4", "id MUST NOT be null", id=None),
    wrong("4.4", "the subject's id MUST be a URL", credentialSubject={"id": "not a url", "name": "Ada"}),
    wrong("4.4", "the subject's id MUST be one value", credentialSubject={"id": ["urn:x:1", "urn:x:2"], "name": "A"}),
    wrong("4.5", "type MUST be there", type=REMOVED),
    wrong("4.5", "type MUST NOT be empty", type=[]),
    wrong("4.5", "one type MUST be VerifiableCredential", context=WITH_EXAMPLES, type=["ExampleCredential"]),
    wrong("4.5", "a type MUST be a term of the contexts or an absolute URL", type=["VerifiableCredential", "Unmapped"]),
    right("4.5", "a type MAY be an absolute URL", type=["VerifiableCredential", "https://example.org/#Other"]),
    right("4.5", "a type MAY be a term of a further context", context=WITH_EXAMPLES,
          type=["VerifiableCredential", "ExampleCredential"]),
    right("4.6", "name and description MAY be texts", name="Certificate", description="Of attendance."),
    right("4.6", "name MAY be a language value", name={"@value": "Zeugnis", "@language": "de"}),
    right("4.6", "name MAY be given in several languages",
          name=[{"@value": "Zeugnis", "@language": "de"}, {"@value": "شهادة", "@language": "ar", "@direction": "rtl"}]),
    wrong("4.6", "a language value MUST have no other members",
          context=WITH_EXAMPLES, name={"@value": "Zeugnis", "@language": "de", "note": "x"}),
    wrong("4.6", "name MUST NOT be a number", name=7),
    wrong("4.7", "issuer MUST be there", issuer=REMOVED),
    wrong("4.7", "issuer MUST be a URL", issuer="not a url"),
    wrong("4.7", "issuer MUST NOT be null", issuer=None),
    wrong("4.7", "an issuer object MUST have an id", issuer={"name": "School"}),
    wrong("4.7", "an issuer object's id MUST be a URL", issuer={"id": "not a url"}),
    wrong("4.8", "credentialSubject MUST be there", credentialSubject=REMOVED),
    wrong("4.8", "credentialSubject MUST be an object", credentialSubject="did:example:subject"),
    wrong("4.8", "credentialSubject MUST NOT be empty", credentialSubject={}),
    wrong("4.8", "credentialSubject MUST NOT be an empty array", credentialSubject=[]),
    right("4.8", "several subjects are accepted", credentialSubject=[{"id": "urn:x:1"}, {"id": "urn:x:2"}]),
    wrong("4.9", "validFrom MUST be a dateTimeStamp", validFrom="yesterday"),
    wrong("4.9", "validFrom MUST have a time", validFrom="2024-01-01"),
    wrong("4.9", "validFrom MUST have a time zone", validFrom="2024-01-01T00:00:00"),
    wrong("4.9", "validUntil MUST be a dateTimeStamp", validUntil="tomorrow"),
    wrong("4.9", "validUntil MUST NOT be before validFrom",
          validFrom="2024-01-02T00:00:00Z", validUntil="2024-01-01T00:00:00Z"),
    right("4.9", "validUntil MAY equal validFrom",
          validFrom="2024-01-02T00:00:00Z", validUntil="2024-01-02T00:00:00Z"),
    right("4.9", "an instant MAY have another time zone", validFrom="2024-01-02T00:00:00+05:30"),
    wrong("4.10", "a status MUST have a type", credentialStatus={"id": "urn:x:status"}),
    wrong("4.10", "a status's id MUST be a URL", context=WITH_EXAMPLES,
          credentialStatus={"id": "not a url", "type": "ExampleStatus"}),
    right("4.10", "a status MAY have no id", context=WITH_EXAMPLES, credentialStatus={"type": "ExampleStatus"}),
    right("4.10", "several statuses are accepted", context=WITH_EXAMPLES,
          credentialStatus=[{"type": "ExampleStatus"}, {"type": "OtherStatus"}]),
    wrong("4.11", "a schema MUST have a type", credentialSchema={"id": "https://example.org/schema.json"}),
    wrong("4.11", "a schema MUST have an id", credentialSchema={"type": "JsonSchema"}),
    wrong("4.11", "a schema's id MUST be a URL", credentialSchema={"id": "not a url", "type": "JsonSchema"}),
    right("4.11", "a schema is accepted",
          credentialSchema={"id": "https://example.org/schema.json", "type": "JsonSchema"}),
    wrong("5.3", "a related resource MUST have an id", relatedResource=[{"digestSRI": DIGEST}]),
    wrong("5.3", "a related resource MUST have a digest", relatedResource=[{"id": "https://example.org/r"}]),
    wrong("5.3", "a related resource's id MUST be named once",
          relatedResource=[{"id": "https://example.org/r", "digestSRI": DIGEST}] * 2),
    wrong("5.3", "a related resource MUST NOT be a text", relatedResource=["https://example.org/r"]),
    right("5.3", "a related resource with a digest is accepted",
          relatedResource=[{"id": "https://example.org/r", "digestSRI": DIGEST}]),
    wrong("5.4", "a refresh service MUST have a type", refreshService={"id": "https://example.org/refresh"}),
    wrong("5.5", "terms of use MUST have a type", termsOfUse={"id": "urn:x:terms"}),
    right("5.5", "terms of use are accepted", context=WITH_EXAMPLES, termsOfUse={"type": "ExamplePolicy"}),
    wrong("5.6", "evidence MUST have a type", evidence=[{"id": "urn:x:evidence"}]),
    right("5.6", "evidence is accepted", context=WITH_EXAMPLES, evidence=[{"type": "ExampleEvidence"}]),
    wrong("5.2", "a member that no context defines MUST NOT go unsigned",
          credentialSubject={"id": "urn:x:1", "notDefined": "x"}),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_issuer(issuer: Issuer, row: Row) -> None:
    answer = issuer.issue(issuer.credential(**row.changes))
    if not row.signed:
        assert answer.status == 400, answer.said
        assert answer.problem_types, "a refusal names its problems"
        return
    assert answer.status == 201, answer.said
    issued = answer.said["verifiableCredential"]
    for name in row.changes:
        member = "@context" if name == "context" else name
        assert issued.get(member, REMOVED) == row.changes[name]


@must(VCDM_2, "4.7", "an issuer MAY be an object with an id")
def test_an_issuer_object(issuer: Issuer) -> None:
    assert accepted(issuer.verify(issuer.issued(issuer.credential(issuer={"id": issuer.did, "name": "School"}))))


@must(VCDM_2, "4.12", "a credential MUST be secured; without a proof it is not verified")
def test_secured(issuer: Issuer) -> None:
    issued = issuer.issued()
    assert proof_is_there(issued)
    assert accepted(issuer.verify(issued))
    assert not accepted(issuer.verify({name: value for name, value in issued.items() if name != "proof"}))


def proof_is_there(issued: dict[str, Any]) -> bool:
    return "proof" in issued


@must(VCDM_2, "7.1", "verification MUST fail if the signature does not match, as CRYPTOGRAPHIC_SECURITY_ERROR")
def test_a_changed_credential(issuer: Issuer) -> None:
    answer = issuer.verify({**issuer.issued(), "id": "urn:x:another"})
    assert not accepted(answer)
    assert answer.problem_types == {"CRYPTOGRAPHIC_SECURITY_ERROR"}


@must(
    VCDM_2,
    "7.1",
    "what does not conform MUST be refused, as MALFORMED_VALUE_ERROR or PARSING_ERROR",
)
@pytest.mark.parametrize("member", ["@context", "type", "issuer", "credentialSubject"])
def test_a_document_that_does_not_conform(issuer: Issuer, member: str) -> None:
    answer = issuer.verify({name: value for name, value in issuer.issued().items() if name != member})
    assert not accepted(answer)
    assert answer.problem_types & {"MALFORMED_VALUE_ERROR", "PARSING_ERROR"}


@must(VCDM_2, "7.1", "all that is wrong is told, not only the first")
def test_all_problems(issuer: Issuer) -> None:
    answer = issuer.issue(issuer.credential(id="not a url", validFrom="yesterday", credentialSubject={}))
    assert {problem["pointer"] for problem in answer.said["errors"]} >= {"/id", "/validFrom", "/credentialSubject"}


@must(VCDM_2, "4.9", "a credential that is over, or has not begun, is told as such")
@pytest.mark.parametrize(
    "period", [{"validUntil": "2020-01-01T00:00:00Z"}, {"validFrom": "2999-01-01T00:00:00Z"}], ids=["over", "to come"]
)
def test_validity(issuer: Issuer, period: dict[str, Any]) -> None:
    answer = issuer.verify(issuer.issued(issuer.credential(**period)))
    assert not accepted(answer)
    assert answer.problem_types == {"urn:guildmark:problem:expired" if "validUntil" in period else
                                    "urn:guildmark:problem:not-yet-valid"}  # fmt: skip
