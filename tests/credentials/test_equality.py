"""Which credentials are one and the same, by the standard's own examples."""

from __future__ import annotations

import json
from typing import Any

import pytest

from credentials.equality import are_the_same, identity_of, is_newer
from tests.conftest import vectors


def example(letter: str) -> dict[str, Any]:
    path = vectors("ob3", "examples", f"equality-and-comparison--sample-credential-{letter}.json")
    document: dict[str, Any] = json.loads(path.read_text())
    return document


@pytest.mark.vectors
@pytest.mark.parametrize(("other", "newer"), [("b", False), ("c", True), ("d", False)])
def test_the_examples_of_the_standard_are_one_credential(other: str, newer: bool) -> None:
    """B says more than A, C is of a later day, and D is written otherwise: all are one credential."""
    first, second = example("a"), example(other)
    assert are_the_same(first, second)
    assert are_the_same(second, first)
    assert is_newer(second, first) is newer
    assert not is_newer(first, second)


def badge(**members: Any) -> dict[str, Any]:
    return {
        "id": "https://a.example/1",
        "issuer": {"id": "https://a.example"},
        "validFrom": "2026-01-01T00:00:00Z",
    } | members


@pytest.mark.parametrize(
    ("members", "same"),
    [
        ({}, True),
        ({"issuer": "https://a.example"}, True),
        ({"id": "https://a.example/%31"}, True),
        ({"id": " https://a.example/1%20"}, True),
        ({"id": "https://a.example/2"}, False),
        ({"id": "https://A.example/1"}, False),
        ({"issuer": {"id": "https://b.example"}}, False),
        ({"id": None}, False),
        ({"issuer": {}}, False),
        ({"id": "%20"}, False),
    ],
)
def test_issuer_and_id_decide(members: dict[str, Any], same: bool) -> None:
    assert are_the_same(badge(), badge(**members)) is same


def test_what_has_no_id_equals_not_even_itself() -> None:
    nameless = badge(id=None)
    assert identity_of(nameless) is None
    assert not are_the_same(nameless, nameless)


def test_newer_is_only_the_same_credential_of_a_later_instant() -> None:
    later = badge(validFrom="2026-01-01T01:00:00+00:30")
    assert is_newer(later, badge())
    assert not is_newer(badge(id="https://a.example/2", validFrom="2027-01-01T00:00:00Z"), badge())
    assert is_newer(badge(validFrom="2027-01-01T00:00:00Z"), badge(issuanceDate="2020-01-01T00:00:00Z"))
    with pytest.raises(ValueError, match="yesterday"):
        is_newer(badge(validFrom="yesterday"), badge())
