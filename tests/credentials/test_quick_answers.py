"""What says “nothing to find” at once says so only where the rules, asked one by one, find nothing."""

from __future__ import annotations

import copy
import math
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credentials import closed_form
from credentials.contexts import CREDENTIALS_V2
from credentials.memory import Memory
from credentials.model import plain_json
from credentials.model.data_model_2_0 import ACHIEVEMENT_CREDENTIAL
from credentials.model.json_walk import values
from tests.credentials.badges import badge

NAMES = st.sampled_from(
    [
        "id",
        "type",
        "name",
        "@context",
        "@id",
        "a:b",
        "ext:x",
        "",
        "role",
        "nonsense",
        "endorsement",
        "proof",
        "tag",
        "1.x",
    ]
)
TEXTS = st.sampled_from(
    [
        "x",
        "",
        "ext:a b",
        "ext:ok",
        "a\tb",
        "a\nb",
        "\x7f",
        "\x85",
        "\\t",
        'say "hi"',
        "Achievement",
        "null",
        "[]",
        "\u2028",
        "https://badges.example/achievements/7",
        "https://purl.imsglobal.org/spec/vc/ob/vocab.html#Profile",
        "12,3",
        ":1",
    ]
)
VALUES = st.recursive(
    TEXTS
    | st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats()
    | st.just(CREDENTIALS_V2)
    | st.just({"id": "https://badges.example/achievements/7", "name": "said again"})
    | st.just({"type": "Achievement"}),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=2),
    max_leaves=4,
)


@st.composite
def changed_badges(draw: st.DrawFn) -> dict[str, Any]:
    """A badge with up to two members put in, anywhere."""
    document = copy.deepcopy(badge())
    for _ in range(draw(st.integers(0, 2))):
        holders = [document]
        for holder in holders:
            holders.extend(
                one
                for value in holder.values()
                for one in (value if isinstance(value, list) else [value])
                if isinstance(one, dict)
            )
        holder = draw(st.sampled_from(holders))
        holder[draw(NAMES | st.sampled_from(sorted(holder) or ["x"]))] = copy.deepcopy(
            draw(VALUES)
        )  # what is drawn may be one object
    return document


@settings(max_examples=100, deadline=None)
@given(changed_badges())
def test_closed_form(document: dict[str, Any]) -> None:
    if closed_form._keeps_to_it(document):
        assert closed_form._problems(document) == ()


def test_an_ordinary_badge_keeps_to_the_closed_form_at_once() -> None:
    assert closed_form._keeps_to_it(badge())


@settings(max_examples=100, deadline=None)
@given(changed_badges())
def test_plain_json(document: dict[str, Any]) -> None:
    if any(isinstance(value, float) and not math.isfinite(value) for value in values(document)):
        return
    if plain_json.is_plain(document, orjson.dumps(document)):
        rules = ACHIEVEMENT_CREDENTIAL.issuing_values
        assert [problem for value in values(document) for rule in rules if (problem := rule("", value))] == []


@pytest.mark.parametrize("text", [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))])
def test_every_control_character_but_line_breaks_leaves_a_trace(text: str) -> None:
    document = {"name": f"a{text}b"}
    assert plain_json.is_plain(document, orjson.dumps(document)) is (text in "\n\r")


def test_an_ordinary_badge_is_seen_to_be_plain() -> None:
    assert plain_json.is_plain(badge(), orjson.dumps(badge()))


class TestMemory:
    def test_what_is_asked_for_stays_and_the_rest_goes(self) -> None:
        memory: Memory[int, str] = Memory(most=20, heavy=1000)
        memory.keep(-1, "wanted", weight=1)
        for number in range(1000):
            memory.keep(number, "x", weight=1)
            assert memory.get(-1) == "wanted"
            assert len(memory) <= 20
        assert memory.get(500) is None

    @settings(max_examples=100, deadline=None)
    @given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 30), st.booleans()), max_size=60))
    def test_it_holds_what_was_kept_last_and_never_more_than_it_may(self, steps: list[tuple[int, int, bool]]) -> None:
        memory: Memory[int, tuple[int, int]] = Memory(most=8, heavy=60)
        last: dict[int, tuple[int, int]] = {}
        for number, (key, weight, read) in enumerate(steps):
            if read:
                assert memory.get(key) in (None, last.get(key))
            else:
                last[key] = (number, weight)
                memory.keep(key, last[key], weight=weight)
            held = {**memory._old, **memory._young}
            assert len(memory) <= 8
            assert sum(weight for _, weight in held.values()) <= 60

    def test_what_is_too_heavy_is_not_kept(self) -> None:
        memory: Memory[str, str] = Memory(most=8, heavy=10)
        memory.keep("a", "x", weight=6)
        assert memory.get("a") is None
