"""Two readers of one accepted text see the same document."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from credentials import strict_json
from credentials.problems import PARSING_ERROR, TOO_COMPLEX, Unacceptable
from credentials.strict_json import Limits, parse
from tests.credentials.badges import badge
from tests.work import work_of_at_most

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=5)
    ),
    max_leaves=30,
)


@given(JSON, st.booleans())
def test_ordinary_json_reads_as_python_reads_it(value: object, ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only)
    assert parse(text) == value
    assert parse(text.encode()) == value


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b'{"a": 1, "a": 2}', "twice"),
        (b'{"a": {"b": 1, "\\u0062": 2}}', "twice"),
        (b'{"a": NaN}', "NaN"),
        (b"[-Infinity]", "Infinity"),
        (b'"\\ud800"', "surrogate"),
        (b'{"\\udc00x": 1}', "surrogate"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        (b'"\xff"', "UTF-8"),
        (b'"\xed\xa0\x80"', "UTF-8"),
        (b"[9007199254740992]", "exactly"),
        (b"[1e999]", "every reader"),
        (b"[0." + b"1" * 100 + b"]", "every reader"),
        (b"{'a': 1}", "line 1"),
        (b'{"a": 1}}', "Extra data"),
        (b"", "line 1"),
    ],
)
def test_ambiguous_text_is_refused_with_the_reason(text: bytes, says: str) -> None:
    with pytest.raises(Unacceptable, match=says) as refusal:
        parse(text)
    assert refusal.value.problems[0].type == PARSING_ERROR


@pytest.mark.parametrize(
    "text",
    [
        "[" * 41 + "]" * 41,
        '{"a":' * 100_000,
        "[" + "0," * 20_001 + "0]",
        '"' + "x" * (2 * 1024 * 1024) + '"',
        '{"a":"' + '\\"' * 10 + '",' + '"b":' + "[" * 60,
    ],
)
def test_oversized_text_is_refused_before_it_is_parsed(text: str) -> None:
    with work_of_at_most(5):
        with pytest.raises(Unacceptable) as refusal:
            parse(text)
        assert refusal.value.problems[0].type == TOO_COMPLEX


@pytest.mark.parametrize("text", ['{"' + '\\"' * 500_000, '"' * 1_000_001, '["' + "\\" * 1_000_000])
def test_a_string_that_never_ends_takes_time_in_proportion(text: str) -> None:
    with work_of_at_most(8), pytest.raises(Unacceptable):
        parse(text)


def test_brackets_inside_strings_do_not_count() -> None:
    assert parse('["' + "[" * 1000 + '\\"{"]', Limits(max_depth=2)) == ["[" * 1000 + '"{']


@given(JSON, st.sampled_from([None, 1, 2, "\t"]), st.booleans(), st.sampled_from([(",", ":"), (" , ", " : ")]))
def test_both_roads_read_the_same(value: object, indent: int | str | None, ascii_only: bool, marks: Any) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent, separators=marks)
    assert strict_json._parse_slowly(text, Limits()) == value
    assert repr(parse(text)) == repr(strict_json._parse_slowly(text, Limits()))


_PIECES = st.sampled_from(
    [
        *'{}[],:"\\ \n0123456789-.eE',
        '"a"',
        '"a":',
        '"\\u0061":',
        '"\\"',
        "\\\\",
        "\\u0061",
        "\\ud800",
        "true",
        "null",
        '{"a":1,',
        '"b":2}',
        '{"b":{"a":2},"a":',
        "9007199254740993",
        "-0",
        "1e2",
        "NaN",
        '"[":',
        "é",
        "\x7f",
        "\x01",
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(_PIECES, max_size=14).map("".join), st.integers(0, 6), st.integers(1, 12))
@example('{"a"\t:1,"a":2}', 40, 100)
@example('{"a" \n:1,"a":":"}', 40, 100)
@example('{"a":"[","b":["]",["]",[1]]]}', 3, 100)
@example("[[[]]]", 3, 100)
@example("[[[]]]", 2, 100)
@example("[1,2,3]", 2, 4)
@example("[1,2,3]", 2, 3)
@example("-0", 40, 100)
def test_the_quick_road_reads_what_the_strict_one_reads_or_nothing(text: str, depth: int, values: int) -> None:
    limits = Limits(max_depth=depth, max_values=values)
    read = strict_json._parse_quickly(text, limits)
    if read is not strict_json._DOUBTFUL:
        assert repr(read) == repr(strict_json._parse_slowly(text, limits))


def test_ordinary_badges_are_read_quickly() -> None:
    text = json.dumps(badge(), ensure_ascii=False, separators=(",", ":"))
    for form in (text, json.dumps(badge()), json.dumps(badge(), indent=2), json.dumps(badge(), indent="\t")):
        assert strict_json._parse_quickly(form, Limits()) == badge()
