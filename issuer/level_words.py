"""What a level asks for and how long it lasts, in sentences for people who are deciding to earn it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from issuer.assessment.rules import Decides, EvidenceKind, EvidenceRule, PrerequisiteRule, Quorum
from issuer.program_definition import ResultRule
from issuer.programs import Achievement
from issuer.recertification.facts import LevelKey
from issuer.recertification.rules import Basis, Effect, Late, Recertification, Work
from issuer.recertification.wording import either_of, name_words

Names = Mapping[LevelKey, str]
"""What levels are called."""

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_FORMS = {EvidenceKind.LINK: "as a link", EvidenceKind.FILE: "as a file", EvidenceKind.ANY: "as a link or a file"}
_LATE = {
    Late.FROM_COMPLETION: "a renewal then counts from the day of its completion",
    Late.FROM_EXPIRY: "a renewal then still counts from the old expiry",
}


def asks(level: Achievement, names: Names) -> tuple[str, ...]:
    """What must be there before the level is awarded: levels held, results, evidence, who assesses."""
    return (
        *(_prerequisite(rule, names) for rule in level.prerequisites),
        *(_result(rule) for rule in level.results if rule.required or rule.passing is not None),
        *(_evidence(rule) for rule in level.evidence),
        *_quorum(level.quorum),
    )


def lasts(level: Achievement) -> tuple[str, ...]:
    """How long the level is valid, and how and when it is renewed."""
    rules = level.recertification
    if level.validity is None:
        return ("Valid without an end.",)
    fixed = f", always through a {rules.fixed}" if rules is not None and rules.fixed is not None else ""
    valid = f"Valid for {level.validity}{fixed}."
    if rules is None:
        return (valid, "Who wants to hold it longer earns it again.")
    return (valid, *_renewing(level, rules))


def takes_words(level: Achievement) -> str:
    """What renewing takes, as a sentence; empty without rules."""
    return _takes(level, level.recertification) if level.recertification is not None else ""


def _renewing(level: Achievement, rules: Recertification) -> Iterator[str]:
    due = f", at the latest {rules.due} before it ends" if rules.due else ""
    yield f"Renew within the last {rules.window}{due}."
    yield _takes(level, rules)
    if rules.counts_from is Basis.EXPIRY:
        yield "Renewed in time, the new term begins where the old one ends."
    elif rules.counts_from is Basis.COMPLETION:
        yield "The new term counts from the day of the renewal."
    if rules.grace:
        if rules.late is Late.START_OVER:
            yield (
                f"After it has ended it is earned anew, as for the first time; for {rules.grace} more, nothing that "
                "builds on it is touched."
            )
        else:
            yield f"After it has ended there are {rules.grace} of grace; {_LATE[rules.late]}."
    if rules.dependents.effect is Effect.SUSPEND:
        yield "When it lapses, what was built on it is suspended until it is held again."
    elif rules.dependents.effect is Effect.REQUIRE_AGAIN:
        yield f"When it lapses, what was built on it must be earned again within {rules.dependents.within}."


def _takes(level: Achievement, rules: Recertification) -> str:
    takes = rules.takes
    if takes.kind is Work.CREDITS and takes.credits is not None:
        return f"Renewing takes {_hours(takes.credits)} of continuing education within {takes.over}."
    if takes.kind is Work.DECLARATION:
        return f"Renewing takes a declaration: “{takes.declaration}”"
    if takes.kind is Work.STEPS:
        called = {**{rule.id: rule.name for rule in level.evidence}, **{rule.id: rule.name for rule in level.results}}
        return f"Renewing takes only {name_words([called.get(step, step) for step in takes.steps])}."
    return "Renewing takes the whole assessment again."


def _prerequisite(rule: PrerequisiteRule, names: Names) -> str:
    called = [names.get(key, str(key)) for one in rule.of if (key := LevelKey(one.program or "", one.level))]
    if rule.needed == len(called):
        return f"Hold {name_words(called)}."
    if rule.needed == 1:
        return f"Hold {either_of(called)}."
    return f"Hold at least {_count(rule.needed)} of {name_words(called)}."


def _result(rule: ResultRule) -> str:
    if rule.passing is None:
        return f"{rule.name}."
    if rule.levels:
        called = {step.id: step.name for step in rule.levels}
        return f"{rule.name}: at least “{called.get(rule.passing, rule.passing)}”."
    if rule.values or rule.type == "Status":
        return f"{rule.name}: “{rule.passing}”."
    if rule.type == "Percent":
        return f"{rule.name}: at least {rule.passing} percent."
    return f"{rule.name}: at least {rule.passing}{f' of {rule.max}' if rule.max else ''}."


def _evidence(rule: EvidenceRule) -> str:
    wish = "Hand in" if rule.required else "If there is one, hand in"
    return f"{wish} “{rule.name}”, {_FORMS[rule.kind]}."


def _quorum(quorum: Quorum | None) -> Iterator[str]:
    if quorum is None:
        return
    if quorum.assessors == 1:
        yield "Assessed by a colleague, who is never the candidate" + (
            " or the candidate’s manager." if quorum.not_the_manager else "."
        )
        return
    functions = f" of {_count(quorum.functions)} functions" if quorum.functions > 1 else ""
    every = "every one" if quorum.decides is Decides.EVERY else "a majority"
    manager = " None of them is the candidate’s manager." if quorum.not_the_manager else ""
    yield (
        f"Assessed by {_count(quorum.assessors)} colleagues{functions}, each of whom scores alone; "
        f"{every} of them must find it passed.{manager}"
    )


def _count(number: int) -> str:
    return _NUMBERS[number] if number < len(_NUMBERS) else str(number)


def _hours(hours: Decimal) -> str:
    shown = f"{hours.normalize():f}"
    return f"{shown} hour" if hours == 1 else f"{shown} hours"
