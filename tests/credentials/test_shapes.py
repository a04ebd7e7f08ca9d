"""A memory of shapes changes how long preparing and verifying take, and nothing else."""

from __future__ import annotations

import copy
import enum
import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credentials import prepared as prepared_room
from credentials.contexts import CREDENTIALS_V2
from credentials.prepared import PreparedCredential, prepare
from credentials.problems import Unacceptable
from credentials.shapes import shapes as shapes_room
from credentials.shapes.shapes import Shapes
from tests.credentials.badges import badge

PEOPLE = st.fixed_dictionaries(
    {
        "id": st.uuids().map(lambda one: f"https://badges.example/credentials/{one}"),
        "subject": st.uuids().map(lambda one: f"urn:uuid:{one}") | st.just("did:web:ada.example"),
        "name": st.text(max_size=30)
        | st.sampled_from(['O"Neil', "a\\b", "ext:x", "", "line\nbreak", "\t", "\x7f", "\uffff"]),
        "value": st.sampled_from(["91.5", "70", "0", "101", "-1", "good", "70 %"]),
        "index": st.integers(0, 200_000).map(str) | st.sampled_from(["007", "-1", ""]),
        "begins": st.sampled_from(
            ["2026-01-15T09:00:00Z", "2026-02-30T09:00:00Z", "2029-01-01T00:00:00Z", "2026-01-15"]
        ),
        "extra": st.sampled_from([{}, {"role": "lead"}, {"unknown": 1}, {"narrative": "x"}, {"role": None}]),
    }
)


def of(person: dict[str, Any]) -> dict[str, Any]:
    """A badge of one level for a person: some of these may be signed and some may not."""
    made = copy.deepcopy(badge(id=person["id"], validFrom=person["begins"], awardedDate=person["begins"]))
    subject, status = made["credentialSubject"], made["credentialStatus"]
    subject.update(person["extra"], id=person["subject"])
    subject["identifier"][0]["identityHash"] = person["name"]
    subject["result"][0]["value"] = person["value"]
    status["statusListIndex"] = person["index"]
    status["id"] = f"{status['statusListCredential']}#{person['index']}"
    return made


def outcome(document: dict[str, Any], shapes: Shapes | None) -> Any:
    try:
        made = prepare(document, shapes=shapes)
    except Unacceptable as refusal:
        return refusal.problems
    return made.json, made.canonical, made.contexts, made.document


def person(**changes: Any) -> dict[str, Any]:
    ordinary = {
        "id": f"https://badges.example/credentials/{uuid.uuid4()}",
        "subject": f"urn:uuid:{uuid.uuid4()}",
        "name": "Zoë",
        "value": "80",
        "index": "12",
        "begins": "2026-01-15T09:00:00Z",
        "extra": {},
    }
    return {**ordinary, **changes}


@pytest.fixture(scope="module")
def known() -> Shapes:
    """A memory that has learned the level's badge."""
    shapes = Shapes()
    for _ in range(shapes_room.BEFORE_LEARNING):
        prepare(of(person()), shapes=shapes)
    assert len(shapes) == 1
    return shapes


@settings(max_examples=150, deadline=None)
@given(PEOPLE)
def test_whatever_is_prepared_or_refused_is_the_same_with_a_memory(known: Shapes, someone: dict[str, Any]) -> None:
    document = of(someone)
    assert outcome(document, known) == outcome(document, None)


def test_badges_of_a_known_level_are_recognized(known: Shapes, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = outcome(document := of(person(name="ordinary")), None)
    monkeypatch.setattr(prepared_room.conformance, "check", lambda *_, **__: pytest.fail("checked anew"))
    assert outcome(document, known) == expected


class _Kind(enum.Enum):
    ONE = "80"


@pytest.mark.parametrize("value", [uuid.uuid4(), datetime(2026, 1, 15, tzinfo=UTC), _Kind.ONE, b"80", {"80"}, 2**70])
def test_what_is_no_json_is_refused_although_it_could_be_written(known: Shapes, value: Any) -> None:
    document = of(person())
    document["credentialSubject"]["result"][0]["value"] = value
    with pytest.raises(Unacceptable):
        prepare(document, shapes=known)


def test_learning_waits_until_a_level_comes_again_and_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    learned: list[bytes] = []

    class ReadsNothing:
        def read(self, _: bytes) -> None:
            return None

    def learn(_: Any, json_: bytes) -> Any:
        learned.append(json_)
        return ReadsNothing()

    monkeypatch.setattr(shapes_room, "_template_of", learn)
    shapes = Shapes()
    documents = [json.dumps({"achievement": {"id": f"urn:{n}"}}, separators=(",", ":")).encode() for n in range(1200)]
    for document in documents:
        shapes.learn({}, document)
    assert learned == []
    for document in documents:
        for _ in range(8):
            shapes._looked_at = shapes_room.PATIENCE
            shapes.learn({}, document)
    assert 0 < len(shapes) <= shapes_room.MOST_LEVELS * shapes_room.MOST_SHAPES
    assert all(len(found) <= shapes_room.MOST_SHAPES for found in shapes._templates.values())
    assert len(shapes._seen) <= shapes_room._MOST_COUNTED


def test_learning_never_takes_most_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    attempts: list[bytes] = []
    monkeypatch.setattr(shapes_room, "_template_of", lambda _, json_: attempts.append(json_))
    shapes = Shapes()
    for number in range(1000):
        document = b'"achievement":{"id":"urn:%d"' % (number % 10)
        assert shapes.read(document) is None
        shapes.learn({}, document)
    assert 5 <= len(attempts) <= 1000 // shapes_room.PATIENCE + 1


def test_a_template_that_makes_something_else_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapes_room.Template, "check", lambda *_: False)
    shapes = Shapes()
    for _ in range(shapes_room.BEFORE_LEARNING + 1):
        assert isinstance(prepare(of(person()), shapes=shapes), PreparedCredential)
    assert len(shapes) == 0


def test_documents_that_are_no_badges_are_left_alone() -> None:
    shapes = Shapes()
    plain = {
        "@context": [CREDENTIALS_V2],
        "id": "urn:uuid:5d0f3b0e-6b0a-4f0c-9d57-2f5c7d6b3a11",
        "type": ["VerifiableCredential"],
        "issuer": "did:web:badges.example",
        "validFrom": "2026-01-15T09:00:00Z",
        "credentialSubject": {"id": "urn:uuid:5d0f3b0e-6b0a-4f0c-9d57-2f5c7d6b3a12"},
    }
    for days in range(shapes_room.BEFORE_LEARNING + 2):
        begins = (datetime(2026, 1, 15, tzinfo=UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
        assert outcome({**plain, "validFrom": begins}, shapes) == outcome({**plain, "validFrom": begins}, None)
