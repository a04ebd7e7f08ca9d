"""What an assessor fills in: a field for each result, from what was typed to scores, and back to the field at fault."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from credentials.sentence import Sentence, sentence, together
from issuer.assessment.assess import Scores
from issuer.assessment.at_hand import AtHand
from issuer.assessment.quorum import STATUS_ORDER, to_score
from issuer.assessment.rules import By
from issuer.errors import Refused
from issuer.program_definition import NUMERIC_RESULTS, ResultRule
from portal.forms import FieldFault, Form

PREFIX: Final = "result-"
PASSED: Final = (("yes", True), ("no", False))


@dataclass(frozen=True, slots=True)
class Step:
    """A value that can be chosen. `enough` says that it passes at the least."""

    value: str
    name: str
    description: str
    points: str
    enough: bool


@dataclass(frozen=True, slots=True)
class Criterion:
    """A result to score: with `steps` to choose from, or a number or text to write, with what is asked of it."""

    field: str
    name: str
    steps: tuple[Step, ...]
    numeric: bool
    hint: Sentence
    required: bool


@dataclass(frozen=True, slots=True)
class Rubric:
    """The whole form. `finding`: he says himself whether the candidate passed. `function`: he says in which function he
    assesses. `manager`: he approves or declines as the candidate's manager.
    """

    criteria: tuple[Criterion, ...]
    finding: bool
    function: bool
    manager: bool


def rubric_of(case: AtHand) -> Rubric:
    """What the level asks of each of its assessors."""
    rules, quorum = case.demands.results, case.demands.quorum
    manager = quorum is not None and quorum.by is By.MANAGER
    must = {rule.id for rule in to_score(rules)}
    return Rubric(
        criteria=tuple(_criterion(rule, required=rule.id in must) for rule in rules),
        finding=not any(rule.passing is not None for rule in rules),
        function=not case.function and not manager,
        manager=manager,
    )


def scores_of(form: Form, rubric: Rubric) -> Scores:
    """What was filled in; what was left empty is not scored. A number may be written with a comma, as in German."""
    values = {
        one.field.removeprefix(PREFIX): _number(form.value(one.field)) if one.numeric else form.value(one.field)
        for one in rubric.criteria
    }
    return Scores(
        results={name: value for name, value in values.items() if value},
        passed=dict(PASSED).get(form.value("passed")) if rubric.finding else None,
        function=form.value("function") or None if rubric.function else None,
        remark=form.value("remark") or None,
    )


def _number(typed: str) -> str:
    return typed.replace(",", ".") if typed.count(",") == 1 and "." not in typed else typed


def refused(form: Form, refusal: Refused, rubric: Rubric) -> Form:
    """The form with what the issuer found wrong with it, each fault at its field."""
    fields = {f"result:{one.field.removeprefix(PREFIX)}": one for one in rubric.criteria}
    own = {
        "passed": sentence("Choose one of these."),
        "remark": sentence("Declining needs a reason. The candidate reads it."),
        "function": sentence("The level wants people of several functions: say in which one you assess."),
    }
    for fault in refusal.faults:
        criterion = fields.get(fault.where)
        if criterion is not None:
            form = form.refused(FieldFault(criterion.field, _wrong(criterion, form.value(criterion.field))))
        elif fault.where in own and not form.value(fault.where):
            form = form.refused(FieldFault(fault.where, own[fault.where]))
        else:
            form = form.refused_by([fault], {name: name for name in own})
    return form


def _wrong(criterion: Criterion, typed: str) -> Sentence:
    if criterion.steps:
        return sentence("Choose one of these.")
    if criterion.numeric:
        return together(sentence("Write a number here."), criterion.hint)
    return sentence("Write the result here.") if not typed else sentence("This cannot be read as a result.")


def _criterion(rule: ResultRule, *, required: bool) -> Criterion:
    return Criterion(
        field=PREFIX + rule.id,
        name=rule.name,
        steps=_steps(rule),
        numeric=not rule.levels and not rule.values and (rule.min is not None or rule.type in NUMERIC_RESULTS),
        hint=_hint(rule),
        required=required,
    )


def _steps(rule: ResultRule) -> tuple[Step, ...]:
    if rule.levels:
        return tuple(
            Step(one.id, one.name, one.description or "", str(one.points or ""), one.id == rule.passing)
            for one in rule.levels
        )
    values = rule.values or (STATUS_ORDER if rule.type == "Status" else ())
    return tuple(Step(value, value, "", "", value == rule.passing) for value in values)


def _hint(rule: ResultRule) -> Sentence:
    low, high = rule.min, rule.max
    span = Sentence("")
    if low is not None and high is not None:
        span = sentence("From {low} to {high}.", low=str(low), high=str(high))
    elif rule.type == "Percent":
        span = sentence("From {low} to {high}.", low="0", high="100")
    if rule.passing is None or rule.levels or rule.values:
        return span
    return together(span, sentence("{value} is enough to pass.", value=str(rule.passing)))
