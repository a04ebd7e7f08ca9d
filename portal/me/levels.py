"""`/me/levels/{program}/{level}`: what a level asks, what is missing, and asking to be assessed or to renew."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from credentials.sentence import Sentence, sentence, sentence_of
from issuer.assessment.own import OwnProposal, Road, proposals_of, road_of
from issuer.assessment.proposals import propose
from issuer.assessment.rules import EvidenceRule
from issuer.assessment.wishes import Wish
from issuer.errors import IdempotencyConflict, Refused, TransitionRefused
from issuer.level_words import asks, lasts
from issuer.people.duties import standing_of_person
from issuer.people.forecast import forecasts
from issuer.program_definition import ResultRule
from issuer.recertification.facts import LevelKey
from issuer.recertification.rules import Work
from issuer.succession.renew import renew
from issuer.succession.renewal_work import RenewalWish
from issuer.validity import today
from portal.access import Served
from portal.forms import FieldFault, Form, filled, form_of
from portal.me.deciding_words import who_decides
from portal.me.evidence import MORE, files_of, handed_in
from portal.me.overview import Pill, missing_words, pill_of
from portal.pages.picture import picture
from portal.pages.site import site_of
from portal.problems import NOT_FOUND, UNAVAILABLE, HttpProblem
from portal.service import Service
from portal.sign_in.sent_form import sent_form
from portal.sign_in.showing import for_him_alone, show
from portal.sign_in.who import Person, SignedIn

router = APIRouter(include_in_schema=False)

_FIELDS: Final = {"completed_on": "completed_on", "narrative": "narrative", "evidence_name": "more-1-name"}
_NO_LEVEL: Final = sentence("There is no such level in use; compare the address with the original.")


@dataclass(frozen=True, slots=True)
class LevelPage:
    """The page. `way` is what can be done: propose, declare, hours, or nothing; `why_not` says why it is nothing."""

    title: str
    program: str
    image: str
    pill: Pill | None
    asks: tuple[Sentence, ...]
    lasts: tuple[Sentence, ...]
    declaration: str
    missing: Sentence
    why_not: Sentence
    forecast: Sentence
    hours: Sentence
    running: OwnProposal | None
    past: tuple[OwnProposal, ...]
    renews: bool
    way: str
    who_decides: Sentence
    results: tuple[ResultRule, ...]
    steps: Mapping[str, list[tuple[str, str]]]
    evidence: tuple[EvidenceRule, ...]
    more: tuple[int, ...]
    today: date
    path: str
    program_path: str


async def _data(request: Request) -> AsyncIterator[FormData]:
    """The form; its files are closed when the answer is made."""
    form = await sent_form(request)
    try:
        yield form
    finally:
        await form.close()


Data = Annotated[FormData, Depends(_data)]


@router.get("/me/levels/{program}/{level}")
def level_page(request: Request, service: Served, person: SignedIn, program: str, level: str) -> Response:
    """What it asks and what is missing, with the form to ask for it. Raises a 404 problem for no level in use."""
    key = LevelKey(program, level)
    road = _road(service, person, key)
    form = filled(completed_on=today(service.clock(), road.level.zone).isoformat(), once=secrets.token_hex(8))
    return _page(request, service, person, key, road, form, {})


@router.post("/me/levels/{program}/{level}")
def ask(request: Request, service: Served, person: SignedIn, program: str, level: str, data: Data) -> Response:
    """Propose himself; leads to the proposal. A form that is refused comes back with everything that was typed."""
    key = LevelKey(program, level)
    road = _road(service, person, key)
    form = form_of(data)
    handed = handed_in(form, files_of(data, road.demands.evidence), road.demands.evidence)
    form = form.refused(*handed.faults)
    completed_on = _day(form.value("completed_on"))
    if completed_on is None:
        form = form.refused(FieldFault("completed_on", sentence("This is no day. Write it like 2026-03-31.")))
    elif completed_on > today(service.clock(), road.level.zone):
        form = form.refused(FieldFault("completed_on", sentence("This day is still to come.")))
    if form.faults or completed_on is None:
        return _page(request, service, person, key, road, form, handed.files, status=422)
    results = tuple((rule.id, value) for rule in _results(road) if (value := form.value(f"result-{rule.id}")))
    wish = Wish(
        person.person_id,
        program,
        level,
        completed_on,
        narrative=form.value("narrative") or None,
        evidence=handed.evidence,
        results=results,
        renews_id=road.renews,
        idempotency_key=_key(person, form, handed.files),
    )
    try:
        made = propose(
            service.database,
            wish,
            issuer=service.issuer,
            source="assessor",
            actor=person.actor,
            now=service.clock(),
            randomness=secrets.token_bytes,
        )
    except Refused as refused:
        fields = {**_FIELDS, **{f"result:{rule.id}": f"result-{rule.id}" for rule in _results(road)}}
        form = form.refused_by(refused.faults, fields)
        return _page(request, service, person, key, road, form, handed.files, status=422)
    except IdempotencyConflict as conflict:
        form = form.refused(FieldFault("", str(conflict)))
        return _page(request, service, person, key, road, form, handed.files, status=409)
    return _to(service, f"/me/proposals/{made.proposal.id}?done=proposed")


@router.post("/me/levels/{program}/{level}/renew")
def renew_it(request: Request, service: Served, person: SignedIn, program: str, level: str, data: Data) -> Response:
    """Renew by a declaration, or by the hours that are done; leads to the new credential."""
    key = LevelKey(program, level)
    road, form = _road(service, person, key), form_of(data)
    if road.renews is None or road.work not in {Work.DECLARATION, Work.CREDITS}:
        form = form.refused(FieldFault("", sentence("It cannot be renewed in this way now.")))
    elif road.work is Work.DECLARATION and not form.ticked("declared"):
        form = form.refused(FieldFault("declared", sentence("Renewing takes this declaration: tick it if it is true.")))
    if form.faults or road.renews is None:
        return _page(request, service, person, key, road, form, {}, status=422)
    if service.keyring is None:
        raise HttpProblem(
            UNAVAILABLE, sentence("Nothing can be signed at the moment. Nothing was changed; try again later.")
        )
    wish = RenewalWish(road.renews, today(service.clock(), road.level.zone), declared=road.work is Work.DECLARATION)
    try:
        outcome = renew(
            service.database,
            service.keyring,
            wish=wish,
            actor=person.actor,
            now=service.clock(),
            randomness=secrets.token_bytes,
        )
    except TransitionRefused as refused:
        form = form.refused(FieldFault("", sentence_of(refused)))
        return _page(request, service, person, key, road, form, {}, status=409)
    return _to(service, f"/me/credentials/{outcome.successor_id}?done=renewed")


def _road(service: Service, person: Person, key: LevelKey) -> Road:
    road = road_of(service.database, service.issuer, person.person_id, key, service.clock())
    if road is None:
        raise HttpProblem(NOT_FOUND, _NO_LEVEL)
    return road


def _page(
    request: Request,
    service: Service,
    person: Person,
    key: LevelKey,
    road: Road,
    form: Form,
    files: Mapping[str, str],
    *,
    status: int = 200,
) -> Response:
    view = _view(service, person, key, road)
    kept = {name.removeprefix("kept-"): value for name, value in files.items()}
    return show(
        request,
        "me/level.html",
        visitor=person,
        here="me",
        status=status,
        script=True,
        page=view,
        form=form,
        kept=kept,
    )


def _view(service: Service, person: Person, key: LevelKey, road: Road) -> LevelPage:
    now, site, level = service.clock(), site_of(service), road.level
    standing = standing_of_person(service.database, service.issuer, person.person_id, now)
    mine = [
        one
        for one in proposals_of(service.database, service.issuer, person.person_id)
        if (one.program, one.level) == key
    ]
    running = next((one for one in mine if one.running), None)
    course = next((one for one in standing.courses if one.level == key and one.holding is not None), None)
    duty = next((one for one in standing.duties if one.level == key), None)
    further = next((one for one in standing.next_levels if one.level == key), None)
    missing = missing_words(further.missing, standing.names) if further is not None else Sentence("")
    forecast = (
        forecasts(service.database, service.issuer, [key], apart_from=person.person_id).get(key)
        if further is not None
        else None
    )
    progress = duty.progress if duty is not None else None
    hours = Sentence("")
    if progress is not None:
        hours = sentence(
            "{done} of {needed} hours are done since {day}.",
            done=f"{progress.done / 100:g}",
            needed=f"{progress.needed / 100:g}",
            day=progress.since,
        )
    rules = level.recertification
    return LevelPage(
        title=level.name,
        program=level.program_name,
        image=picture(service, site, level.content),
        pill=pill_of(course) if course is not None else None,
        asks=asks(level, standing.names),
        lasts=lasts(level),
        declaration=rules.takes.declaration or "" if rules is not None else "",
        missing=missing,
        why_not=road.not_now.sentence if road.not_now is not None else Sentence(""),
        forecast=forecast.words if forecast is not None else Sentence(""),
        hours=hours,
        running=running,
        past=tuple(one for one in mine if not one.running)[:5],
        renews=road.renews is not None,
        way=_way(road, running, missing, enough=progress is not None and progress.complete),
        who_decides=who_decides(road.demands.quorum),
        results=_results(road),
        steps={rule.id: [("", "–"), *((one.id, one.name) for one in rule.levels)] for rule in _results(road)},
        evidence=road.demands.evidence,
        more=tuple(range(1, MORE + 1)),
        today=today(now, level.zone),
        path=f"/me/levels/{key.program}/{key.level}",
        program_path=f"/programs/{key.program}",
    )


def _way(road: Road, running: OwnProposal | None, missing: str, *, enough: bool) -> str:
    if running is not None or missing or road.not_now is not None:
        return ""
    if road.renews is not None and road.work is Work.DECLARATION:
        return "declare"
    if road.renews is not None and road.work is Work.CREDITS:
        return "hours" if enough else ""
    return "propose"


def _results(road: Road) -> tuple[ResultRule, ...]:
    """The results that somebody must hand in himself: where nobody scores, and an officer decides by them."""
    return road.demands.results if road.demands.quorum is None else ()


def _key(person: Person, form: Form, files: Mapping[str, str]) -> str:
    """The same form sent twice is one proposal; the same again later is another."""
    sent = sorted((name, values) for name, values in form.values.items() if name != "csrf_token")
    digest = sha256(repr((sent, sorted(files.items()))).encode("utf-8", "surrogatepass")).hexdigest()
    return f"me:{person.person_id}:{digest[:32]}"


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _to(service: Service, path: str) -> Response:
    return for_him_alone(RedirectResponse(site_of(service).at(path), status_code=303))
