"""Rules that cannot be meant are refused at the edge, in a sentence that says what would be right."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from issuer.recertification.check import contradictions, loops
from issuer.recertification.rules import AnnualDate
from issuer.validity import parse_validity
from tests.issuer.recertification.building import key, needs, rules


@pytest.mark.parametrize(
    ("validity", "given", "complaint"),
    [
        ("never", {}, "never renewed"),
        ("2 months", {"window": "3 months"}, "make the window shorter"),
        ("3 months", {"window": "90 days"}, "make the window shorter"),  # February to May is 89 days
        ("12 months", {"window": "90 days", "due": "3 months"}, "let it be due later"),
        ("12 months", {"window": "30 days", "due": "31 days"}, "let it be due later"),
        ("12 months", {"due": "9999 years"}, "let it be due later"),
        ("6 months", {"grace": "7 months"}, "make the grace shorter"),
        ("12 months", {"late": "from expiry"}, "leave late out"),
        ("18 months", {"counts_from": "31 March"}, "whole years"),
        ("365 days", {"counts_from": "31 March"}, "whole years"),
        ("24 months", {"counts_from": "31 March", "window": "12 months"}, "shorter than 12 months"),
        ("24 months", {"counts_from": "31 March", "window": "365 days"}, "shorter than 12 months"),
    ],
)
def test_a_contradiction(validity: str, given: dict[str, Any], complaint: str) -> None:
    (found,) = contradictions(parse_validity(validity), rules(**given))
    assert complaint in found
    assert "; " in found


@pytest.mark.parametrize(
    ("validity", "given"),
    [
        ("12 months", {}),
        ("12 months", {"window": "12 months", "due": "12 months", "grace": "12 months"}),
        ("12 months", {"window": "92 days", "due": "3 months"}),
        ("12 months", {"late": "start over", "grace": "30 days"}),
        ("12 months", {"late": "start over"}),
        ("12 months", {"takes": {"credits": 20, "over": "36 months"}, "refresh_service": True}),
        ("24 months", {"counts_from": "29 February", "window": "11 months"}),
        ("24 months", {"counts_from": "31 March", "window": "364 days"}),
    ],
)
def test_no_contradiction(validity: str, given: dict[str, Any]) -> None:
    assert contradictions(parse_validity(validity), rules(**given)) == []
    assert contradictions(parse_validity(validity), None) == []


def test_every_contradiction_is_named_at_once() -> None:
    given = {"window": "24 months", "due": "25 months", "grace": "24 months", "counts_from": "31 March"}
    assert len(contradictions(parse_validity("18 months"), rules(**given))) == 5


def test_a_circle_of_prerequisites_is_found_and_named() -> None:
    straight = {key("a"): needs("b", "c"), key("b"): needs("c"), key("c"): ()}
    assert loops(straight) is None
    found = loops({**straight, key("c"): needs("d", "b", needed=1)})
    assert found is not None
    assert found[0] == found[-1]
    assert {*found} == {key("b"), key("c")}
    assert loops({key("a"): needs("a")}) == (key("a"), key("a"))
    deep = {key(f"l{number:05}"): needs(f"l{number + 1:05}") for number in range(3000)}
    assert loops(deep) is None


@pytest.mark.parametrize("given", [{"month": 2, "day": 30}, {"month": 4, "day": 31}, "31 April", "30 February"])
def test_a_day_that_no_year_has(given: object) -> None:
    with pytest.raises(ValidationError, match="no day of the year"):
        AnnualDate.model_validate(given)
