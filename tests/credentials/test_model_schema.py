"""Our classes against 1EdTech's JSON Schemas: the same verdict, but for the differences listed here.

Stricter than the schema, because the text is: `STRICTER` below, and each has a test of its own.
Looser than the schema, because a reader must be: JSON-LD's compacted forms and an array of statuses, which
are expanded here before the schema sees them, and midnight written as 24:00:00.
"""

from __future__ import annotations

import copy
import json
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, event, given, settings

from credentials.model import conformance
from credentials.model.endorsement_credential import EndorsementCredential
from credentials.model.profile import Profile
from tests.conftest import vectors
from tests.credentials import model_documents

Json = dict[str, Any]

# What the classes refuse and the schemas do not see: a URI that is none, an empty type name and the like.
STRICTER = (
    "must be an absolute URI",
    "must be a string that is not empty",
    "must be a term of",  # the schema's pattern for ext: terms is not anchored
)
# … and what the text demands across several places.
RULES = frozenset(
    {
        "Validity ends before it begins",
        "Schema of Open Badges missing",
        "Wrong purpose of the proof",
        "Recipient missing",
        "Malformed identity hash",
        "Unknown result description",
        "Unknown rubric level",
        "Status missing",
        "Value out of range",
    }
)


def validator(name: str) -> jsonschema_rs.Validator:
    schema = json.loads(vectors("ob3", "schema", "json", f"{name}.json").read_text(encoding="utf-8"))
    return jsonschema_rs.validator_for(schema, validate_formats=True)


@pytest.fixture(scope="module")
def achievement_schema() -> jsonschema_rs.Validator:
    return validator("achievementcredential")


@pytest.fixture(scope="module")
def endorsement_schema() -> jsonschema_rs.Validator:
    return validator("endorsementcredential")


CLASSES = [
    "Achievement",
    "AchievementSubject",
    "Address",
    "Alignment",
    "EndorsementSubject",
    "Evidence",
    "Profile",
]
CLASSES += ["Related", "Result", "ResultDescription", "RubricCriterionLevel"]
KNOWN = {"OpenBadgeCredential", "AchievementCredential", "EndorsementCredential"}


# Where the class has one type, a string, whatever it says.
SINGLE_TYPES = ("credentialStatus", "credentialSchema", "refreshService", "termsOfUse", "proof", "image", "geo")
SINGLE_TYPES += ("identifier", "otherIdentifier")


def expanded(value: Any, under: str = "") -> Any:
    """The document with compacted forms written out as arrays, as the canonical schema asks."""
    if isinstance(value, list):
        return [expanded(item, under) for item in value]
    if not isinstance(value, dict):
        return value
    made = {name: expanded(member, name) for name, member in value.items()}
    if made.get("type") in CLASSES and under not in SINGLE_TYPES:
        made["type"] = [made["type"]]
    if "@context" in made:
        for name in ("proof", "credentialSchema", "termsOfUse"):
            if isinstance(made.get(name), dict):
                made[name] = [made[name]]
        statuses = made.get("credentialStatus")
        if isinstance(statuses, list) and statuses and all(_is_status(status) for status in statuses):
            made["credentialStatus"] = statuses[0]
    return made


def _is_status(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("id"), str) and isinstance(value.get("type"), str)


def agree(document: Json, schema: jsonschema_rs.Validator) -> None:
    """Both accept, or both refuse, or the difference is one of those this file lists."""
    problems = conformance.check(document)
    by_schema = schema.is_valid(expanded(document))
    event(f"schema {by_schema}, ours {not problems}")
    if not problems:
        assert by_schema, [(e.message, list(e.instance_path)) for e in schema.iter_errors(expanded(document))]
    elif by_schema:
        unexplained = [
            problem
            for problem in problems
            if problem.title not in RULES and not any(words in problem.detail for words in STRICTER)
        ]
        assert not unexplained


MANY = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@MANY
@given(document=model_documents.achievement_credentials())
def test_a_conforming_badge_passes_both_and_comes_back_as_it_was(
    achievement_schema: jsonschema_rs.Validator, document: Json
) -> None:
    assert achievement_schema.is_valid(document)
    before = copy.deepcopy(document)
    later_problems = [p for p in conformance.check(document) if p.title != "Validity ends before it begins"]
    assert later_problems == []
    if not conformance.check(document):
        made = conformance.parse(document).as_json()
        assert made == before
        assert json.dumps(made, sort_keys=True) == json.dumps(before, sort_keys=True)
    assert document == before


@MANY
@given(document=model_documents.endorsement_credentials(1))
def test_a_conforming_endorsement_passes_both_and_comes_back_as_it_was(
    endorsement_schema: jsonschema_rs.Validator, document: Json
) -> None:
    assert endorsement_schema.is_valid(document)
    assert conformance.check(document) == ()
    parsed = conformance.parse(document)
    assert isinstance(parsed, EndorsementCredential)
    assert json.dumps(parsed.as_json(), sort_keys=True) == json.dumps(document, sort_keys=True)


@MANY
@given(document=model_documents.profiles())
def test_a_profile_by_itself(document: Json) -> None:
    assert validator("profile").is_valid(document)
    assert conformance.check_class(document, Profile) == ()
    assert Profile.from_json(document).as_json() == document


@settings(MANY, max_examples=60)
@given(document=model_documents.spoiled(model_documents.achievement_credentials()))
def test_a_spoiled_badge_gets_the_same_verdict(achievement_schema: jsonschema_rs.Validator, document: Json) -> None:
    types = document.get("type")
    names = {types} if isinstance(types, str) else {name for name in types or () if isinstance(name, str)}
    if names & KNOWN - {"EndorsementCredential"} and isinstance(document.get("@context"), list):
        agree(document, achievement_schema)
    else:  # no Open Badge any more: the general class takes over, the schema refuses
        assert not achievement_schema.is_valid(document)
    conformance.check(document, for_issuing=True)


@settings(MANY, max_examples=60)
@given(document=model_documents.spoiled(model_documents.endorsement_credentials(1)))
def test_a_spoiled_endorsement_gets_the_same_verdict(
    endorsement_schema: jsonschema_rs.Validator, document: Json
) -> None:
    types = document.get("type")
    if isinstance(types, list) and "EndorsementCredential" in types and isinstance(document.get("@context"), list):
        agree(document, endorsement_schema)
    else:
        assert not endorsement_schema.is_valid(document)
    conformance.check(document, for_issuing=True)
