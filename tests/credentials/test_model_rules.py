"""What is refused, where, and in which words: for readers, and more strictly for issuers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from credentials.model import conformance
from credentials.model.classes import Achievement
from credentials.problems import MALFORMED_VALUE_ERROR, RANGE_ERROR
from tests.credentials.badges import badge
from tests.credentials.test_model_documents import endorsement, general

Json = dict[str, Any]
RESULT = "https://badges.example/achievements/7#exam"


def spoil(place: str, value: Any, document: Json | None = None) -> Json:
    """The badge with another value at a place named like a JSON Pointer; `...` takes the member out."""
    document = document or badge()
    *way, last = place.strip("/").split("/")
    holder: Any = document
    for step in way:
        holder = holder[int(step) if isinstance(holder, list) else step]
    if value is ...:
        del holder[last]
    else:
        holder[int(last) if isinstance(holder, list) else last] = value
    return document


READERS_REFUSE = [
    # place, value, pointer (None: the place itself), words of the sentence
    ("/id", ..., None, "“id” is missing; it must be an absolute URI"),
    ("/id", "credentials/1", None, "“credentials/1”; it must be an absolute URI"),
    ("/id", "https://example.org/a b", None, "absolute URI without spaces"),
    ("/id", "https://example.org/a\n", None, "absolute URI"),
    ("/id", None, None, "“id” is null; it must be a string"),
    ("/name", None, None, "“name” is null; it must be a string"),
    ("/type", ["VerifiableCredential", "OpenBadgeCredential", 7], "/type/2", "Item 3 of “type” is a number"),
    ("/type", "OpenBadgeCredential", None, "includes “VerifiableCredential”"),
    ("/@context", ..., None, "“@context” is missing"),
    ("/@context", "https://www.w3.org/ns/credentials/v2", None, "an array, even for a single value"),
    ("/@context/0", "https://example.org/", None, "The first context is “https://example.org/”; it must be"),
    ("/@context/1", "https://purl.imsglobal.org/spec/ob/v3p0/context-4.json", None, "The second context is"),
    ("/issuer", ..., None, "“issuer” is missing; it must be the issuer's profile"),
    ("/issuer", ["did:web:badges.example"], None, "“issuer” is an array; it must be an object"),
    ("/issuer", "Badges GmbH", None, "absolute URI"),
    ("/issuer/type", "Organization", None, "includes “Profile”"),
    ("/issuer/image", "https://badges.example/logo.png", None, "must be an object"),
    ("/issuer/image", {"id": "urn:a:b", "type": "Image", "x": 1}, "/issuer/image/x", "leave it out"),
    ("/issuer/dateOfBirth", "2001-02-29", None, "a date of the calendar"),
    ("/issuer/endorsementJwt", ["a.b"], "/issuer/endorsementJwt/0", "three base64url parts"),
    ("/validFrom", ..., None, "“validFrom” is missing"),
    ("/validFrom", "2026-11-22T10:00:00", None, "with a zone, as in 2026-11-22T10:00:00Z"),
    ("/validFrom", 1762000000, None, "“validFrom” is a number; it must be a string"),
    ("/awardedDate", "2026-02-30T00:00:00Z", None, "does not exist"),
    ("/evidence", {"type": ["Evidence"]}, None, "an array, even for a single value"),
    ("/credentialSchema", {"id": "https://x.example/s", "type": "JsonSchema"}, None, "schemas is that of Open Badges"),
    ("/credentialStatus", [], None, "at least one"),
    ("/proof", {"type": "X", "proofPurpose": "authentication"}, "/proof/proofPurpose", "assertionMethod"),
    ("/credentialSubject", [{}], None, "“credentialSubject” is an array; it must be an object"),
    ("/credentialSubject/creditsEarned", "3", None, "it must be a number"),
    ("/credentialSubject/creditsEarned", True, None, "is true; it must be a number"),
    ("/image", {"id": "urn:a:b", "type": "Picture"}, "/image/type", "must be the string “Image”"),
    ("/credentialSubject/achievement", "https://x.example/a", None, "it must be an object"),
    ("/credentialSubject/achievement/criteria", ..., None, "says how the achievement is earned"),
    ("/credentialSubject/achievement/achievementType", "Medal", None, "or an extension that starts with “ext:”"),
    ("/credentialSubject/achievement/inLanguage", "German", None, "a language code"),
    ("/credentialSubject/identifier/0/hashed", "no", None, "true or false"),
    ("/credentialSubject/identifier/0/identityType", "mail", None, "a term of IdentifierTypeEnum"),
    ("/credentialSubject/result/0/resultDescription", "urn:no:such", None, "not the id of a result description"),
    ("/credentialSubject/result/0/achievedLevel", "urn:no:such", None, "rubric criterion level of the linked"),
    ("/credentialSubject/result/0/status", "Passed", None, "one of Completed, Enrolled"),
]  # fmt: skip


@pytest.mark.parametrize(("place", "value", "pointer", "words"), READERS_REFUSE)
def test_readers_refuse_what_breaks_a_must(place: str, value: Any, pointer: str | None, words: str) -> None:
    (problem,) = conformance.check(spoil(place, value))
    assert problem.pointer == (pointer or place)
    assert words in problem.detail
    assert problem.type == MALFORMED_VALUE_ERROR


def test_everything_is_found_at_once() -> None:
    document = spoil("/validUntil", "2020-01-01T00:00:00Z")
    for place in ("/name", "/issuer/id", "/credentialSubject/achievement/name", "/evidence/0/type"):
        document = spoil(place, 7, document)
    document["credentialSubject"]["result"][0]["resultDescription"] = "urn:no:such"
    document["@context"].reverse()
    assert {problem.pointer for problem in conformance.check(document)} == {
        "/@context/0",
        "/@context/1",
        "/name",
        "/issuer/id",
        "/validUntil",
        "/credentialSubject/achievement/name",
        "/credentialSubject/result/0/resultDescription",
        "/evidence/0/type",
    }


def test_a_pointer_escapes_what_json_pointers_escape() -> None:
    document = badge(**{"a/b~c": "\t"})
    (problem,) = conformance.check(document, for_issuing=True)
    assert problem.pointer == "/a~1b~0c"


def test_a_name_that_cannot_be_printed_is_not_echoed() -> None:
    (problem,) = conformance.check(spoil("/id", "\x1b[31m\ud800 " + "x" * 500))
    assert problem.detail.isprintable()
    assert len(problem.detail) < 300
    problem.detail.encode("utf-8")


@pytest.mark.parametrize("end", ["2026-01-15T08:59:59Z", "2026-01-15T09:30:00+01:00", "2000-01-01T00:00:00Z"])
def test_validity_that_ends_before_it_begins(end: str) -> None:
    (problem,) = conformance.check(badge(validUntil=end))
    assert (problem.type, problem.pointer) == (RANGE_ERROR, "/validUntil")
    assert end in problem.detail


def test_validity_may_end_in_the_instant_in_which_it_begins() -> None:
    assert conformance.check(badge(validUntil="2026-01-15T10:00:00+01:00")) == ()


def test_a_recipient_needs_an_id_or_an_identifier() -> None:
    document = spoil("/credentialSubject/id", ...)
    assert conformance.check(document) == ()
    for none in (..., []):
        (problem,) = conformance.check(spoil("/credentialSubject/identifier", none, document))
        assert problem.pointer == "/credentialSubject"
        document["credentialSubject"]["identifier"] = None


@pytest.mark.parametrize(
    ("value", "right"),
    [
        ("sha256$" + "ab" * 32, True),
        ("sha256$" + "AB" * 32, True),
        ("md5$" + "0F" * 16, True),
        ("sha256$" + "ab" * 16, False),
        ("SHA256$" + "ab" * 32, False),
        ("sha1$" + "ab" * 20, False),
        ("sha256$" + "xy" * 32, False),
        ("sha256$" + "ab" * 32 + "\n", False),
        ("ana@example.org", False),
    ],
)
def test_a_hashed_identity_looks_like_a_hash(value: str, right: bool) -> None:
    document = badge()
    document["credentialSubject"]["identifier"][0] |= {"hashed": True, "identityHash": value, "salt": "s"}
    assert (conformance.check(document) == ()) is right
    document["credentialSubject"]["identifier"][0]["hashed"] = False
    assert conformance.check(document) == ()


def _described(**members: Any) -> Json:
    document = badge()
    description = document["credentialSubject"]["achievement"]["resultDescription"][0]
    for name in ("valueMin", "valueMax", "requiredValue"):
        del description[name]
    description.update(members)
    return document


@pytest.mark.parametrize(
    ("members", "right"),
    [
        ({"allowedValue": ["C", "B", "A"], "requiredValue": "B"}, True),
        ({"allowedValue": ["C", "B", "A"], "requiredValue": "D"}, False),
        ({"valueMin": "0", "valueMax": "100", "requiredValue": "100.0"}, True),
        ({"valueMin": "0", "valueMax": "100", "requiredValue": "100.01"}, False),
        ({"valueMin": "0", "valueMax": "100", "requiredValue": "-1"}, False),
        ({"valueMin": "9", "requiredValue": "10"}, True),  # by number, not by letters
        ({"valueMax": "80 %", "requiredValue": "81 %"}, False),
        ({"valueMin": "F", "valueMax": "A", "requiredValue": "C"}, True),  # no numbers: nothing can be said
        ({"requiredValue": "anything"}, True),
    ],
)
def test_a_required_value_can_be_reached(members: Json, right: bool) -> None:
    problems = conformance.check(_described(**members))
    assert (problems == ()) is right
    assert {problem.type for problem in problems} <= {RANGE_ERROR}


def test_a_required_level_is_one_of_the_rubric() -> None:
    level = {"id": "urn:level:1", "type": ["RubricCriterionLevel"], "name": "Mastered"}
    assert conformance.check(_described(rubricCriterionLevel=[level], requiredLevel="urn:level:1")) == ()
    (problem,) = conformance.check(_described(rubricCriterionLevel=[level], requiredLevel="urn:level:2"))
    assert problem.pointer == "/credentialSubject/achievement/resultDescription/0/requiredLevel"


def test_a_status_is_required_where_the_description_says_status() -> None:
    document = _described(resultType="Status")
    (problem,) = conformance.check(document)
    assert problem.pointer == "/credentialSubject/result/0/status"
    document["credentialSubject"]["result"][0]["status"] = "Completed"
    assert conformance.check(document) == ()


@pytest.mark.parametrize(
    "way",
    [
        "/endorsement",
        "/issuer/endorsement",
        "/issuer/parentOrg/endorsement",
        "/credentialSubject/achievement/endorsement",
    ],
)
def test_an_endorsement_inside_keeps_the_same_rules(way: str) -> None:
    document = badge()
    document["issuer"]["parentOrg"] = {"id": "urn:a:b", "type": ["Profile"]}
    wrong = endorsement(validUntil="2000-01-01T00:00:00Z")
    wrong["@context"].reverse()
    problems = conformance.check(spoil(way, [endorsement(), wrong], document))
    assert [problem.pointer for problem in problems] == [
        f"{way}/1/@context/0",
        f"{way}/1/@context/1",
        f"{way}/1/validUntil",
    ]


def test_an_endorsement_needs_a_name() -> None:
    without = endorsement()
    del without["name"]
    (problem,) = conformance.check(without)
    assert problem.pointer == "/name"


def test_an_achievement_by_itself_is_checked_as_its_class() -> None:
    achievement = badge()["credentialSubject"]["achievement"]
    assert conformance.check_class(achievement, Achievement) == ()
    (problem,) = conformance.check_class(achievement | {"tag": "cloud"}, Achievement)
    assert problem.pointer == "/tag"


# --- general credentials of VCDM 2.0 -----------------------------------------------------------------------------


def test_a_general_credential_is_as_free_as_vcdm_lets_it() -> None:
    assert conformance.check(general()) == ()
    assert conformance.check(general(), for_issuing=True) == ()
    assert conformance.check(general(issuer="did:example:issuer", credentialSubject={"name": "Ana"})) == ()


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"@context": ["https://www.w3.org/ns/credentials/examples/v2"]}, "/@context/0"),
        ({"@context": "https://www.w3.org/ns/credentials/v2"}, "/@context"),
        ({"type": ["Credential"]}, "/type"),
        ({"id": "not-a-url"}, "/id"),
        ({"issuer": {"name": "nobody"}}, "/issuer/id"),
        ({"credentialSubject": {}}, "/credentialSubject"),
        ({"credentialSubject": []}, "/credentialSubject"),
        ({"credentialSubject": "Ana"}, "/credentialSubject"),
        ({"credentialSubject": {"id": "ana"}}, "/credentialSubject/id"),
        ({"credentialStatus": {"id": "https://x.example/1"}}, "/credentialStatus/type"),
        ({"credentialSchema": {"type": "JsonSchema"}}, "/credentialSchema/id"),
        ({"termsOfUse": [{"id": "urn:a:b"}]}, "/termsOfUse/0/type"),
        ({"evidence": [{"id": "urn:a:b"}]}, "/evidence/0/type"),
        ({"validUntil": "2020"}, "/validUntil"),
        ({"name": {"@language": "de"}}, "/name/@value"),
        ({"name": {"@value": "Amt", "id": "urn:a:b"}}, "/name/id"),
        ({"relatedResource": [{"id": "https://x.example/1"}]}, "/relatedResource/0"),
        ({"relatedResource": [{"id": "urn:a:b", "digestSRI": "s"}] * 2}, "/relatedResource/1/id"),
    ],
)
def test_what_vcdm_demands_of_every_credential(changes: Json, pointer: str) -> None:
    (problem,) = conformance.check(general(**changes))
    assert problem.pointer == pointer


# --- stricter, for issuing ---------------------------------------------------------------------------------------


def test_a_badge_of_ours_may_be_issued() -> None:
    assert conformance.check(badge(), for_issuing=True) == ()


ISSUERS_DO_NOT = [
    ("/issuer", "did:web:badges.example", None),
    ("/issuer/type", "Profile", None),
    ("/credentialSubject/achievement/type", "Achievement", None),
    ("/name", ..., None),
    ("/description", "", "ok"),
    ("/description", "tab\there", None),
    ("/description", "line\nbreak", "ok"),
    ("/description", "\x7f", None),
    ("/description", "half a \ud83c pair", None),
    ("/endorsement", [], None),
    ("/extension", {"a": [None]}, "/extension/a/0"),
    ("/extension", {"a\tb": 1}, "/extension"),
    ("/extension", 2**53, None),
    ("/extension", 1e-7, None),
    ("/extension", 1e22, None),
    ("/extension", float("nan"), None),
    ("/extension", {1, 2}, None),
    ("/credentialSubject/creditsEarned", 2.5, "ok"),
    ("/@context/1", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.2.json", None),
    ("/refreshService", {"id": "urn:a:b", "type": "1EdTechCredentialRefresh"}, "/refreshService/type"),
    ("/credentialSubject/achievement/criteria", {}, None),
    ("/credentialSubject/achievement/achievementType", "ext:Black Belt", None),
    ("/credentialSubject/result/0/value", "101", None),
    ("/proof", {"type": "DataIntegrityProof"}, None),
    ("/termsOfUse", {"type": "ext:Terms"}, None),
    ("/credentialStatus", [{"id": "urn:a:b", "type": "ext:Status"}], None),
    ("/credentialStatus", [{"id": "urn:a:b", "type": "ext:S"}, {"id": "urn:a:c", "type": "ext:S"}], "ok"),
]


@pytest.mark.parametrize(("place", "value", "pointer"), ISSUERS_DO_NOT)
def test_issuers_write_only_what_all_verifiers_read_alike(place: str, value: Any, pointer: str | None) -> None:
    document = spoil(place, value)
    assert conformance.check(document) == ()  # readers take it
    found = [problem.pointer for problem in conformance.check(document, for_issuing=True)]
    assert found == ([] if pointer == "ok" else [pointer or place])


def test_a_result_description_of_ours_has_an_id_of_its_own() -> None:
    document = badge()
    document["credentialSubject"]["achievement"]["resultDescription"] *= 2
    assert conformance.check(document) == ()
    (problem,) = conformance.check(document, for_issuing=True)
    assert problem.pointer == "/credentialSubject/achievement/resultDescription/1/id"


def test_an_issuers_finding_is_not_told_twice() -> None:
    (problem,) = conformance.check(badge(name=None), for_issuing=True)
    assert problem.pointer == "/name"


@pytest.mark.parametrize(
    ("members", "last"),
    [
        ({"identityHash": "md5$" + "ab" * 16, "salt": "s"}, "identityHash"),
        ({"identityHash": "sha256$" + "ab" * 32}, "salt"),
        ({"identityHash": "sha256$" + "ab" * 32, "salt": ""}, "salt"),
    ],
)
def test_identities_are_issued_hashed_well(members: Json, last: str) -> None:
    document = badge()
    document["credentialSubject"]["identifier"][0] |= {"hashed": True, **members}
    assert conformance.check(document) == ()
    (problem,) = conformance.check(document, for_issuing=True)
    assert problem.pointer == f"/credentialSubject/identifier/0/{last}"


# --- the differences to the published JSON Schemas, one by one (test_model_schema.py) -------------------------------

Verdict = Callable[[Json], bool]


@pytest.mark.parametrize(
    ("place", "value", "schema_accepts", "we_accept"),
    [
        ("/id", "no uri", True, False),  # the schema has no format for URIs; VCDM 2.0 demands a URL
        ("/@context/1", "https://purl.imsglobal.org/spec/ob/v3p0/context.json", True, True),
        ("/issuer/type", ["Profile", ""], True, False),
        (
            "/credentialSubject/achievement/achievementType",
            "no ext:Term",
            True,
            False,
        ),  # pattern not anchored
        ("/validFrom", "2026-11-22t10:00:00z", True, False),  # RFC 3339 allows it, XML Schema does not
        ("/validFrom", "2025-12-31T24:00:00Z", False, True),  # XML Schema allows it, RFC 3339 does not
        ("/credentialSubject/type", "AchievementSubject", False, True),  # compacted
        ("/proof", {"type": "DataIntegrityProof"}, False, True),  # compacted
        ("/credentialStatus", [{"id": "urn:a:b", "type": "T"}], False, True),  # VCDM 2.0, section 4.10
    ],
)
def test_where_we_and_the_schema_differ(place: str, value: Any, schema_accepts: bool, we_accept: bool) -> None:
    from tests.credentials.test_model_schema import validator

    document = spoil(place, value)
    assert validator("achievementcredential").is_valid(document) is schema_accepts
    assert (conformance.check(document) == ()) is we_accept
