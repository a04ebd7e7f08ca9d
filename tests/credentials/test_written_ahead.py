"""The two files that are written ahead say what would be found out anew: `learned.json` and `structure.json`."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, event, given, settings

from credentials.bounds import Bounds
from credentials.canonical import canonicalize, canonicalize_slowly
from credentials.direct import everything, learn_ahead, learned
from credentials.direct.states import Automaton
from credentials.direct.terms import KEYWORDS, NAME, learn
from credentials.direct.walk import Walk
from credentials.model import classes, structure, write_structure
from tests.credentials import model_documents
from tests.credentials.badges import badge
from tests.credentials.test_quick_answers import changed_badges

# Not defined by any context, or a matter of the slow road: graphs and types of others.
NOT_LEARNED = {"endorsementJwt", "proof", "termsOfUse", "challenge", "domain", "nonce", "proofValue"}


def as_json(value: object) -> Any:
    return json.loads(json.dumps(value))


def test_what_is_learned_ahead_is_what_pyld_says_today() -> None:
    assert json.loads(learned.FILE.read_bytes()) == as_json(learn_ahead.as_json()), (
        "run `python -m credentials.direct.learn_ahead`"
    )


def test_ordinary_documents_need_nothing_of_pyld() -> None:
    automaton = Automaton()
    for document in everything.documents():
        Walk(automaton, Bounds()).document(document)
        assert "processor" not in automaton.__dict__
        assert canonicalize(document) == canonicalize_slowly(document)


def test_everything_is_in_what_is_learned_from() -> None:
    said = set(_names(list(everything.documents())))
    of_badges = json.loads(structure.FILE.read_bytes())
    for name in ("LanguageValue", "IssuerObject", "SchemaObject", "RelatedResource", "Subject", "VerifiableCredential"):
        del of_badges[name]  # of credentials that are no badges
    today = [each for name, each in of_badges.items() if not name.endswith("11")]  # the older takes the slow road
    missing = {name for each in today for name in each["properties"]} - said
    assert missing <= NOT_LEARNED


def _names(value: Any) -> list[str]:
    if isinstance(value, list):
        return [name for item in value for name in _names(item)]
    if isinstance(value, dict):
        return [*value, *(name for member in value.values() for name in _names(member))]
    return []


def test_a_state_that_was_learned_ahead_is_the_one_that_its_steps_lead_to() -> None:
    """Its context is made where something else is asked of it, and then says of each term what the file says."""
    automaton = Automaton()
    processor = automaton.processor
    for number in range(len(automaton.ahead.states)):
        state = automaton.state_ahead(number)
        for name in automaton.ahead.states[number].terms:
            ahead, anew = state.terms[name], learn(processor, state.context, name, state.terms[name].meaning.nodes)  # type: ignore[arg-type]
            assert ahead[:3] == anew[:3], name
            assert ahead.is_iri is anew.is_iri
            assert ahead.meaning.is_reference is anew.meaning.is_reference
            assert (ahead.meaning.item, ahead.meaning.datatype) == (anew.meaning.item, anew.meaning.datatype)
            if NAME in (ahead.kind, ahead.meaning.item):
                assert ahead.meaning.names is not None
                assert anew.meaning.names is not None
                assert ahead.meaning.names["mappings"].keys() == anew.meaning.names["mappings"].keys()
    assert KEYWORDS.keys() <= state.terms.keys()


def test_what_was_not_learned_ahead_is_learned_from_there_on() -> None:
    document = badge(evidence=[{"type": ["Evidence", "Achievement"], "name": "x"}])
    automaton = Automaton()
    Walk(automaton, Bounds()).document({**document, "@context": [*document["@context"]]})
    assert "processor" in automaton.__dict__
    assert canonicalize(document) == canonicalize_slowly(document)


def test_the_structures_are_those_of_the_classes() -> None:
    assert json.loads(structure.FILE.read_bytes()) == as_json(write_structure.as_json()), (
        "run `python -m credentials.model.write_structure`"
    )


def agree(class_name: str, document: Any) -> bool:
    """Whether the structure fits; where it does, pydantic must find nothing."""
    fits = structure.has_structure(class_name, document)
    if fits:
        getattr(classes, class_name).from_json(document)
    return fits


def test_ordinary_badges_have_their_structure() -> None:
    assert agree("AchievementCredential", badge())
    assert not agree("AchievementCredential", {**badge(), "validFrom": "yesterday"})
    assert not agree("AchievementCredential", {**badge(), "name": "half a pair: \ud800"})
    assert not agree("AchievementCredential", {**badge(), "id": "https://badges.example/1\n"})


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(model_documents.achievement_credentials())
def test_what_has_its_shape_conforms(document: dict[str, Any]) -> None:
    event(f"has its structure: {agree('AchievementCredential', document)}")
    agree("VerifiableCredential", document)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(model_documents.spoiled(model_documents.achievement_credentials()))
def test_what_was_spoiled_and_has_its_shape_conforms(document: dict[str, Any]) -> None:
    event(f"has its structure: {agree('AchievementCredential', document)}")
    agree("VerifiableCredential", document)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(changed_badges())
def test_what_was_changed_and_has_its_shape_conforms(document: dict[str, Any]) -> None:
    event(f"has its structure: {agree('AchievementCredential', document)}")
