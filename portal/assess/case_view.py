"""One proposal as its page shows it: what was handed in, what is asked, and what was scored as far as he may see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from markupsafe import Markup

from credentials.sentence import Sentence, sentence, together
from issuer.assessment.at_hand import AtHand
from issuer.assessment.cases import State
from issuer.assessment.deciding import QUORUM
from issuer.assessment.quorum import Difference, Disagreement, Verdict, finds_passed
from issuer.assessment.rules import By
from issuer.assessment.views import ScoringView
from issuer.awards import Evidence
from issuer.program_definition import ResultRule
from portal.language.language import Language
from portal.me.decision_words import decision_words
from portal.pages.prose import render_markdown, web_link
from portal.pages.reading import mapping, prose

STATES: Final = {
    State.PROPOSED: (sentence("Waits for assessment"), "pill-waiting"),
    State.IN_ASSESSMENT: (sentence("In assessment"), "pill-waiting"),
    State.APPEALED: (sentence("Appealed"), "pill-soon"),
    State.APPROVED: (sentence("Approved"), "pill-good"),
    State.ISSUED: (sentence("Issued"), "pill-good"),
    State.DECLINED: (sentence("Declined"), "pill-overdue"),
    State.WITHDRAWN: (sentence("Withdrawn"), "pill-ended"),
}


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """A piece of evidence: `link` is "" where none may be followed; `sha256` is a file's that is kept elsewhere."""

    name: str
    asked_as: str
    texts: tuple[str, ...]
    link: str
    plain: str
    sha256: str


@dataclass(frozen=True, slots=True)
class ScoresView:
    """One assessor's scoring; `scores` are pairs of what was scored and how."""

    assessor: str
    function: str
    at: str
    round: int
    passed: bool
    scores: tuple[tuple[str, str], ...]
    remark: str


@dataclass(frozen=True, slots=True)
class CasePage:
    """What the page shows. `missing` is what the quorum needs still; `scored`, how many scored in this round.

    `by_manager`: the candidate’s manager decides it alone.
    """

    id: str
    person: str
    level: str
    program: str
    version: str
    what: Sentence
    state: Sentence
    pill: str
    completed_on: str
    proposed: str
    narrative: Markup | str
    appeal: str
    evidence: tuple[EvidenceView, ...]
    absent: tuple[str, ...]
    given: tuple[tuple[str, str], ...]
    criteria: Markup | str
    open: bool
    hidden: bool
    scored: int
    missing: str
    why_not: Sentence | None
    scorings: tuple[ScoresView, ...]
    differences: tuple[Sentence, ...]
    decision: str
    by_manager: bool


def case_page(case: AtHand, language: Language, zone: tzinfo) -> CasePage:
    """The page of a proposal at hand."""
    view, one = case.view, case.view.proposal
    state, pill = STATES[one.state]
    by_manager = case.demands.quorum is not None and case.demands.quorum.by is By.MANAGER
    if case.open and by_manager:
        state = sentence("Waits for a decision")
    rules = {rule.id: rule for rule in case.level.results}
    named = {rule.id: rule.name for rule in case.level.evidence}
    there = {item.rule for item in one.evidence}
    what = sentence("A renewal") if one.renews_id is not None else sentence("A first award")
    return CasePage(
        id=str(one.id),
        person=one.person_name,
        level=one.level_name,
        program=case.level.program_name,
        version=one.version,
        what=sentence("An appeal") if one.appealed else what,
        state=state,
        pill=pill,
        completed_on=language.day(one.completed_on),
        proposed=language.day(one.proposed_at.astimezone(zone).date()),
        narrative=render_markdown(one.narrative, heading=4) if one.narrative else "",
        appeal=one.appeal or "",
        evidence=tuple(_evidence(item, named) for item in one.evidence),
        absent=tuple(rule.name for rule in case.demands.evidence if rule.required and rule.id not in there),
        given=tuple((rules[name].name, _value(rules[name], value)) for name, value in one.results if name in rules),
        criteria=render_markdown(prose(mapping(case.level.content, "criteria"), "narrative"), heading=4),
        open=case.open,
        hidden=view.hidden,
        scored=view.scored,
        missing=view.missing,
        why_not=case.why_not if case.open and not case.scored else None,
        scorings=tuple(_scoring(found, case, rules, language, zone) for found in view.scorings),
        differences=tuple(_difference(found, rules) for found in (view.outcome.disagreements if view.outcome else ())),
        decision=_decision(case),
        by_manager=by_manager,
    )


def _decision(case: AtHand) -> str:
    """The decision, in words that can be said in any language if the assessors made it; else as it was recorded."""
    one, outcome, quorum = case.view.proposal, case.view.outcome, case.demands.quorum
    if one.decided_at is None:
        return ""
    verdict = Verdict.NOT_PASSED if one.state is State.DECLINED else Verdict.PASSED
    if case.open or one.decided_by != QUORUM or outcome is None or outcome.verdict is not verdict or quorum is None:
        return together(*decision_words(one.decision or ""), between="\n")
    if quorum.by is By.MANAGER:
        return ""  # his scoring is the decision, and stands there
    found = len(outcome.findings), sum(outcome.findings.values())
    return sentence("{passed} of {all} assessors found that the candidate passed.", all=found[0], passed=found[1])


def _evidence(item: Evidence, named: Mapping[str, str]) -> EvidenceView:
    asked_as = named.get(item.rule or "", "")
    link = web_link(item.url)
    return EvidenceView(
        name=item.name or asked_as or item.url or "",
        asked_as=asked_as if item.name and asked_as != item.name else "",
        texts=tuple(text for text in (item.description, item.narrative) if text),
        link=link,
        plain=item.url or "" if not link else "",
        sha256=item.sha256 or "",
    )


def _scoring(
    found: ScoringView, case: AtHand, rules: Mapping[str, ResultRule], language: Language, zone: tzinfo
) -> ScoresView:
    scores = found.scoring.results
    return ScoresView(
        assessor=found.assessor,
        function=found.function,
        at=language.minute(found.at, zone),
        round=found.round,
        passed=finds_passed(case.demands.results, found.scoring),
        scores=tuple((rule.name, _value(rule, scores[name])) for name, rule in rules.items() if name in scores),
        remark=found.remark or "",
    )


def _value(rule: ResultRule, value: str) -> str:
    """A step by its name, and not by its id."""
    return next((one.name for one in rule.levels if one.id == value), value)


def _difference(found: Disagreement, rules: Mapping[str, ResultRule]) -> Sentence:
    if found.result is None or found.result not in rules:
        return sentence("The assessors differ on whether the candidate passed.")
    rule = rules[found.result]
    said = {"name": rule.name, "values": ", ".join(_value(rule, value) for value in found.values)}
    if found.difference is Difference.STEPS:
        return sentence("The assessors differ on “{name}” by more than one step: {values}.", **said)
    return sentence("The assessors differ on whether “{name}” is enough: {values}.", **said)
