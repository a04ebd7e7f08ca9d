"""How long others took: from the day on which they could begin, only where nobody can be recognized."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.people.forecast import FEWEST, Forecast, forecast_of, forecasts
from issuer.people.progress import history_of_person
from issuer.recertification.facts import LevelKey
from tests.issuer.conftest import NOW
from tests.issuer.people.conftest import Company

ASSOCIATE, EXPERT = LevelKey("cloud", "associate"), LevelKey("cloud", "expert")
NOBODY = UUID(int=1)
NAMES = tuple("abcdef")


def enter(company: Company, joined: date = date(2025, 1, 1)) -> None:
    rows = "".join(f"{name.title()} Other,{name}@b.example,{joined}\n" for name in NAMES)
    company.enter(f"name,email,joined_on\n{rows}")


def test_from_the_last_prerequisite_to_the_award(company: Company) -> None:
    enter(company)
    for months, name in enumerate(NAMES, start=1):
        company.hold(f"{name}@b.example", "associate", date(2025, 6, 1))
        company.hold(f"{name}@b.example", "expert", date(2025, 6, 1) + timedelta(days=30 * months))
    found = forecasts(company.db, None, [ASSOCIATE, EXPERT], apart_from=NOBODY)
    assert found[EXPERT] == Forecast(6, 68, 105, 142)
    assert found[ASSOCIATE] == Forecast(6, 151, 151, 151), "without prerequisites from the day of joining"
    assert found[ASSOCIATE].words == "Others took about 5 months (6 people)."
    assert found[EXPERT].words == "Others took about 3 months, half of them between 2 and 5 months (6 people)."
    ana = company.person("a@b.example").id
    assert forecasts(company.db, None, [EXPERT], apart_from=ana)[EXPERT].people == 5, "of others"
    told = [one.what.partition(" (")[0] for one in history_of_person(company.db, None, ana, NOW)]
    assert told == ["Cloud Associate issued", "Cloud Expert issued", "Cloud Associate expired"]


def test_an_assignment_after_joining_begins_the_time(company: Company) -> None:
    enter(company)
    company.apply("assign: [{level: associate, to: everyone, suggested: true}]\n")
    for name in NAMES:
        company.hold(f"{name}@b.example", "associate", date(2027, 1, 1))
    found = forecasts(company.db, None, [ASSOCIATE], apart_from=NOBODY)
    assert found[ASSOCIATE].median == (date(2027, 1, 1) - date(2026, 11, 22)).days
    assert found[ASSOCIATE].words == "Others took about 6 weeks (6 people)."


def test_few_are_not_told_of(company: Company) -> None:
    enter(company)
    for name in NAMES[: FEWEST - 1]:
        company.hold(f"{name}@b.example", "associate", date(2025, 6, 1))
    assert forecasts(company.db, None, [ASSOCIATE, EXPERT], apart_from=NOBODY) == {}


def test_an_unknown_level_has_no_forecast(company: Company) -> None:
    assert forecasts(company.db, None, [LevelKey("cloud", "king")], apart_from=NOBODY) == {}


@given(st.lists(st.integers(0, 4_000), max_size=40))
def test_the_middle_half_lies_within_what_was_found(days: list[int]) -> None:
    found = forecast_of(days)
    assert (found is None) == (len(days) < FEWEST)
    if found is not None:
        assert min(days) <= found.low <= found.median <= found.high <= max(days)
        assert found.words.startswith("Others took about ")


@pytest.mark.parametrize("days", [[0] * 5, [3, 5, 8, 9, 11]])
def test_short_times_are_told_in_weeks(days: list[int]) -> None:
    found = forecast_of(days)
    assert found is not None
    assert "week" in found.words
