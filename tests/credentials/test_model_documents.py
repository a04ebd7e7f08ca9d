"""The standard's own documents are read, give typed access and come back as they were."""

from __future__ import annotations

import copy
import json
import time
import timeit
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from credentials.model import conformance
from credentials.model.classes import AchievementCredential, EndorsementCredential, VerifiableCredential
from credentials.model.one_or_many import each
from credentials.problems import Unacceptable
from tests.conftest import VECTORS, vectors
from tests.credentials.badges import badge

Json = dict[str, Any]

# Section 21 and the guide: examples that contradict the standard they illustrate.
CONTRADICTIONS = {
    # a result's achievedLevel belongs to another result description than the linked one
    "fullOpenBadge--complete-openbadgecredential.json": ["/credentialSubject/result/1/achievedLevel"],
    "00-complete-openbadgecredential.json": ["/credentialSubject/result/1/achievedLevel"],
    # IdentifierEntry has one type, not an array
    "migrating--upgraded-ob-2-0-assertion-included-within-clr-2-0.json": ["/issuer/otherIdentifier/0/type"],
}


def _examples() -> list[Path]:
    folders = ("ob3/examples", "ob3/spec-examples", "ob3/impl-guide", "ob3/impl-guide-clr")
    found = [path for folder in folders for path in sorted((VECTORS / folder).rglob("*.json"))]
    others = ("vc-bitstring-status-list", "vcdm2-schema/verifiable-credential")
    found += [path for folder in others for path in sorted((VECTORS / folder).glob("*example*.json"))]
    return [path for path in found if _is_credential(path)]


def _is_credential(path: Path) -> bool:
    document = json.loads(path.read_text(encoding="utf-8"))
    return isinstance(document, dict) and "VerifiableCredential" in document.get("type", ())


@pytest.mark.vectors
@pytest.mark.parametrize("path", _examples(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_example_of_the_standards_conforms_and_comes_back(path: Path) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    before = copy.deepcopy(document)
    found = [problem.pointer for problem in conformance.check(document)]
    assert found == CONTRADICTIONS.get(path.name, [])
    if not found:
        parsed = conformance.parse(document)
        assert json.dumps(parsed.as_json(), sort_keys=True) == json.dumps(before, sort_keys=True)
    elif path.name != "migrating--upgraded-ob-2-0-assertion-included-within-clr-2-0.json":
        assert AchievementCredential.from_json(document).as_json() == before
    assert document == before


def test_the_examples_are_there() -> None:
    vectors("ob3", "examples")
    assert len(_examples()) >= 30


def test_the_type_chooses_the_class() -> None:
    assert isinstance(conformance.parse(badge()), AchievementCredential)
    other_name = badge(type=["AchievementCredential", "VerifiableCredential"])
    assert isinstance(conformance.parse(other_name), AchievementCredential)
    assert isinstance(conformance.parse(endorsement()), EndorsementCredential)
    assert isinstance(conformance.parse(general()), VerifiableCredential)


def test_a_badge_gives_typed_access() -> None:
    parsed = conformance.parse(badge())
    assert isinstance(parsed, AchievementCredential)
    assert parsed.issuer_id == "did:web:badges.example"
    assert parsed.credentialSubject.achievement.name == "Practitioner"
    assert each(parsed.credentialStatus)[0].type == "BitstringStatusListEntry"
    assert each(parsed.proof) == ()
    assert each(parsed.evidence)[0].name == "Runbook “Über” 運用"
    with pytest.raises(ValidationError):
        parsed.name = "Another name"  # type: ignore[misc]


def test_the_issuer_may_be_a_bare_uri_to_a_reader() -> None:
    parsed = conformance.parse(badge(issuer="did:web:badges.example"))
    assert parsed.issuer_id == "did:web:badges.example"


def test_a_document_that_does_not_conform_is_not_parsed() -> None:
    with pytest.raises(Unacceptable) as refused:
        conformance.parse(badge(name=7, validFrom="yesterday"))
    assert {problem.pointer for problem in refused.value.problems} == {"/name", "/validFrom"}


@pytest.mark.parametrize("member", ["context", "model_config", "as_json", "__class__", "@id", "x/y", ""])
def test_an_extension_may_have_any_name_and_survives(member: str) -> None:
    document = badge(**{member: {"nested": [1, None, "x"]}})
    document["issuer"][member] = "kept"
    document["credentialSubject"]["achievement"]["criteria"][member] = True
    assert conformance.parse(document).as_json() == document


def test_the_canonical_form_is_told_from_the_compacted_one() -> None:
    assert conformance.is_canonical(badge())
    compacted = badge()
    compacted["issuer"]["type"] = "Profile"
    for document in (
        compacted,
        badge(proof={"type": "DataIntegrityProof"}),
        badge(credentialStatus=[badge()["credentialStatus"]]),
        badge(endorsement=[]),
        badge(description=None),
    ):
        assert not conformance.is_canonical(document)


def test_a_credential_of_version_1_1_is_measured_by_that_version() -> None:
    document = badge(issuanceDate="2020-01-01T00:00:00Z")
    document["@context"][0] = "https://www.w3.org/2018/credentials/v1"
    del document["validFrom"]
    assert conformance.check(document) == ()
    assert [p.pointer for p in conformance.check(document, for_issuing=True)] == ["/@context/0"]
    del document["issuanceDate"]
    assert [p.pointer for p in conformance.check(document)] == ["/issuanceDate"]


@pytest.mark.parametrize("value", [None, 3, "text", [], ["VerifiableCredential"]])
def test_what_is_no_object_is_no_credential(value: Any) -> None:
    (problem,) = conformance.check(value)
    assert problem.type == "https://www.w3.org/TR/vc-data-model#PARSING_ERROR"


def test_a_document_nested_without_end_is_refused_not_followed() -> None:
    profile: Json = {"id": "urn:a:b", "type": ["Profile"]}
    for _ in range(20_000):
        profile = {"id": "urn:a:b", "type": ["Profile"], "parentOrg": profile}
    assert "nested less deeply" in conformance.check(badge(issuer=profile))[0].detail


def test_problems_are_listed_up_to_a_bound() -> None:
    problems = conformance.check(badge(evidence=[7] * 5000))
    assert len(problems) == conformance.MAXIMUM + 1
    assert problems[0].pointer == "/evidence/0"
    assert "more problems" in problems[-1].detail


def test_a_typical_badge_is_checked_in_well_under_a_millisecond() -> None:
    document = badge()

    def seconds(*, for_issuing: bool) -> float:
        """Processor time of one check, so that a busy machine does not count."""
        runs = timeit.repeat(
            lambda: conformance.check(document, for_issuing=for_issuing), timer=time.process_time, number=50, repeat=5
        )
        return min(runs) / 50

    assert seconds(for_issuing=False) < 0.005
    assert seconds(for_issuing=True) < 0.015


def endorsement(**changes: Any) -> Json:
    """A conforming endorsement of the badge's issuer."""
    document = badge(type=["VerifiableCredential", "EndorsementCredential"], name="Good standing")
    document["credentialSubject"] = {
        "id": "did:web:badges.example",
        "type": ["EndorsementSubject"],
        "endorsementComment": "They assess with care.",
    }
    del document["evidence"]
    return document | changes


def general(**changes: Any) -> Json:
    """A credential of VCDM 2.0 that is no Open Badge, with everything as loose as that standard lets it."""
    document: Json = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": "VerifiableCredential",
        "issuer": {
            "id": "did:example:issuer",
            "name": [{"@value": "Amt", "@language": "de"}, {"@value": "Office"}],
        },
        "name": "A plain name",
        "credentialSubject": [{"id": "did:example:ana", "degree": "BSc"}, {"alumniOf": "nowhere"}],
        "evidence": {"type": ["DocumentVerification"]},
        "credentialStatus": {"type": "ext:Status"},
        "termsOfUse": [{"type": "Policy"}],
        "relatedResource": {"id": "https://example.org/a.pdf", "digestMultibase": "uEiB"},
    }
    return document | changes
