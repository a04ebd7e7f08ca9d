"""Two roads lead to canonical form, and which one was taken changes nothing but the time.

`make fuzz` tries many more documents than an ordinary run.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from credentials import canonical, contexts, rdfc
from credentials.canonical import Bounds, canonicalize, canonicalize_slowly
from credentials.contexts import CREDENTIALS_V2, OPEN_BADGES_3_0_3, OPEN_BADGES_EXTENSIONS
from credentials.direct import road, states
from credentials.problems import Problem, Unacceptable
from credentials.rdfc import Quad
from credentials.rdfc import canonicalize as rdfc_canonicalize
from tests.conftest import vectors
from tests.credentials.badges import badge
from tests.credentials.random_documents import TYPES, documents

Outcome = bytes | tuple[Problem, ...] | type[Exception]

USUAL = Bounds()
OF_AN_ORDINARY_RUN = 120
compared = settings(
    max_examples=max(OF_AN_ORDINARY_RUN, settings().max_examples),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def directly(document: Mapping[str, Any], bounds: Bounds = USUAL) -> Outcome | None:
    try:
        return road.canonicalize(document, hash_=hashlib.sha256, bounds=bounds)
    except Unacceptable as refusal:
        return refusal.problems


def slowly(document: Mapping[str, Any], bounds: Bounds = USUAL) -> Outcome:
    try:
        return canonicalize_slowly(document, bounds=bounds)
    except Unacceptable as refusal:
        return refusal.problems
    except Exception as error:  # noqa: BLE001  (where the slow road stumbles, the direct one must not pass)
        return type(error)


@compared
@given(documents())
def test_documents_in_the_vocabulary_of_the_contexts(document: dict[str, Any]) -> None:
    before = copy.deepcopy(document)
    made = directly(document)
    assert document == before
    assert made is None or made == slowly(document)


@compared
@given(documents(hostile=True))
def test_documents_with_what_does_not_belong_there(document: dict[str, Any]) -> None:
    made = directly(document)
    assert made is None or made == slowly(document)


def _endorsed() -> dict[str, Any]:
    endorsement = {
        "@context": [CREDENTIALS_V2, OPEN_BADGES_3_0_3],
        "id": "urn:uuid:1",
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "issuer": {"id": "did:web:other.example", "type": ["Profile"]},
        "validFrom": "2026-01-15T09:00:00Z",
        "credentialSubject": {"id": badge()["id"], "type": ["EndorsementSubject"], "endorsementComment": "Good"},
    }
    return badge(endorsement=[endorsement])


def _with_values() -> dict[str, Any]:
    document = badge()
    document["credentialSubject"]["creditsEarned"] = 7.0
    document["credentialSubject"]["achievement"]["creditsAvailable"] = 0.1
    document["credentialSubject"]["achievement"]["resultDescription"][0]["allowedValue"] = ["a", "b", "c", "a"]
    return document


ORDINARY: dict[str, dict[str, Any]] = {
    "a badge": badge(),
    "a badge with an endorsement": _endorsed(),
    "a badge with numbers and an ordered list": _with_values(),
    "a badge with extensions": badge(**{"@context": [CREDENTIALS_V2, OPEN_BADGES_3_0_3, OPEN_BADGES_EXTENSIONS]}),
    "a badge with equal parts": badge(evidence=[{"type": ["Evidence"], "name": "same"}] * 2),
    "a badge with an id twice": badge(evidence=[{"id": "urn:x", "type": "Evidence", "name": n} for n in "ab"]),
    "any Unicode": badge(name='\x00\x1f\x7f\x80\u2028\ufeff\ufffe\uffff\U0010ffff "\\\b\t\n\f\r'),
    "the options of a proof": {
        "@context": [CREDENTIALS_V2, OPEN_BADGES_3_0_3],
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-rdfc-2022",
        "created": "2026-01-15T09:00:00Z",
        "verificationMethod": "did:web:badges.example#key-1",
        "proofPurpose": "assertionMethod",
    },
}


@pytest.mark.parametrize("story", ORDINARY)
def test_ordinary_documents_take_the_direct_road(story: str) -> None:
    made = directly(ORDINARY[story])
    assert isinstance(made, bytes)
    assert made == slowly(ORDINARY[story]) == canonicalize(ORDINARY[story])


@pytest.mark.vectors
def test_so_do_most_examples_of_the_standard_over_known_contexts() -> None:
    taken = []
    for path in sorted(vectors("ob3", "examples").glob("*.json")):
        document = json.loads(path.read_text())
        if isinstance(document, dict) and "proof" not in json.dumps(document):
            made, expected = directly(document), slowly(document)
            assert made is None or made == expected
            taken += [made is not None] if isinstance(expected, bytes) else []
    assert taken
    assert sum(taken) >= len(taken) * 0.9


INDISTINGUISHABLE = {"type": ["Evidence"], "name": "same"}
ASIDE: dict[str, Mapping[str, Any]] = {
    "an undefined term": badge(salary="1"),
    "an undefined type": badge(type=["VerifiableCredential", "Promotion"]),
    "a null": badge(name=None),
    "a null for an id": badge(id=None),
    "a null among values": badge(evidence=[None]),
    "a relative id": badge(id="credentials/7"),
    "a blank node's id": badge(id="_:b0"),
    "an id that is none": badge(id=["urn:x"]),
    "a relative link": badge(credentialSchema={"id": "relative"}),
    "an id that might be compact": badge(id=5),
    "a keyword": badge(**{"@id": "urn:x"}),
    "an index": badge(evidence=[{"@index": "1"}]),
    "a value object": badge(name={"@value": "x"}),
    "a language": badge(name={"@value": "x", "@language": "en"}),
    "a full IRI for a name": badge(**{"https://schema.org/name": "x"}),
    "an embedded proof": badge(proof=[{"type": "DataIntegrityProof"}]),
    "a JSON literal": badge(termsOfUse={"type": "JsonSchema", "jsonSchema": {"a": 1}}),
    "arrays in arrays": badge(evidence=[[INDISTINGUISHABLE]]),
    "half a character": badge(name="\ud800"),
    "a number beyond all": badge(credentialSubject={"creditsEarned": 2**53}),
    "no number": badge(credentialSubject={"creditsEarned": float("nan")}),
    "an inline context": badge(**{"@context": [CREDENTIALS_V2, {"salary": "urn:x"}]}),
    "an unknown context": badge(**{"@context": [CREDENTIALS_V2, "urn:unknown"]}),
    "a context with prefixes": {
        "@context": [contexts.CREDENTIALS_V1],
        "id": "urn:x",
        "type": "VerifiableCredential",
        "issuer": "sec:acme",
    },
    "a context with prefixes and one of badges": badge(**{"@context": [CREDENTIALS_V2, contexts.OPEN_BADGES_3_0_1]}),
    "no contexts": badge(**{"@context": []}),
    "contexts that contradict each other": badge(
        **{"@context": ["https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.2.json", OPEN_BADGES_3_0_3]}
    ),
    "a type that is a number": badge(type=5),
    "a type that is an array": badge(type=[["VerifiableCredential"]]),
    "types too long to remember": badge(type=["VerifiableCredential", f"urn:x:{'x' * 600}"]),
    "a name that is a number": {**badge(), 5: "x"},  # type: ignore[dict-item]
}


@pytest.mark.parametrize("story", ASIDE)
def test_everything_else_is_left_to_the_slow_road(story: str) -> None:
    assert directly(ASIDE[story]) is None


def _chain(depth: int) -> dict[str, Any]:
    profile: dict[str, Any] = {"type": ["Profile"], "name": "p"}
    for _ in range(depth):
        profile = {"type": ["Profile"], "parentOrg": profile}
    return badge(issuer=profile)


def _many(count: int) -> dict[str, Any]:
    return badge(evidence=[{"type": ["Evidence"], "name": str(number)} for number in range(count)])


def _references(depth: int) -> dict[str, Any]:
    """Nothing but an id in an array, that many objects deep."""
    node: dict[str, Any] = {"id": "urn:x:0", "mediaType": [{"id": "urn:x:end"}]}
    for number in range(1, depth):
        node = {"id": f"urn:x:{number}", "mediaType": node}
    return {"@context": [CREDENTIALS_V2, OPEN_BADGES_3_0_3], "type": "Profile", **node}


@pytest.mark.parametrize(
    ("document", "bounds"),
    [(_references(depth), Bounds()) for depth in (36, 37, 38, 39, 40)]
    + [(_references(1), Bounds(depth=depth)) for depth in range(5)]
    + [(_chain(depth), Bounds()) for depth in (36, 37, 38, 39, 40, 41)]
    + [(_many(count), Bounds()) for count in (990, 996, 997, 1001)]
    + [(badge(), Bounds(values=values)) for values in range(75, 100)]
    + [(_endorsed(), Bounds(contexts=number)) for number in (2, 3, 4, 5)]
    + [(badge(), Bounds(depth=depth)) for depth in range(9)],
)
def test_the_bounds_are_the_same(document: dict[str, Any], bounds: Bounds) -> None:
    made = directly(document, bounds)
    assert made is None or made == slowly(document, bounds)


def test_what_cannot_be_told_apart_is_refused_alike() -> None:
    """How much work it takes depends on the order of things, which is the same on both roads."""

    def tree(depth: int, width: int) -> dict[str, Any]:
        inner = {"parentOrg": [tree(depth - 1, width) for _ in range(width)]} if depth else {}
        return {"type": ["Profile"], "name": "p", **inner}

    outcomes = []
    for depth, width in ((1, 4), (2, 2), (3, 2), (5, 2), (2, 4), (1, 7), (3, 3), (8, 2)):
        document = badge(issuer=tree(depth, width))
        outcomes.append(directly(document))
        assert outcomes[-1] == slowly(document)
    assert {type(outcome) for outcome in outcomes} == {bytes, tuple}


def test_the_scope_of_a_type_ends_with_its_object() -> None:
    """`humanCode` is a term of achievements, and of nothing inside them."""
    document = badge()
    achievement = document["credentialSubject"]["achievement"]
    achievement["humanCode"] = "A-1"
    assert directly(document) == slowly(document) == canonicalize(document)
    achievement["alignment"][0]["humanCode"] = "A-1"
    assert directly(document) is None
    with pytest.raises(Unacceptable, match="humanCode"):
        canonicalize(document)


@pytest.mark.parametrize("seed", range(20))
def test_the_full_algorithm_gets_the_same_quads_under_the_same_names(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a document at the edge of what is told apart in time could be refused on one road only."""
    asked: list[frozenset[Quad]] = []

    def ask(quads: Iterable[Quad], **how: Any) -> str:
        asked.append(frozenset(quads))
        return rdfc_canonicalize(quads, **how)

    monkeypatch.setattr(rdfc, "canonicalize", ask)
    same = [{"type": ["Evidence"], "name": "same"}, {"name": "same", "type": ["Evidence"]}]
    profile = {"type": ["Profile"], "parentOrg": {"type": ["Profile"], "name": "x"}, "address": {"type": ["Address"]}}
    document = _with_values() | {"evidence": same, "issuer": profile}
    members = [*document.items()]
    Random(seed).shuffle(members)  # noqa: S311
    assert directly(dict(members)) == slowly(dict(members))
    assert len(asked) == 2
    assert asked[0] == asked[1]


def test_other_contexts_by_another_loader_never_take_the_direct_road(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object, **__: object) -> bytes:
        raise AssertionError("the direct road was taken")

    monkeypatch.setattr(canonical.road, "walked", forbidden)
    assert canonicalize(badge(), load=lambda url: contexts.load(url))  # noqa: PLW0108 == canonicalize_slowly(badge())


def test_another_hash_gives_what_it_gives_on_the_slow_road() -> None:
    for document in (badge(), _endorsed(), badge(evidence=[INDISTINGUISHABLE, INDISTINGUISHABLE])):
        made = road.canonicalize(document, hash_=hashlib.sha384, bounds=Bounds())
        assert made == canonicalize_slowly(document, hash_=hashlib.sha384)


def test_threads_may_learn_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    stories = [*ORDINARY.values()] * 8
    expected = [slowly(document) for document in stories]
    for _ in range(3):
        monkeypatch.setattr(road, "_memory", road._Memory())
        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(directly, stories)) == expected


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(states, "MAX_STEPS", 40)
    monkeypatch.setattr(states, "MAX_ENTRIES", 100)
    memory = road._Memory()
    monkeypatch.setattr(road, "_memory", memory)
    first = memory.automaton()
    for types in list(combinations(TYPES, 2))[:120]:
        document = badge(evidence=[{"type": list(types), "name": "x"}])
        made = directly(document)
        assert made is None or made == slowly(document)
        assert len(memory._automaton.processor) <= 40
        assert memory._automaton._entries <= 100
    assert memory.automaton() is not first
    assert isinstance(directly(badge()) or directly(badge()), bytes)


def test_names_that_no_context_defines_are_not_remembered() -> None:
    automaton = road._memory.automaton()
    for number in range(50):
        assert directly(badge(**{f"unknown{number}": "x"})) is None
    assert not [name for state in automaton._states.values() for name in state.terms if name.startswith("unknown")]
