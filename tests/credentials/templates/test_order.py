"""What is called proven holds for all values: here for words of a small alphabet, with all that matters to order."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentials.templates.fragments import Fragments, form, joined
from credentials.templates.order import Shuffled, Sorting, always_before, blocks
from credentials.templates.refusals import Unfit

TEXTS = st.text(alphabet="ab", max_size=3)
WORDS = ["", "a", "b", "ab", "ba", "aab", "bbb"]


@st.composite
def fragments(draw: st.DrawFn) -> Fragments:
    made: list[str | int] = [draw(TEXTS)]
    for _ in range(draw(st.integers(0, 2))):
        made += [draw(st.integers(0, 1)), draw(TEXTS)]
    return tuple(made)


def written(text: Fragments, values: Any) -> str:
    return "".join(values[part] if isinstance(part, int) else part for part in text)


@given(fragments(), fragments())
def test_what_is_proven_to_come_first_does(one: Fragments, other: Fragments) -> None:
    if always_before(one, other):
        assert not always_before(other, one)
        assert all(written(one, values) < written(other, values) for values in product(WORDS, repeat=2))


def test_what_parts_within_the_text_is_proven_and_what_parts_at_a_value_is_not() -> None:
    assert always_before(("<a", 0, "> "), ("<b", 1, "> "))
    assert always_before(("x", 0, "a"), ("x", 0, "b"))
    assert not always_before(("x", 0, "a"), ("x", 1, "b"))
    assert not always_before(("<a", 0, ">"), ("<ab", 1, ">"))
    assert not always_before(("a",), ("a",))
    assert not always_before(("a",), ("ab",)), "lines end alike, so that does not happen to them"


@given(st.lists(fragments(), max_size=6))
def test_blocks_never_change_places(units: list[Fragments]) -> None:
    units.sort(key=lambda unit: written(unit, "ab"))
    found = [list(block) for block in blocks(units)]
    assert [unit for block in found for unit in block] == units
    for number, block in enumerate(found):
        for before, after in product(block, [unit for later in found[number + 1 :] for unit in later]):
            assert before == after or always_before(before, after)


@given(st.lists(fragments(), max_size=6, unique=True), st.sampled_from(WORDS), st.sampled_from(WORDS))
def test_units_are_sorted_whatever_the_values(units: list[Fragments], one: str, other: str) -> None:
    """Line ends keep one from being the beginning of another, as in N-Quads."""
    lines = sorted([joined([unit, ("\n",)]) for unit in units], key=lambda line: written(line, "ab"))
    sorting = Sorting(2)
    text, pick = form(sorting.in_order(lines))
    values = [one.encode(), other.encode()]
    expected = sorted(written(line, [one, other]) for line in lines)
    try:
        for step in sorting.steps:
            step.put(values)
    except Unfit:
        assert len({*expected}) < len(expected)
        return
    if len({*expected}) == len(expected):
        assert text % pick(values) == "".join(expected).encode()


def test_one_among_others_whose_order_is_proven() -> None:
    """How the others begin decides, or all are written and compared; equal ones are refused."""
    units: list[Fragments] = [("<a>\n",), ("<b", 1, "c>\n"), ("<b", 1, "d>\n"), ("<", 0, ">\n"), ("<c>\n",)]
    shuffled = Shuffled(units, units)
    for lone in ("a", "aa", "b", "bx", "bxc", "bxca", "bxd", "bxdd", "by", "c", "d", ""):
        values = [lone.encode(), b"x"]
        lines = [written(unit, [lone, "x"]) for unit in units]
        if len({*lines}) < len(lines):
            with pytest.raises(Unfit):
                shuffled.order(values)
        else:
            assert [lines[number] for number in shuffled.order(values)] == sorted(lines)
    assert Shuffled(units[:3], units[:3]).order([b"", b"x"]) == (0, 1, 2)


@pytest.mark.parametrize("labels", [(b"1", b"10", b"2"), (b"9", b"10", b"0")])
def test_links_to_blank_nodes_are_sorted_by_their_labels(labels: tuple[bytes, ...]) -> None:
    sorting = Sorting(4, range(1, 4))
    units: list[Fragments] = [("<", 0, "> <p> _:c14n", number, " .\n") for number in (1, 2, 3)]
    text, pick = form(sorting.in_order(units))
    values = [b"s", *labels]
    for step in sorting.steps:
        step.put(values)
    assert text % pick(values) == b"".join(sorted(b"<s> <p> _:c14n" + label + b" .\n" for label in labels))
