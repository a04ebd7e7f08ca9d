"""Files and schemas that a credential refers to: looked at where that is allowed, and never silently skipped."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest

from credentials import contexts, digests
from credentials.contexts import CREDENTIALS_V2
from credentials.problems import CRYPTOGRAPHIC_SECURITY_ERROR, MALFORMED_VALUE_ERROR
from keys import base64url, multibase
from tests.conftest import vectors
from tests.world import Issuer, World
from verifier.json_schema import NotUsable, fault
from verifier.result import CheckName, Outcome, Status, VerificationResult

PICTURE = b"a picture"
URL = "https://files.example/picture.png"


def sri(body: bytes, kind: str = "sha384") -> str:
    return f"{kind}-{base64.b64encode(hashlib.new(kind, body).digest()).decode()}"


def general(acme: Issuer, **members: Any) -> bytes:
    document = acme.issue(status=()).document
    plain = {name: document[name] for name in ("id", "validFrom")}
    plain |= {"@context": [CREDENTIALS_V2], "type": ["VerifiableCredential"], "issuer": acme.id}
    return acme.sign_anything({**plain, "credentialSubject": {"id": "did:example:ada"}, **members})


def conforms(result: VerificationResult) -> tuple[Outcome, str]:
    check = result.check(CheckName.CONFORMS)
    return check.outcome, check.sentence


def test_a_file_is_looked_at_only_if_that_is_allowed(world: World, acme: Issuer) -> None:
    world.fetcher.serve(URL, PICTURE)
    signed = general(acme, relatedResource={"id": URL, "digestSRI": sri(PICTURE)})
    unasked = world.verify(signed)
    assert unasked.verified
    assert "was not looked at" in conforms(unasked)[1]
    assert URL not in world.fetcher.requests
    assert "is the one that it refers to" in conforms(world.verify(signed, fetch_resources=True).require())[1]


def test_another_file_than_it_was(world: World, acme: Issuer) -> None:
    world.fetcher.serve(URL, b"another picture")
    signed = general(acme, relatedResource=[{"id": URL, "digestSRI": sri(PICTURE)}])
    result = world.verify(signed, fetch_resources=True)
    assert result.status is Status.INVALID
    assert [(p.type, p.pointer) for p in result.check(CheckName.CONFORMS).problems] == [
        (CRYPTOGRAPHIC_SECURITY_ERROR, "/relatedResource/0/digestSRI")
    ]


def test_a_file_that_is_gone_leaves_it_unchecked(world: World, acme: Issuer) -> None:
    signed = general(acme, relatedResource={"id": URL, "digestSRI": sri(PICTURE)})
    assert world.verify(signed, fetch_resources=True).status is Status.UNCHECKED


def test_the_contexts_at_hand_are_compared_without_a_network(world: World, acme: Issuer) -> None:
    right = {"id": CREDENTIALS_V2, "digestSRI": sri(contexts.published_bytes(CREDENTIALS_V2) or b"")}
    assert world.verify(general(acme, relatedResource=right)).verified
    stale = world.verify(general(acme, relatedResource={**right, "digestSRI": sri(b"a draft")}))
    assert stale.status is Status.INVALID


def test_nothing_is_fetched_for_a_forgery(world: World, acme: Issuer) -> None:
    document = json.loads(general(acme, relatedResource={"id": URL, "digestSRI": sri(PICTURE)}))
    document["validFrom"] = "2020-01-01T00:00:00Z"
    assert world.verify(json.dumps(document), fetch_resources=True).status is Status.INVALID
    assert URL not in world.fetcher.requests


SCHEMA_URL = "https://schemas.example/ada.json"
FITS: dict[str, Any] = {
    "properties": {"issuer": {"type": "string"}},
    "$schema": "https://json-schema.org/draft/2020-12/schema",
}


@pytest.mark.parametrize("kind", ["JsonSchema", "1EdTechJsonSchemaValidator2019"])
def test_a_schema_is_asked_if_that_is_allowed(world: World, acme: Issuer, kind: str) -> None:
    named = {"id": SCHEMA_URL, "type": kind}
    more = {"@context": [CREDENTIALS_V2, contexts.OPEN_BADGES_EXTENSIONS]} if kind.startswith("1") else {}
    signed = general(acme, credentialSchema=named, **more)
    assert "was not looked at" in conforms(world.verify(signed).require())[1]
    world.fetcher.serve(SCHEMA_URL, json.dumps(FITS).encode())
    assert "It fits the schema" in conforms(world.verify(signed, fetch_resources=True).require())[1]
    world.fetcher.serve(SCHEMA_URL, json.dumps({"properties": {"issuer": {"type": "array"}}}).encode())
    wrong = world.verify(signed, fetch_resources=True)
    assert wrong.status is Status.INVALID
    assert wrong.check(CheckName.CONFORMS).problems[0].type == MALFORMED_VALUE_ERROR
    assert "/issuer" in wrong.sentence


def _doubling(depth: int) -> dict[str, Any]:
    parts = {f"a{n}": {"allOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 2} for n in range(depth)}
    return {"$defs": {**parts, f"a{depth}": {"type": "object"}}, "$ref": "#/$defs/a0"}


def _chain(length: int) -> dict[str, Any]:
    parts = {f"a{n}": {"$ref": f"#/$defs/a{n + 1}"} for n in range(length)}
    return {"$defs": {**parts, f"a{length}": {"type": "object"}}, "$ref": "#/$defs/a0"}


@pytest.mark.parametrize(
    "schema",
    [
        _doubling(60),
        _chain(3_000),
        {"$ref": "https://example.org/more.json"},
        {"$defs": {"a": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"},
        {"$ref": "#/nowhere"},
        {"$ref": "#"},
        {"$dynamicRef": "#x"},
        {"$schema": "http://json-schema.org/draft-03/schema"},
        {"pattern": "(a+)+(?=b)"},
        {"type": "no such type"},
        "a text",
    ],
)
def test_schemas_that_are_not_asked(schema: Any) -> None:
    with pytest.raises(NotUsable):
        fault(schema, {"a": "a" * 1000})


def test_a_pattern_takes_no_longer_than_the_text_is_long() -> None:
    assert fault({"properties": {"a": {"pattern": "^(a+)+$"}}}, {"a": "a" * 50_000 + "b"})


def test_both_digests_must_fit() -> None:
    raw = b"\x12\x20" + hashlib.sha256(PICTURE).digest()
    multihash = "u" + base64url.encode(raw)
    good = {"digestSRI": sri(PICTURE, "sha512"), "digestMultibase": multihash}
    assert digests.problem_of(good, PICTURE) is None
    assert digests.problem_of({"digestMultibase": multibase.encode(raw)}, PICTURE) is None
    assert digests.problem_of({**good, "digestMultibase": "uEi"}, PICTURE) == "digestMultibase"
    assert digests.problem_of({**good, "digestSRI": sri(b"x")}, PICTURE) == "digestSRI"
    assert digests.problem_of({"digestSRI": f"{sri(PICTURE, 'sha256')} {sri(b'x', 'sha512')}"}, PICTURE) == "digestSRI"
    assert digests.problem_of({}, PICTURE) == "digestSRI"


@pytest.mark.vectors
def test_the_bytes_at_hand_are_the_published_ones() -> None:
    for url, path in (
        (CREDENTIALS_V2, "vcdm2-contexts/v2"),
        (contexts.OPEN_BADGES_3_0_2, "ob3/contexts/ob/context-3.0.2.json"),
        (contexts.DATA_INTEGRITY_V2, "vcdm2-contexts/data-integrity-v2.json"),
    ):
        assert contexts.published_bytes(url) == vectors(*path.split("/")).read_bytes()
    assert contexts.published_bytes(contexts.OPEN_BADGES_3_0_3) is None


IN_TWO_LANGUAGES = [
    {"@value": "Diploma", "@language": "en"},
    {"@value": "\u062f\u0628\u0644\u0648\u0645", "@language": "ar", "@direction": "rtl"},
]


def test_names_in_several_languages_are_signed_with_their_language(world: World, acme: Issuer) -> None:
    signed = general(acme, name=IN_TWO_LANGUAGES, description={"@value": "x", "@direction": "ltr"})
    world.verify(signed).require()
    for change in ({"@language": "de"}, {"@value": "Doctor"}, {"@direction": "rtl"}):
        document = json.loads(signed)
        document["name"][0].update(change)
        assert world.verify(json.dumps(document)).status is Status.INVALID


@pytest.mark.parametrize(
    "name",
    [
        {"@value": "x"},
        {"@value": "x", "@type": "http://www.w3.org/2001/XMLSchema#string"},
        {"@value": "x", "@language": "en", "@index": "1"},
        {"@value": "x", "@language": "no language"},
        {"@value": "x", "@language": "en", "@direction": "up"},
        {"@value": 5, "@language": "en"},
        {"@language": "en"},
    ],
)
def test_other_ways_to_write_a_name_stay_closed(world: World, acme: Issuer, name: Any) -> None:
    document = {**json.loads(general(acme, name="x")), "name": name}
    assert world.verify(json.dumps(document)).check(CheckName.CONFORMS).outcome is Outcome.FAILED


def test_a_badge_has_plain_names(world: World, acme: Issuer) -> None:
    document = {**json.loads(acme.issue(status=()).json), "name": IN_TWO_LANGUAGES[0]}
    assert world.verify(json.dumps(document)).check(CheckName.CONFORMS).outcome is Outcome.FAILED


def test_several_subjects_evidence_and_terms_of_use(world: World, acme: Issuer) -> None:
    signed = general(
        acme,
        credentialSubject=[{"id": "did:example:ada"}, {"id": "did:example:bob"}],
        evidence=[{"id": "https://files.example/1", "type": "https://example.org/Exam"}],
        termsOfUse={"id": "https://files.example/terms", "type": "https://example.org/Policy"},
    )
    world.verify(signed).require()
