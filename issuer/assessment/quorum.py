"""Who may assess, when enough did, and what follows from their scores. Pure.

Each assessor scores every result that is required or has a threshold, by himself. A result passes by its `passing`:
a number or a rubric's step at or above it, a status at or above it (`STATUS_ORDER`), any other value if it is equal.
An assessor finds that the candidate passed if every result with a threshold passes; where the level has none, he says
so himself. `every` or `majority` of the assessors decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from credentials.sentence import Sentence, counted, sentence, together
from issuer.assessment.rules import By, Decides, Quorum
from issuer.program_definition import NUMERIC_RESULTS, ResultRule

STATUS_ORDER = ("Withdrew", "Failed", "OnHold", "Enrolled", "InProgress", "Provisional", "Completed")
"""Result statuses of Open Badges 3.0 (B.7.4), from the furthest to the nearest to having passed."""


@dataclass(frozen=True, slots=True)
class Scoring:
    """What one assessor found: a value for each result; `passed` only where the level has no threshold."""

    assessor_id: UUID
    function: str
    results: Mapping[str, str]
    passed: bool | None = None


@dataclass(frozen=True, slots=True)
class Round:
    """What decides who may assess now: the candidate, his manager, who scored already, who took part before."""

    candidate_id: UUID
    manager_id: UUID | None
    scored: frozenset[UUID] = frozenset()
    before: frozenset[UUID] = frozenset()


class Verdict(StrEnum):
    """What the assessors' findings come to. `open`: the quorum is not reached; `tied`: it is, without a majority."""

    OPEN = "open"
    PASSED = "passed"
    NOT_PASSED = "not passed"
    TIED = "tied"


class Difference(StrEnum):
    """In what assessors differ on a result."""

    PASSING = "whether it passes"
    STEPS = "by more than one step"
    FINDING = "whether he passed"


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Assessors differ on a result (None: on the whole); the values from the lowest to the highest."""

    result: str | None
    difference: Difference
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What follows from the scorings of one round. `results` are the combined ones, in the order of the rules."""

    verdict: Verdict
    missing: str
    findings: Mapping[UUID, bool]
    results: tuple[tuple[str, str], ...]
    disagreements: tuple[Disagreement, ...]


def why_not(quorum: Quorum, course: Round, assessor_id: UUID) -> Sentence | None:
    """Why that person may not assess now, as a sentence; None if he may."""
    if assessor_id == course.candidate_id:
        return sentence("nobody assesses himself")
    if quorum.by is By.MANAGER and assessor_id != course.manager_id:
        return sentence("the level is approved by the candidate’s manager")
    if quorum.not_the_manager and assessor_id == course.manager_id:
        return sentence("he is the candidate’s manager, and the level wants others")
    if assessor_id in course.scored:
        return sentence("he has assessed in this round already, and a scoring is never changed")
    if assessor_id in course.before:
        return sentence("he took part in the decision that is appealed; an appeal needs other assessors")
    return None


def to_score(rules: Sequence[ResultRule]) -> tuple[ResultRule, ...]:
    """The results that every assessor must score."""
    return tuple(rule for rule in rules if rule.required or rule.passing is not None)


def passes(rule: ResultRule, value: str) -> bool:
    """Whether a valid value of a result is enough; always, where the rule has no `passing`."""
    if rule.passing is None:
        return True
    if (order := _order(rule)) is not None:
        return order.index(value) >= order.index(rule.passing)
    if _is_number(rule):
        return Decimal(value) >= Decimal(rule.passing)
    return value == rule.passing


def finds_passed(rules: Sequence[ResultRule], scoring: Scoring) -> bool:
    """Whether this assessor finds that the candidate passed."""
    thresholds = [rule for rule in rules if rule.passing is not None]
    if not thresholds:
        return scoring.passed is True
    return all(rule.id in scoring.results and passes(rule, scoring.results[rule.id]) for rule in thresholds)


def missing_from(quorum: Quorum, scorings: Sequence[Scoring]) -> Sentence:
    """What is still needed for a quorum, in words; empty if it is reached."""
    if quorum.by is By.MANAGER:
        return Sentence("") if scorings else sentence("the candidate’s manager")
    functions = {one.function.strip().casefold() for one in scorings}
    wanted = []
    if (more := quorum.assessors - len(scorings)) > 0:
        wanted.append(counted(more, "{n} more assessor", "{n} more assessors"))
    if (other := quorum.functions - len(functions)) > 0:
        wanted.append(counted(other, "somebody of another function", "people of {n} more functions"))
    if len(wanted) < 2:
        return together(*wanted)
    return sentence("{assessors}, among them {functions}", assessors=wanted[0], functions=wanted[1])


def outcome(quorum: Quorum, rules: Sequence[ResultRule], scorings: Sequence[Scoring]) -> Outcome:
    """What follows from the scorings of a round, in any order. Every value must fit its rule."""
    in_order = sorted(scorings, key=lambda one: one.assessor_id)
    findings = {one.assessor_id: finds_passed(rules, one) for one in in_order}
    missing = missing_from(quorum, scorings)
    values = {
        rule.id: tuple(one.results[rule.id] for one in in_order if one.results.get(rule.id) is not None)
        for rule in rules
    }
    disagreements = [found for rule in rules if (found := _disagreement(rule, values[rule.id])) is not None]
    if len(set(findings.values())) > 1 and not any(rule.passing is not None for rule in rules):
        disagreements.append(Disagreement(None, Difference.FINDING, ("not passed", "passed")))
    return Outcome(
        verdict=Verdict.OPEN if missing else _verdict(quorum.decides, list(findings.values())),
        missing=missing,
        findings=findings,
        results=tuple((rule.id, combined(rule, values[rule.id])) for rule in rules if values[rule.id]),
        disagreements=tuple(disagreements),
    )


def combined(rule: ResultRule, values: Sequence[str]) -> str:
    """One value for what several gave: the lower median of numbers, steps and statuses; else the most frequent.

    The lower median is a value that somebody gave, and passes wherever a majority found that it does.
    """
    if (order := _order(rule)) is not None:
        return _lower_median(values, order.index)
    if _is_number(rule):
        return _lower_median(values, Decimal)
    times = Counter(values)
    return min(times, key=lambda value: (-times[value], value))


def _lower_median(values: Sequence[str], rank: Callable[[str], Decimal | int]) -> str:
    ranked = sorted(values, key=lambda value: (rank(value), value))
    return ranked[(len(ranked) - 1) // 2]


def _verdict(decides: Decides, findings: Sequence[bool]) -> Verdict:
    passed = sum(findings)
    if decides is Decides.EVERY:
        return Verdict.PASSED if passed == len(findings) else Verdict.NOT_PASSED
    if 2 * passed == len(findings):
        return Verdict.TIED
    return Verdict.PASSED if 2 * passed > len(findings) else Verdict.NOT_PASSED


def _disagreement(rule: ResultRule, values: Sequence[str]) -> Disagreement | None:
    distinct = sorted(set(values))
    order = _order(rule)
    if order is not None:
        distinct.sort(key=order.index)
    elif _is_number(rule):
        distinct.sort(key=Decimal)
    if len({passes(rule, value) for value in distinct}) > 1:
        return Disagreement(rule.id, Difference.PASSING, tuple(distinct))
    if rule.levels and order and len(distinct) > 1 and order.index(distinct[-1]) - order.index(distinct[0]) > 1:
        return Disagreement(rule.id, Difference.STEPS, tuple(distinct))
    return None


def _order(rule: ResultRule) -> tuple[str, ...] | None:
    """The rule's values from low to high, if they have an order."""
    if rule.levels:
        return tuple(level.id for level in rule.levels)
    return STATUS_ORDER if rule.type == "Status" else None


def _is_number(rule: ResultRule) -> bool:
    if rule.levels or rule.values or rule.type == "Status":
        return False
    return rule.min is not None or rule.max is not None or rule.type in NUMERIC_RESULTS
