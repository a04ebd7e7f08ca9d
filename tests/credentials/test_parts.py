"""Parts that recur are walked once, and nobody can tell: the same bytes, the same refusals, the same bounds."""

from __future__ import annotations

import copy
import hashlib
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from credentials import closed_form
from credentials.bounds import Bounds
from credentials.canonical import canonicalize_slowly
from credentials.direct import parts, road
from credentials.direct.road import Walked
from credentials.direct.states import Automaton
from credentials.model import conformance, structure
from credentials.model.json_walk import values
from credentials.problems import Unacceptable
from tests.credentials.badges import badge
from tests.credentials.random_documents import documents
from tests.credentials.test_quick_answers import changed_badges

Outcome = tuple[bytes | None, bool, bool] | str | None

often = settings(
    max_examples=max(60, settings().max_examples),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)


def walk(document: dict[str, Any], bounds: Bounds = Bounds()) -> Outcome:  # noqa: B008  (it is a constant)
    """Everything that is found out on the direct road."""
    found = road.walked(document, bounds=bounds)
    if found is None:
        return None
    try:
        return found.canonical(hash_=hashlib.sha256), found.in_closed_form, found.has_only_texts
    except Unacceptable as refusal:
        return str(refusal)


@pytest.fixture
def known() -> parts.Parts:
    """The parts that documents were found to have, beginning with none."""
    road._memory._automaton = Automaton()
    return road._memory._automaton.parts


def agree(document: dict[str, Any]) -> None:
    """The first walk knows no part of it, the second learns, the third uses what it learned."""
    before = copy.deepcopy(document)
    first, second, third = (walk(copy.deepcopy(document)) for _ in range(3))
    assert first == second == third == walk(document)
    assert document == before


@often
@given(documents())
def test_documents_are_the_same_with_and_without_a_memory(document: dict[str, Any]) -> None:
    road._memory._automaton = Automaton()
    agree(document)


@often
@given(documents(hostile=True))
def test_so_are_those_with_what_does_not_belong_there(document: dict[str, Any]) -> None:
    road._memory._automaton = Automaton()
    agree(document)


@often
@given(changed_badges(), changed_badges())
def test_a_part_learned_in_one_badge_is_right_in_another(one: dict[str, Any], other: dict[str, Any]) -> None:
    """What is known of one may not leak into the other, even where both have an id in common."""
    subject = copy.deepcopy(other)
    holder = subject.get("credentialSubject")
    if isinstance(holder, dict) and isinstance(one.get("credentialSubject"), dict):
        holder["achievement"] = copy.deepcopy(one["credentialSubject"].get("achievement", {}))
    road._memory._automaton = Automaton()
    expected = walk(copy.deepcopy(subject))
    road._memory._automaton = Automaton()
    for document in (one, one, other, other):
        walk(copy.deepcopy(document))
    assert walk(subject) == expected
    if expected is not None and isinstance(expected[0], bytes):
        assert expected[0] == canonicalize_slowly(subject)


@often
@given(changed_badges())
def test_what_a_walk_says_of_the_document_is_so(document: dict[str, Any]) -> None:
    for _ in range(3):
        found = road.walked(document, bounds=Bounds())
        if found is not None and found.in_closed_form:
            assert closed_form.check(document) == ()
        if found is not None and found.has_only_texts:
            kinds = {type(value) for value in values(document) if value != [] or not isinstance(value, list)}
            assert kinds <= {str, bool, list, dict}
            assert [] not in list(values(document))


def test_an_ordinary_badge_uses_its_parts(known: parts.Parts) -> None:
    document = badge(issuer={"id": "did:web:badges.example", "type": ["Profile"], "name": "Acme"})
    for _ in range(2):
        assert len(known._parts) == 0
        walk(document)
    assert len(known._parts) == 2
    found = road.walked(document, bounds=Bounds())
    assert isinstance(found, Walked)
    assert found.in_closed_form
    assert found.canonical(hash_=hashlib.sha256) == canonicalize_slowly(document)
    assert found.canonical(hash_=hashlib.sha384) == canonicalize_slowly(document, hash_=hashlib.sha384)
    assert found.canonical(hash_=hashlib.sha256) == canonicalize_slowly(document)


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"evidence": [{"id": "ACHIEVEMENT", "type": ["Evidence"], "name": "said again"}]},
        {"evidence": [{"id": "ACHIEVEMENT", "type": ["Achievement"]}]},
        {"issuer": {"id": "ACHIEVEMENT", "type": ["Profile"], "name": "Acme"}},
        {"id": "ACHIEVEMENT"},
    ],
)
def test_two_objects_of_one_id_are_one_node(known: parts.Parts, elsewhere: dict[str, Any]) -> None:
    """A known part and another object of its id are merged, and the closed form is looked at closely."""
    for _ in range(3):
        walk(badge())
    identifier = badge()["credentialSubject"]["achievement"]["id"]
    document = badge(**_with(elsewhere, identifier))
    found = road.walked(document, bounds=Bounds())
    assert found is not None
    assert not found.in_closed_form
    assert found.canonical(hash_=hashlib.sha256) == canonicalize_slowly(document)
    assert walk(badge()) == (canonicalize_slowly(badge()), True, True), "the part itself was left as it was"


def _with(value: Any, identifier: str) -> Any:
    if isinstance(value, dict):
        return {name: _with(member, identifier) for name, member in value.items()}
    if isinstance(value, list):
        return [_with(item, identifier) for item in value]
    return identifier if value == "ACHIEVEMENT" else value


@pytest.mark.parametrize(
    "bounds",
    [Bounds(values=number) for number in range(40, 100, 3)]
    + [Bounds(blank_nodes=number) for number in range(8)]
    + [Bounds(depth=number) for number in range(10)]
    + [Bounds(contexts=number) for number in range(4)],
)
def test_the_bounds_count_what_a_part_holds(known: parts.Parts, bounds: Bounds) -> None:
    for _ in range(3):
        walk(badge(), Bounds())
    with_memory = walk(badge(), bounds)
    road._memory._automaton = Automaton()
    assert walk(badge(), bounds) == with_memory


def test_a_part_may_lie_no_deeper_than_it_was_walked(known: parts.Parts) -> None:
    achievement = badge()["credentialSubject"]["achievement"]

    def beneath(depth: int) -> dict[str, Any]:
        document = badge()
        subject = document["credentialSubject"]
        source: dict[str, Any] = {"id": "urn:x:end", "type": ["Profile"], "name": "x"}
        for number in range(depth):
            source = {"id": f"urn:x:{number}", "type": ["Profile"], "name": "x", "parentOrg": source}
        subject["achievement"] = {**achievement, "creator": source}
        return document

    for depth in (1, 30, 31, 32, 33, 34, 35, 36):
        agree(beneath(depth))


def test_what_occurs_once_is_not_kept(known: parts.Parts) -> None:
    for number in range(20):
        document = badge()
        document["credentialSubject"]["achievement"]["name"] = f"number {number}"
        walk(document)
    assert len(known._parts) <= 1  # the issuer's


@pytest.mark.parametrize(
    ("name", "value"),
    [("creditsAvailable", 3), ("creditsAvailable", 3.0), ("creditsAvailable", True), ("tag", ["a"]), ("tag", ("a",))],
)
def test_equal_values_of_other_types_are_other_parts(known: parts.Parts, name: str, value: Any) -> None:
    """3, 3.0 and True are equal in Python; what was learned of one is not what is said of another."""

    def having(value: Any) -> dict[str, Any]:
        document = badge()
        document["credentialSubject"]["achievement"][name] = value
        return document

    for other in (3, 3.0, True, 1, 1.0, ["a"], "a"):
        for _ in range(3):
            walk(having(other))
            structure.has_structure("AchievementCredential", having(other))
    made = walk(having(value))
    fits = structure.has_structure("AchievementCredential", having(value))
    road._memory._automaton = Automaton()
    structure._fitting._young.clear()
    structure._fitting._old.clear()
    assert walk(having(value)) == made
    assert structure.has_structure("AchievementCredential", having(value)) == fits


@often
@given(changed_badges(), st.booleans())
def test_conformance_is_the_same_with_and_without_a_memory(document: dict[str, Any], for_issuing: bool) -> None:
    for _ in range(2):
        found = conformance.check(document, for_issuing=for_issuing)
    structure._fitting._young.clear()
    structure._fitting._old.clear()
    assert conformance.check(document, for_issuing=for_issuing) == found
