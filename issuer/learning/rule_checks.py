"""What is wrong with a program's learning rules although each of their fields is right. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from credentials.sentence import sentence
from issuer.errors import Fault
from issuer.learning.rules import LearningRule, Member
from issuer.program_definition import NUMERIC_RESULTS, LevelDefinition, ProgramDefinition, ResultRule

Finding = tuple[tuple[str | int, ...], str, str]


def learning_faults(definition: ProgramDefinition) -> list[Fault]:
    """Every fault, at its line: levels and results that are not there, scores that fit no result, rules never asked."""
    levels = {level.level: level for level in definition.levels}
    return [
        Fault(definition.place("learning", index, *path), what, right)
        for index, rule in enumerate(definition.learning)
        for path, what, right in _findings(rule, definition.learning[:index], levels)
    ]


def _findings(
    rule: LearningRule, before: tuple[LearningRule, ...], levels: Mapping[str, LevelDefinition]
) -> Iterator[Finding]:
    if any(_covers(earlier, rule) for earlier in before):
        yield (
            (),
            sentence("a rule before this one takes all that this one could"),
            sentence("leave one of them out, or put it first"),
        )
    level = levels.get(rule.level)
    if level is None:
        yield (
            ("level",),
            sentence("this program has no level {level!r}", level=rule.level),
            sentence("it has: {known}", known=", ".join(levels)),
        )
        return
    results = {result.id: result for result in level.results}
    for name, member in rule.results.items():
        if name not in results:
            known = sentence("it has: {known}", known=", ".join(results)) if results else sentence("it has none")
            yield (
                ("results", name),
                sentence("the level {level} has no result {name!r}", level=level.level, name=name),
                known,
            )
        elif (why := _unfit(results[name], member)) is not None:
            yield ("results", name), *why
    direct = not rule.propose and level.assessment is None
    missing = [one.id for one in level.results if one.required and one.id not in rule.results]
    if direct and rule.activity is not None and missing:
        names = ", ".join(missing)
        right = sentence("add results: {rule}, or propose: true", rule=f"{{{missing[0]}: score.scaled}}")
        yield (
            ("results",) if rule.results else (),
            sentence("the level {level} demands {names}, which no score gives", level=level.level, names=names),
            right,
        )


def _unfit(result: ResultRule, member: Member) -> tuple[str, str] | None:
    if result.levels or result.values or result.type not in {*NUMERIC_RESULTS, "Result"}:
        return sentence("{name} is no number, and a score is", name=result.id), sentence(
            "leave it to assessors: propose: true"
        )
    if result.type == "Percent" and member in {Member.MIN, Member.MAX}:
        return sentence(
            "{member} is a bound of the score, and {name} a Percent", member=member, name=result.id
        ), sentence("take score.scaled")
    return None


def _covers(earlier: LearningRule, later: LearningRule) -> bool:
    """Whether nothing would be left for the later one: the same reports, and no higher minimum."""
    same = (earlier.system, earlier.activity) == (later.system, later.activity)
    if later.activity is None:
        same = same and earlier.level == later.level
    lower = all(name in later.minimum and value <= later.minimum[name] for name, value in earlier.minimum.items())
    return same and set(later.verbs) <= set(earlier.verbs) and lower
