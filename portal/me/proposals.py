"""`/me/proposals/{id}`: a proposal for the candidate: its course as he may see it; withdrawing; appealing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from credentials.sentence import Sentence, sentence, sentence_of
from issuer.assessment.appeals import appeal, withdraw
from issuer.assessment.cases import OPEN, State
from issuer.assessment.course import course_of_proposal
from issuer.assessment.own import may_be_appealed
from issuer.assessment.views import ProposalView, show_proposal
from issuer.awards import Evidence
from issuer.errors import DecisionRefused, Refused, Unknown
from issuer.program_definition import ResultRule
from issuer.programs import load_catalogue
from portal.access import Served
from portal.forms import FieldFault, Form, form_of
from portal.me.deciding_words import who_decides
from portal.me.decision_words import decision_words
from portal.pages.site import site_of
from portal.problems import NOT_FOUND, HttpProblem
from portal.service import Service
from portal.sign_in.sent_form import sent_form
from portal.sign_in.showing import for_him_alone, language_of, show
from portal.sign_in.who import Person, SignedIn

router = APIRouter(include_in_schema=False)

_DONE: Final = frozenset({"proposed", "withdrawn", "appealed"})
_NOT_MINE: Final = sentence("There is no such proposal of yours; compare the address with the original.")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the course."""

    at: datetime
    when: str
    what: Sentence


@dataclass(frozen=True, slots=True)
class Scored:
    """One assessor's part, when it may be seen: what he found for each result, and what he remarked."""

    assessor: str
    function: str
    round: int
    results: tuple[tuple[str, str], ...]
    passed: bool | None
    remark: str


@dataclass(frozen=True, slots=True)
class ProposalPage:
    """The page. `state` and `appealed` are as in OwnProposal; `next_step` says what happens next."""

    id: UUID
    title: str
    level_path: str
    state: State
    appealed: bool
    completed_on: date
    narrative: str
    evidence: tuple[Evidence, ...]
    results: tuple[tuple[str, str], ...]
    decision: str
    remark: str
    appeal: str
    next_step: Sentence
    scored: tuple[Scored, ...]
    steps: tuple[Step, ...]
    may_withdraw: bool
    may_appeal: bool


async def _form(request: Request) -> Form:
    return form_of(await sent_form(request))


Sent = Annotated[Form, Depends(_form)]


@router.get("/me/proposals/{proposal_id}")
def own_proposal(request: Request, service: Served, person: SignedIn, proposal_id: UUID, done: str = "") -> Response:
    """The page. Raises a 404 problem for a proposal of somebody else."""
    return _page(request, service, person, proposal_id, Form(), done=done)


@router.post("/me/proposals/{proposal_id}/withdraw")
def withdraw_it(request: Request, service: Served, person: SignedIn, proposal_id: UUID) -> Response:
    """Withdraw it; of an appeal: let the decision stand."""
    _mine(service, person, proposal_id)
    try:
        withdraw(service.database, proposal_id=proposal_id, actor=person.actor, now=service.clock())
    except DecisionRefused:
        fault = FieldFault("", sentence("It is decided already, so there is nothing to withdraw."))
        return _page(request, service, person, proposal_id, Form().refused(fault), status=409)
    return _back(service, proposal_id, "withdrawn")


@router.post("/me/proposals/{proposal_id}/appeal")
def appeal_it(request: Request, service: Served, person: SignedIn, proposal_id: UUID, form: Sent) -> Response:
    """Appeal the decision, for a reason that its new assessors read."""
    _mine(service, person, proposal_id)
    if not form.value("reason"):
        form = form.refused(FieldFault("reason", sentence("Say what is wrong with the decision.")))
    if form.faults:
        return _page(request, service, person, proposal_id, form, status=422)
    try:
        appeal(
            service.database,
            proposal_id=proposal_id,
            reason=form.value("reason"),
            appellant=person.person_id,
            actor=person.actor,
            now=service.clock(),
        )
    except Refused as refused:
        form = form.refused_by(refused.faults, {"reason": "reason"})
        return _page(request, service, person, proposal_id, form, status=422)
    except DecisionRefused as refused:
        form = form.refused(FieldFault("", sentence_of(refused)))
        return _page(request, service, person, proposal_id, form, status=409)
    return _back(service, proposal_id, "appealed")


def _mine(service: Service, person: Person, proposal_id: UUID) -> ProposalView:
    try:
        view = show_proposal(service.database, proposal_id, viewer=person.person_id)
    except Unknown:
        raise HttpProblem(NOT_FOUND, _NOT_MINE) from None
    if view.proposal.person_id != person.person_id:
        raise HttpProblem(NOT_FOUND, _NOT_MINE)
    return view


def _page(
    request: Request,
    service: Service,
    person: Person,
    proposal_id: UUID,
    form: Form,
    *,
    done: str = "",
    status: int = 200,
) -> Response:
    view = _mine(service, person, proposal_id)
    return show(
        request,
        "me/proposal.html",
        visitor=person,
        here="me",
        status=status,
        page=_view(request, service, view),
        form=form,
        done=done if done in _DONE else "",
    )


def _view(request: Request, service: Service, view: ProposalView) -> ProposalPage:
    one, language, zone = view.proposal, language_of(request), service.settings.zone
    level = load_catalogue(service.database, service.issuer).find(one.program, one.level)
    rules = {rule.id: rule for rule in level.results} if level is not None else {}
    course = course_of_proposal(service.database, one.id, names_assessors=view.names_assessors)
    decision, remark = decision_words(one.decision or "")
    return ProposalPage(
        id=one.id,
        title=one.level_name,
        level_path=f"/me/levels/{one.program}/{one.level}",
        state=one.state,
        appealed=one.appealed,
        completed_on=one.completed_on,
        narrative=one.narrative or "",
        evidence=one.evidence,
        results=_named(one.results, rules),
        decision=decision,
        remark=remark,
        appeal=one.appeal or "",
        next_step=_next_step(view),
        scored=tuple(
            Scored(
                scoring.assessor if view.names_assessors else "",
                scoring.function,
                scoring.round,
                _named(scoring.scoring.results.items(), rules),
                scoring.scoring.passed,
                scoring.remark or "",
            )
            for scoring in view.scorings
        ),
        steps=tuple(Step(step.at, language.minute(step.at, zone), step.sentence) for step in reversed(course)),
        may_withdraw=one.state in OPEN,
        may_appeal=may_be_appealed(service.database, one.id),
    )


def _named(results: Iterable[tuple[str, str]], rules: Mapping[str, ResultRule]) -> tuple[tuple[str, str], ...]:
    """Results by their names, and a rubric's steps by theirs, as the newest version of the level calls them."""
    steps = {(rule.id, step.id): step.name for rule in rules.values() for step in rule.levels}
    return tuple(
        (rules[name].name if name in rules else name, steps.get((name, value), value)) for name, value in results
    )


def _next_step(view: ProposalView) -> Sentence:
    state = view.proposal.state
    if state in OPEN:
        return who_decides(view.quorum, appealed=view.proposal.appealed)
    if state is State.APPROVED:
        return sentence("The credential is being issued; that takes a few minutes at most.")
    return Sentence("")


def _back(service: Service, proposal_id: UUID, done: str) -> Response:
    path = site_of(service).at(f"/me/proposals/{proposal_id}?done={done}")
    return for_him_alone(RedirectResponse(path, status_code=303))
