"""Who may assess, when enough did, and what follows: for every schedule of scores that there could be."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from issuer.assessment.quorum import (
    Difference,
    Disagreement,
    Round,
    Scoring,
    Verdict,
    combined,
    finds_passed,
    missing_from,
    outcome,
    passes,
    why_not,
)
from issuer.assessment.rules import Decides, Quorum
from issuer.program_definition import ResultRule

EXAM = ResultRule.model_validate({"id": "exam", "name": "Exam", "type": "Percent", "passing": "70", "required": True})
STEPS = ("none", "some", "able", "great")
PRACTICE = ResultRule.model_validate(
    {"id": "practice", "name": "P", "passing": "able", "levels": [{"id": one, "name": one} for one in STEPS]}
)
STATUS = ResultRule.model_validate({"id": "course", "name": "Course", "type": "Status", "passing": "Provisional"})
LETTER = ResultRule.model_validate({"id": "letter", "name": "L", "values": ["A", "B"], "passing": "A"})
REMARK = ResultRule.model_validate({"id": "word", "name": "W", "type": "Result"})
RULES = (EXAM, PRACTICE)


def person(number: int) -> UUID:
    return UUID(int=number)


def scoring(number: int, exam: str = "80", practice: str = "able", function: str = "SRE") -> Scoring:
    return Scoring(person(number), function, {"exam": exam, "practice": practice})


def test_each_kind_of_result_passes_in_its_own_way() -> None:
    assert [passes(EXAM, one) for one in ("69.9", "70", "70.0", "100")] == [False, True, True, True]
    assert [passes(PRACTICE, one) for one in STEPS] == [False, False, True, True]
    assert [passes(STATUS, one) for one in ("Failed", "InProgress", "Provisional", "Completed")] == [
        False, False, True, True,
    ]  # fmt: skip
    assert [passes(LETTER, one) for one in ("A", "B")] == [True, False]
    assert passes(REMARK, "anything")  # no threshold, nothing to fail
    assert not passes(EXAM, "9")  # as a number, not as a text


def test_who_may_not_assess() -> None:
    quorum = Quorum(not_the_manager=True)
    course = Round(person(1), person(2), scored=frozenset({person(3)}), before=frozenset({person(4)}))
    said = {number: why_not(quorum, course, person(number)) for number in range(1, 6)}
    assert "himself" in (said[1] or "")
    assert "manager" in (said[2] or "")
    assert "already" in (said[3] or "")
    assert "appeal" in (said[4] or "")
    assert said[5] is None
    assert why_not(Quorum(), course, person(2)) is None  # his manager may, where the level does not mind


def test_a_quorum_counts_heads_and_functions() -> None:
    quorum = Quorum(assessors=2, functions=2)
    assert missing_from(quorum, []) == "2 more assessors, among them people of 2 more functions"
    assert missing_from(quorum, [scoring(1)]) == "1 more assessor, among them somebody of another function"
    assert missing_from(quorum, [scoring(1), scoring(2, function="sre ")]) == "somebody of another function"
    assert missing_from(quorum, [scoring(1), scoring(2, function="Security")]) == ""


def test_disagreement_is_on_passing_or_by_more_than_one_step() -> None:
    quorum = Quorum(assessors=2)
    assert outcome(quorum, RULES, [scoring(1, "71", "able"), scoring(2, "99", "great")]).disagreements == ()
    differ = outcome(quorum, RULES, [scoring(1, "60", "some"), scoring(2, "75", "able")])
    assert differ.disagreements == (
        Disagreement("exam", Difference.PASSING, ("60", "75")),
        Disagreement("practice", Difference.PASSING, ("some", "able")),
    )
    far = PRACTICE.model_copy(update={"passing": "none"})
    apart = outcome(quorum, (far,), [scoring(1, practice="none"), scoring(2, practice="able")])
    assert apart.disagreements == (Disagreement("practice", Difference.STEPS, ("none", "able")),)
    assert apart.verdict is Verdict.PASSED


def test_without_a_threshold_each_assessor_says_it_himself() -> None:
    said = [Scoring(person(1), "", {}, passed=True), Scoring(person(2), "", {}, passed=False)]
    assert [finds_passed((REMARK,), one) for one in said] == [True, False]
    tied = outcome(Quorum(assessors=2, decides=Decides.MAJORITY), (REMARK,), said)
    assert tied.verdict is Verdict.TIED
    assert tied.disagreements[0].difference is Difference.FINDING


def test_values_without_an_order_are_counted() -> None:
    assert combined(LETTER, ["B", "A", "A"]) == "A"
    assert combined(LETTER, ["B", "A"]) == combined(LETTER, ["A", "B"])


@st.composite
def scorings(draw: st.DrawFn) -> list[Scoring]:
    count = draw(st.integers(1, 6))
    return [
        Scoring(
            person(number + 1),
            draw(st.sampled_from(["SRE", "Security", "Data"])),
            {"exam": str(draw(st.integers(0, 100))), "practice": draw(st.sampled_from(STEPS))},
        )
        for number in range(count)
    ]


quorums = st.builds(
    Quorum, assessors=st.integers(2, 4), functions=st.integers(1, 2), decides=st.sampled_from(list(Decides))
)


@given(quorums, scorings())
def test_the_order_of_the_scorings_changes_nothing(quorum: Quorum, given_: list[Scoring]) -> None:
    orders = list(permutations(given_))[:: max(1, len(given_) * 20)]
    assert len({str(outcome(quorum, RULES, order)) for order in orders}) == 1


@settings(max_examples=200)
@given(quorums, scorings())
def test_what_a_majority_found_passed_passes_in_the_credential_too(quorum: Quorum, given_: list[Scoring]) -> None:
    found = outcome(quorum, RULES, given_)
    results = dict(found.results)
    for rule in RULES:
        values = [one.results[rule.id] for one in given_]
        assert results[rule.id] in values  # somebody gave it
        if 2 * sum(passes(rule, value) for value in values) > len(values):
            assert passes(rule, results[rule.id])
    if found.verdict is Verdict.PASSED:
        assert all(passes(rule, results[rule.id]) for rule in RULES)


@given(quorums, scorings())
def test_verdicts_keep_to_their_rule(quorum: Quorum, given_: list[Scoring]) -> None:
    found = outcome(quorum, RULES, given_)
    passed, count = sum(found.findings.values()), len(given_)
    functions = {one.function for one in given_}
    assert (found.missing == "") == (count >= quorum.assessors and len(functions) >= quorum.functions)
    expected = (
        Verdict.OPEN if found.missing
        else (Verdict.PASSED if passed == count else Verdict.NOT_PASSED) if quorum.decides is Decides.EVERY
        else Verdict.TIED if 2 * passed == count
        else Verdict.PASSED if 2 * passed > count
        else Verdict.NOT_PASSED
    )  # fmt: skip
    assert found.verdict is expected


@given(scorings(), st.integers(0, 100))
def test_a_better_score_never_turns_passed_into_not_passed(given_: list[Scoring], more: int) -> None:
    quorum = Quorum(assessors=len(given_), decides=Decides.MAJORITY)
    better = [
        Scoring(one.assessor_id, one.function, {**one.results, "exam": str(min(100, int(one.results["exam"]) + more))})
        for one in given_
    ]
    before, after = outcome(quorum, RULES, given_), outcome(quorum, RULES, better)
    assert Decimal(dict(before.results)["exam"]) <= Decimal(dict(after.results)["exam"])
    if before.verdict is Verdict.PASSED:
        assert after.verdict is Verdict.PASSED
