"""Documents: JSON and CBOR, canonical form by two roads, the data model, templates, status lists, the log."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import cache
from typing import Any

import cbor2
import orjson
import rfc8785

from credentials import (
    canonical,
    closed_form,
    contexts,
    identity,
    instants,
    strict_cbor,
    strict_json,
)
from credentials.bounds import Bounds
from credentials.canonical_json import canonical_json
from credentials.model import conformance
from credentials.problems import Unacceptable
from credentials.shapes import shapes as shapes_room
from credentials.shapes.shapes import Shapes
from tests.credentials.badges import badge
from tests.fuzz.mutators import cbor, json_tree, spliced
from tests.fuzz.target import NOTHING, object_of, require, taken, target, text_of
from verifier import json_schema

VERIFY = ("Verification",)
JSON_BODIES = ("Verification", "API for machines", "Courses (xAPI, signed events)", "Directory (SCIM)")
SMALL = Bounds()


def _json(*values: Any) -> tuple[bytes, ...]:
    return tuple(orjson.dumps(value) for value in values)


def _texts() -> Iterator[bytes]:
    yield from _json(badge(), {"a": [1, 0.5, -0.0, 1e21, True, None, "é\u2028"]}, [], 0)
    yield from (
        b'{"a":1,"a":2}',
        b'"\\ud800"',
        b'"\\ud83d\\ude00"',
        b"[1e400]",
        b"9007199254740993",
        b"\xef\xbb\xbf{}",
        b"NaN",
    )
    yield from (b"[" * 41, b' {"a" : [ 1 , 2 ] } ', b"-0", b"1.0", b'{"\\u0061":1,"a":2}', b'{\n  "a": 1\n}')


@target("credentials.strict_json:parse", entries=JSON_BODIES, seeds=_texts, mutator=json_tree)
def strict_texts(data: bytes) -> None:
    """Both roads of the strict reader agree, and with the standard library's; what is written is read as the same."""
    value, slow = (
        taken(Unacceptable, strict_json.parse, data),
        taken(Unacceptable, strict_json._parse_slowly, data, strict_json.LIMITS),
    )
    require(repr(value) == repr(slow) or value == slow, "both roads alike", data, value, slow)
    if value is not NOTHING:
        require(json.loads(data) == value, "as json reads it", data)
        require(strict_json.parse(json.dumps(value)) == value, "read(write(x)) is x", data)
        canonical_ = taken(rfc8785.CanonicalizationError, canonical_json, value)
        other = taken(rfc8785.CanonicalizationError, rfc8785.dumps, value)
        require(canonical_ == other, "canonical JSON as rfc8785 has it", data, canonical_, other)


def _cbor() -> Iterator[bytes]:
    for value in (
        {1: -7, 16: "vc+cose"},
        [b"", {}, [1, 2.5, None, True]],
        cbor2.CBORTag(18, [b"\xa0", {}, b"{}", b""]),
    ):
        yield cbor2.dumps(value)
    yield from (b"\xa2\x01\x02\x01\x03", b"\x9f\xff", b"\x81" * 17 + b"\x00", b"\x00\x00", b"\xf9\x7e\x00", b"\xbf\x61")


@target("credentials.strict_cbor:parse", entries=VERIFY, seeds=_cbor, mutator=cbor, most_bytes=1024)
def strict_binary(data: bytes) -> None:
    """What is taken keeps its bounds, and cbor2 without bounds reads it as the same."""
    value = taken(ValueError, strict_cbor.parse, data, max_bytes=1000)
    require(value is NOTHING or repr(cbor2.loads(data)) == repr(value), "as cbor2 reads it", data)


def _documents() -> Iterator[bytes]:
    other = {"type": ["Evidence"], "name": "same"}
    yield from _json(
        badge(),
        badge(evidence=[other] * 2),
        badge(evidence=[{"id": "urn:x", **other}] * 2),
        badge(name='\x00\uffff"\\'),
        badge(**{"@context": [*badge()["@context"], contexts.OPEN_BADGES_EXTENSIONS]}),
        {
            "@context": [contexts.CREDENTIALS_V2],
            "id": "urn:a",
            "type": ["VerifiableCredential"],
            "issuer": "did:web:a.example",
        },
    )


def _outcome(road: Any, document: Mapping[str, Any]) -> Any:
    try:
        return road(document)
    except Unacceptable as refusal:
        return refusal.problems


@target(
    "credentials.canonical:canonicalize",
    "credentials.canonical:walked",
    "credentials.expansion:expanded",
    "credentials.direct.road:canonicalize",
    "credentials.closed_form:check",
    "credentials.expansion:canonicalize",
    "credentials.canonical:canonicalize_slowly",
    entries=VERIFY,
    seeds=_documents,
    mutator=json_tree,
    most_bytes=6000,
)
def canonical_roads(data: bytes) -> None:
    """The quick road says what the slow one says, or nothing; neither changes the document."""
    document = object_of(data)
    if document is None:
        return
    before = copy.deepcopy(document)
    walked = canonical.walked(document)
    quick = _outcome(lambda one: walked.canonical(hash_=hashlib.sha256) if walked is not None else None, document)
    if walked is not None and walked.in_closed_form:
        require(closed_form.check(document) == (), "in closed form by both", document)
    if quick is not None or len(data) < 1500:  # the slow road takes its time, and that is bounded elsewhere
        slow = _outcome(canonical.canonicalize_slowly, document)
        require(quick is None or quick == slow, "both roads alike", document, quick, slow)
    require(document == before, "unchanged", before, document)


@target(
    "credentials.model.conformance:check",
    "credentials.model.conformance:parse",
    "credentials.model.conformance:check_class",
    entries=VERIFY,
    seeds=_documents,
    mutator=json_tree,
    most_bytes=6000,
)
def model(data: bytes) -> None:
    """The model judges every object, and the same with the quick look at its bytes as without."""
    document = object_of(data)
    if document is None:
        return
    written = orjson.dumps(document)
    for issuing in (False, True):
        problems = conformance.check(document, for_issuing=issuing)
        quick = conformance.check(document, for_issuing=issuing, json=written)
        require(problems == quick, "alike with the bytes", document, problems, quick)
        if not issuing:
            read = taken(Unacceptable, conformance.parse, document)
            require((read is NOTHING) == bool(problems), "read if it conforms", document, problems)
    closed_form.check(document)


@cache
def _shapes() -> Shapes:
    shapes, shapes_room.PATIENCE = Shapes(), 0
    for number in range(shapes_room.BEFORE_LEARNING + 3):
        document = _of_person(number)
        written = orjson.dumps(document)
        if shapes.read(written) is None:
            shapes.learn(document, written)
    require(shapes.read(orjson.dumps(_of_person(99))) is not None, "a shape was learned")
    return shapes


def _of_person(number: int) -> dict[str, Any]:
    made = copy.deepcopy(badge(id=f"https://badges.example/credentials/1f0b8f{number:02}"))
    made["credentialSubject"]["id"] = f"urn:uuid:5d0f3b0e-6b0a-4f0c-9d57-2f5c7d6b3a{number:02}"
    status = made["credentialStatus"]
    status["statusListIndex"] = str(number)
    status["id"] = f"{status['statusListCredential']}#{number}"
    return made


@target(
    "credentials.shapes.shapes:Shapes.read",
    "credentials.templates.template:Template.read",
    "credentials.templates.fragments:Splitter.split",
    "credentials.templates.values:Values.read",
    entries=VERIFY,
    seeds=lambda: (_json(_of_person(3))[0], _json(_of_person(4))[0][:-1] + b',"proof":[{}]}'),
    mutator=json_tree,
    most_bytes=6000,
)
def shapes(data: bytes) -> None:
    """What a template recognizes, the readers without one read as the same, and refuse nothing of."""
    reading = _shapes().read(data)
    if reading is None:
        return
    made = reading.filled.json[:-1] + reading.rest
    require(made == data, "byte for byte", data, made)
    if reading.rest == b"}":
        document = strict_json.parse(data)
        require(document == reading.filled.document, "the same document", data)
        require(canonical.canonicalize_slowly(document) == reading.filled.canonical, "the same canonical form", data)
        require(conformance.check(document) == () and closed_form.check(document) == (), "conforms", data)


@target(
    "credentials.instants:parse_instant",
    entries=VERIFY,
    seeds=lambda: (b"2026-11-22T10:00:00Z", b"2026-12-31T24:00:00.000001+14:00", b"0001-01-01T00:00:00-14:00"),
    mutator=spliced(b"Z", b"+00:00", b"-14:00", b"24:00:00", b".999999999", b"02-29", b"9999-12-31", b"-0001"),
    most_bytes=64,
)
def times(data: bytes) -> None:
    """An instant is written so that it is read again as the same."""
    instant = taken(ValueError, instants.parse_instant, text_of(data))
    if instant is not NOTHING:
        require(instant.utcoffset() == timedelta(), "in UTC", data)
        again = instants.parse_instant(instants.format_instant(instant))
        require(again == instant.replace(microsecond=0), "the same", data, instant, again)


@target(
    "credentials.identity:matches",
    entries=VERIFY,
    mutator=json_tree,
    most_bytes=1024,
    seeds=lambda: _json(
        identity.hashed_identity("ada@acme.example", "emailAddress", "s"),
        identity.plain_identity("ada@acme.example", "emailAddress"),
        {"type": "IdentityObject", "hashed": True, "identityHash": "md5$0", "identityType": "emailAddress"},
    ),
)
def identities(data: bytes) -> None:
    """Any object stands for the address or does not, and for nobody else's without its salt."""
    value = object_of(data)
    if value is not None:
        require(identity.matches(value, "ada@acme.example", "emailAddress") in (True, False), "an answer")
        require(not identity.matches(value, "eve\x00@acme.example", "emailAddress"), "nobody made this", value)


@target(
    "verifier.json_schema:fault",
    entries=("Answers of servers that documents name",),
    mutator=json_tree,
    seeds=lambda: _json(
        {
            "schema": {
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "type": "object",
                "required": ["id"],
                "properties": {"id": {"type": "string", "format": "uri"}},
            },
            "document": {"id": "x"},
        },
        {
            "schema": {
                "$schema": "https://json-schema.org/draft/2019-09/schema",
                "allOf": [{"$ref": "#/$defs/a"}],
                "$defs": {"a": {"items": {"enum": [1]}, "patternProperties": {"^a+$": {}}}},
            },
            "document": [2],
        },
    ),
)
def schemas(data: bytes) -> None:
    """Any schema can be asked or is said not to be usable."""
    value = object_of(data)
    if value is not None and {"schema", "document"} <= value.keys():
        found = taken(json_schema.NotUsable, json_schema.fault, value["schema"], value["document"])
        require(found is NOTHING or found is None or isinstance(found, str), "a fault is a text", value)
