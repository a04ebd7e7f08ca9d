"""Sentences are text that knows how it was made."""

from __future__ import annotations

import pickle
from datetime import date

import orjson
import pytest

from credentials.sentence import Sentence, counted, sentence


def test_a_sentence_is_its_english_text() -> None:
    until = sentence("“{level}” expires on {day}.", level="Forklift", day=date(2027, 5, 3))
    assert until == "“Forklift” expires on 3 May 2027."
    assert isinstance(until, str)
    assert orjson.dumps({"why": until}) == '{"why":"“Forklift” expires on 3 May 2027."}'.encode()


def test_it_knows_its_pattern_and_values() -> None:
    inner = sentence("it can be renewed")
    outer = sentence("{what} from {day}", what=inner, day=date(2027, 5, 3))
    assert (outer.pattern, outer.plural) == ("{what} from {day}", None)
    assert outer.values == {"what": inner, "day": date(2027, 5, 3)}


@pytest.mark.parametrize(("n", "text"), [(0, "0 days"), (1, "1 day"), (2, "2 days"), (12_000, "12,000 days")])
def test_numbers_choose_the_form(n: int, text: str) -> None:
    assert counted(n, "{n} day", "{n} days") == text


def test_a_value_that_is_missing_is_a_fault_of_the_program() -> None:
    with pytest.raises(KeyError):
        sentence("{level} expires")


def test_braces_in_values_are_left_alone() -> None:
    assert sentence("“{name}”", name="{level}") == "“{level}”"


def test_it_travels_between_processes() -> None:
    sent = counted(3, "{n} level of {program}", "{n} levels of {program}", program="Data")
    received = pickle.loads(pickle.dumps(sent))  # noqa: S301
    assert type(received) is Sentence
    assert (received, received.pattern, received.plural, dict(received.values)) == (
        sent, sent.pattern, sent.plural, dict(sent.values),
    )  # fmt: skip
