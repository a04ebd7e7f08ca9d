"""What a level asks for and how long it lasts, in sentences for people who are deciding to earn it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from credentials.sentence import Sentence, sentence, together
from issuer.assessment.rules import By, Decides, EvidenceKind, EvidenceRule, PrerequisiteRule, Quorum
from issuer.program_definition import ResultRule
from issuer.programs import Achievement
from issuer.recertification.facts import LevelKey
from issuer.recertification.rules import Basis, Effect, Late, Recertification, Work
from issuer.recertification.wording import either_of, name_words

Names = Mapping[LevelKey, str]
"""What levels are called."""

_NUMBERS = (
    sentence("no"), sentence("one"), sentence("two"), sentence("three"), sentence("four"), sentence("five"),
    sentence("six"), sentence("seven"), sentence("eight"), sentence("nine"), sentence("ten"),
)  # fmt: skip


def asks(level: Achievement, names: Names) -> tuple[Sentence, ...]:
    """What must be there before the level is awarded: levels held, results, evidence, who assesses."""
    return (
        *(_prerequisite(rule, names) for rule in level.prerequisites),
        *(_result(rule) for rule in level.results if rule.required or rule.passing is not None),
        *(_evidence(rule) for rule in level.evidence),
        *_quorum(level.quorum),
    )


def lasts(level: Achievement) -> tuple[Sentence, ...]:
    """How long the level is valid, and how and when it is renewed."""
    rules = level.recertification
    if level.validity is None:
        return (sentence("Valid without an end."),)
    length = level.validity.words
    valid = sentence("Valid for {length}.", length=length)
    if rules is not None and rules.fixed is not None:
        valid = sentence("Valid for {length}, always through a {day}.", length=length, day=rules.fixed.words)
    if rules is None:
        return (valid, sentence("Who wants to hold it longer earns it again."))
    return (valid, *_renewing(level, rules))


def takes_words(level: Achievement) -> Sentence:
    """What renewing takes; empty without rules."""
    return _takes(level, level.recertification) if level.recertification is not None else Sentence("")


def _renewing(level: Achievement, rules: Recertification) -> Iterator[Sentence]:
    window = rules.window.words
    if rules.due:
        yield sentence(
            "Renew within the last {window}, at the latest {due} before it ends.", window=window, due=rules.due.words
        )
    else:
        yield sentence("Renew within the last {window}.", window=window)
    yield _takes(level, rules)
    if rules.counts_from is Basis.EXPIRY:
        yield sentence("Renewed in time, the new term begins where the old one ends.")
    elif rules.counts_from is Basis.COMPLETION:
        yield sentence("The new term counts from the day of the renewal.")
    if rules.grace:
        yield _late(rules.late, rules.grace.words)
    if rules.dependents.effect is Effect.SUSPEND:
        yield sentence("When it lapses, what was built on it is suspended until it is held again.")
    elif rules.dependents.effect is Effect.REQUIRE_AGAIN and rules.dependents.within is not None:
        within = rules.dependents.within.words
        yield sentence("When it lapses, what was built on it must be earned again within {within}.", within=within)


def _late(late: Late, grace: Sentence) -> Sentence:
    if late is Late.START_OVER:
        return sentence(
            "After it has ended it is earned anew, as for the first time; for {grace} more, nothing that builds on it "
            "is touched.",
            grace=grace,
        )
    if late is Late.FROM_EXPIRY:
        return sentence(
            "After it has ended there are {grace} of grace; a renewal then still counts from the old expiry.",
            grace=grace,
        )
    return sentence(
        "After it has ended there are {grace} of grace; a renewal then counts from the day of its completion.",
        grace=grace,
    )


def _takes(level: Achievement, rules: Recertification) -> Sentence:
    takes = rules.takes
    if takes.kind is Work.CREDITS and takes.credits is not None and takes.over is not None:
        hours, over = _hours(takes.credits), takes.over.words
        return sentence("Renewing takes {hours} of continuing education within {over}.", hours=hours, over=over)
    if takes.kind is Work.DECLARATION:
        return sentence("Renewing takes a declaration: “{declaration}”", declaration=takes.declaration or "")
    if takes.kind is Work.STEPS:
        called = {**{rule.id: rule.name for rule in level.evidence}, **{rule.id: rule.name for rule in level.results}}
        return sentence(
            "Renewing takes only {steps}.", steps=name_words([called.get(step, step) for step in takes.steps])
        )
    return sentence("Renewing takes the whole assessment again.")


def _prerequisite(rule: PrerequisiteRule, names: Names) -> Sentence:
    called = [names.get(key, str(key)) for one in rule.of if (key := LevelKey(one.program or "", one.level))]
    if rule.needed == len(called):
        return sentence("Hold {levels}.", levels=name_words(called))
    if rule.needed == 1:
        return sentence("Hold {levels}.", levels=either_of(called))
    return sentence("Hold at least {number} of {levels}.", number=_count(rule.needed), levels=name_words(called))


def _result(rule: ResultRule) -> Sentence:
    name, passing = rule.name, rule.passing
    if passing is None:
        return sentence("{name}.", name=name)
    if rule.levels:
        called = {step.id: step.name for step in rule.levels}
        return sentence("{name}: at least “{passing}”.", name=name, passing=called.get(passing, passing))
    if rule.values or rule.type == "Status":
        return sentence("{name}: “{passing}”.", name=name, passing=passing)
    if rule.type == "Percent":
        return sentence("{name}: at least {passing} percent.", name=name, passing=passing)
    if rule.max:
        return sentence("{name}: at least {passing} of {most}.", name=name, passing=passing, most=str(rule.max))
    return sentence("{name}: at least {passing}.", name=name, passing=passing)


def _evidence(rule: EvidenceRule) -> Sentence:
    named = {"name": rule.name, "form": _form(rule.kind)}
    if rule.required:
        return sentence("Hand in “{name}”, {form}.", **named)
    return sentence("If there is one, hand in “{name}”, {form}.", **named)


def _form(kind: EvidenceKind) -> Sentence:
    match kind:
        case EvidenceKind.LINK:
            return sentence("as a link")
        case EvidenceKind.FILE:
            return sentence("as a file")
        case EvidenceKind.ANY:
            return sentence("as a link or a file")


def _quorum(quorum: Quorum | None) -> Iterator[Sentence]:
    if quorum is None:
        return
    if quorum.by is By.MANAGER:
        yield sentence("Approved by the candidate’s manager.")
        return
    if quorum.assessors == 1:
        if quorum.not_the_manager:
            yield sentence("Assessed by a colleague, who is never the candidate or the candidate’s manager.")
        else:
            yield sentence("Assessed by a colleague, who is never the candidate.")
        return
    number = _count(quorum.assessors)
    panel = sentence("Assessed by {number} colleagues, each of whom scores alone;", number=number)
    if quorum.functions > 1:
        panel = sentence(
            "Assessed by {number} colleagues of {functions} functions, each of whom scores alone;",
            number=number,
            functions=_count(quorum.functions),
        )
    decides = sentence("a majority of them must find it passed.")
    if quorum.decides is Decides.EVERY:
        decides = sentence("every one of them must find it passed.")
    manager = sentence("None of them is the candidate’s manager.") if quorum.not_the_manager else ""
    yield together(panel, decides, manager)


def _count(number: int) -> Sentence:
    return _NUMBERS[number] if number < len(_NUMBERS) else sentence("{number}", number=number)


def _hours(hours: Decimal) -> Sentence:
    shown = f"{hours.normalize():f}"
    return sentence("{hours} hour", hours=shown) if hours == 1 else sentence("{hours} hours", hours=shown)
