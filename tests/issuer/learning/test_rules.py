"""Learning rules in a program's file: read back as written, and every fault at its line."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.errors import ProgramRefused
from issuer.learning.reports import ReportUnreadable, result_value
from issuer.learning.rules import LearningRule, Member
from issuer.learning.statements import read_statements
from issuer.program_document import settings_document, yaml_of
from issuer.program_file import read_program
from tests.issuer.learning.conftest import LMS, SAFETY

HEAD = "program: p\nname: P\nlearning:\n"
LEVELS = """
levels:
  - level: basics
    name: Basics
    criteria: Known.
    results:
      - {id: quiz, name: Quiz, type: Percent, required: true, passing: 80}
      - {id: step, name: Step, passing: a, levels: [{id: a, name: A}]}
"""


def test_rules_are_read_back_from_what_is_shown() -> None:
    program = read_program(SAFETY.encode())
    head, _, rest = SAFETY.partition("learning:")
    again = read_program(
        (head + yaml_of(settings_document(program.settings)) + "levels:" + rest.partition("levels:")[2]).encode()
    )
    assert again.learning == program.learning
    assert program.learning[0].minimum == {Member.SCALED: Decimal("0.8")}


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        ("level: none", "line 4, learning[0].level: this program has no level 'none'; it has: basics"),
        ("level: basics", "line 4, learning[0]: the level basics demands quiz, which no score gives"),
        (
            "level: basics, results: {exam: score.raw}, propose: true",
            "learning[0].results.exam: the level basics has no result 'exam'; it has: quiz, step",
        ),
        (
            "level: basics, results: {step: score.raw}, propose: true",
            "learning[0].results.step: step is no number, and a score is",
        ),
        (
            "level: basics, results: {quiz: score.max}, propose: true",
            "learning[0].results.quiz: score.max is a bound of the score",
        ),
        ("level: basics, accounts: [lms]", "learning[0].accounts[0]: 'lms' is no IRI"),
        ("verbs: [failed], level: basics", "'failed' is not known here; use one of: 'passed', 'completed', 'earned'"),
        ("level: basics, minimum: {score.scaled: 80}, propose: true", "for 80 percent write 0.8"),
        ("level: basics, propose: perhaps", "learning[0].propose: this must be true or false"),
        ("level: basics, points: 1", "learning[0].points: there is no field of this name here"),
    ],
)
def test_a_fault_stands_at_its_line(rule: str, fault: str) -> None:
    with pytest.raises(ProgramRefused) as caught:
        read_program(f"{HEAD}  - {{system: m, activity: {LMS}/1, {rule}}}\n{LEVELS}".encode())
    assert fault in str(caught.value)


@pytest.mark.parametrize(
    ("rules", "fault"),
    [
        (["activity: https://x.example/*/y, level: basics"], "learning[0].activity: 'https://x.example/*/y' is no"),
        (["level: basics", "level: basics"], "line 5, learning[1]: a rule before this one takes all"),
    ],
)
def test_rules_that_are_never_asked_are_faults(rules: list[str], fault: str) -> None:
    with pytest.raises(ProgramRefused) as caught:
        read_program((HEAD + "".join(f"  - {{system: m, {one}}}\n" for one in rules) + LEVELS).encode())
    assert fault in str(caught.value)


def test_a_higher_minimum_goes_before_a_lower_one() -> None:
    rules = [
        f"  - {{system: m, activity: {LMS}/1, level: basics, propose: true, minimum: {{score.raw: {least}}}}}\n"
        for least in (9, 5)
    ]
    assert len(read_program((HEAD + "".join(rules) + LEVELS).encode()).learning) == 2
    with pytest.raises(ProgramRefused, match=r"learning\[1\]: a rule before this one"):
        read_program((HEAD + "".join(reversed(rules)) + LEVELS).encode())


@pytest.mark.parametrize(
    ("rule", "activity", "is_for"),
    [
        (f"{LMS}/a", f"{LMS}/a", True),
        (f"{LMS}/a", f"{LMS}/a/", False),
        (f"{LMS}/a", f"{LMS}/A", False),
        (f"{LMS}/*", f"{LMS}/a/b", True),
        (f"{LMS}/*", LMS, False),
        (f"{LMS}/*", f"{LMS}.evil.example/a", False),
    ],
)
def test_an_activity_is_matched_to_the_letter(rule: str, activity: str, is_for: bool) -> None:
    assert LearningRule(system="m", level="l", activity=rule).is_for(activity) == is_for


@pytest.mark.parametrize(
    ("score", "percent", "text"),
    [("0.93", True, "93"), ("0.8333333", True, "83.33333"), ("0", True, "0"), ("-0.0", True, "0"), ("1", True, "100"),
     ("0.93", False, "0.93"), ("1e-9", False, "0"), ("-0.5", True, "-50"), ("100", False, "100")],
)  # fmt: skip
def test_a_scaled_score_is_hundredths_of_a_percent(score: str, percent: bool, text: str) -> None:
    assert result_value(Decimal(score), Member.SCALED, percent=percent) == text


json_values: Any = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["id", "actor", "verb", "object", "result", "score", "scaled", "mbox", "account", "homePage",
                         "name", "timestamp", "objectType", "success", "x"]),
        inner,
        max_size=6,
    ),
    max_leaves=25,
)  # fmt: skip


@given(json_values | st.lists(json_values, max_size=3))
def test_any_json_is_read_or_refused_in_sentences(value: Any) -> None:
    try:
        reports = read_statements(value)
    except ReportUnreadable as error:
        reports, faults = (), [fault.what for fault in error.faults]
    else:
        faults = []
    assert bool(reports) != bool(faults)
    assert all(faults)
    assert all(report.event_id.startswith("statement:") for report in reports)
