"""`/admin/award`: who and which level, then what the level asks for; it is issued, or proposed where it is assessed."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from credentials.sentence import sentence
from issuer.assessment.allowed import faults_of_requests
from issuer.assessment.proposals import propose
from issuer.assessment.wishes import Wish
from issuer.awards import AwardRequest, Evidence, faults_of
from issuer.errors import IdempotencyConflict, Refused
from issuer.issue import issue
from issuer.people.directory import PeopleFilter, PersonView, list_people, person_by_address
from issuer.people.directory import person as person_of
from issuer.plain_text import is_email_address
from issuer.program_definition import RESULT_STATUSES, ResultRule
from issuer.programs import Achievement, load_catalogue
from issuer.validity import over_since, today
from portal.access import Served
from portal.admin.going import LOCKED, admin_page, lead, place
from portal.admin.searching import day_in, level_options
from portal.forms import FieldFault, Form, filled, form_of
from portal.sealed_search import AWARD, FIELD, lead_to_search, sought_in
from portal.service import Service
from portal.sign_in.sent_form import sent_form
from portal.sign_in.who import Administers, Person

router = APIRouter(include_in_schema=False)

PATH = "/admin/award"
_ALIKE = 8


@dataclass(frozen=True, slots=True)
class ResultField:
    """A result that the level asks for: its field, how it is called, and what it may be (`options`, or in words)."""

    field: str
    name: str
    required: bool
    options: tuple[tuple[str, str], ...]
    hint: str


@router.get(PATH)
def ask(request: Request, service: Served, person: Administers, done: str = "") -> Response:
    """Who and which level; and when both are known, what the level asks for."""
    sought = sought_in(request, service, person, AWARD)
    form = filled(**sought.words)
    level = _level(service, form.value("level"))
    if sought.unread or (not form.value("who") and level is None):
        return _first(request, service, person, form, done=done if done == "proposed" else "", unread=sought.unread)
    who, alike = _whom(service, form.value("who"))
    if not form.value("who"):
        form = form.refused(FieldFault("who", sentence("Say whom: by an e-mail address, or part of a name.")))
    elif not who[0] and not alike:
        form = form.refused(
            FieldFault("who", sentence("Nobody here is called so. For somebody new, give the e-mail address."))
        )
    if level is None and (FIELD in sought.query or "level" in request.query_params):
        form = form.refused(FieldFault("level", sentence("Choose the level.")))
    if form.faults or level is None or not who[0]:
        status = 422 if form.faults else 200
        return _first(request, service, person, form, alike=alike, unread=sought.unread, status=status)
    email, name = who
    fields = filled(email=email, name=name, awarded_on=today(service.clock(), level.zone).isoformat())
    return _second(request, person, level, fields, known=bool(name))


@router.post(PATH + "/whom")
async def whom(request: Request, service: Served, person: Administers) -> Response:
    """To what the level asks for, or to the choice among people who are called alike."""
    return await run_in_threadpool(lead_to_search, form_of(await sent_form(request)), service, person, AWARD)


@router.post(PATH)
async def award(request: Request, service: Served, person: Administers) -> Response:
    """Issue it, or propose it."""
    form = form_of(await sent_form(request))
    return await run_in_threadpool(_award, request, service, person, form)


def _award(request: Request, service: Service, person: Person, form: Form) -> Response:
    level = _level(service, form.value("level"))
    if level is None:
        return _first(
            request, service, person, form.refused(FieldFault("level", sentence("Choose the level."))), status=422
        )
    day, form = day_in(form, "awarded_on")
    wanted = _request(level, form, day or today(service.clock(), level.zone))
    proposing = level.quorum is not None and not form.ticked("past")
    source = "history" if form.ticked("past") else "portal"
    fields = _fields_of(level)
    found = faults_of(wanted, load_catalogue(service.database, service.issuer), service.clock(), complete=not proposing)
    if not proposing and not found:
        found = tuple(
            faults_of_requests(service.database, service.issuer, [wanted], source=source, now=service.clock())
        )
    form = form.refused_by(found, fields)
    if source == "portal" and not (proposing or form.faults):
        form = _not_expired(form, level, wanted.awarded_on, service.clock())
    if service.keyring is None and not proposing:
        form = form.refused(FieldFault("", LOCKED))
    if form.faults:
        return _second(request, person, level, form, status=422)
    try:
        if proposing:
            return _propose(service, person, wanted)
        return _issue(service, person, wanted, source)
    except (Refused, IdempotencyConflict) as error:
        return _second(request, person, level, form.refused_by(error.faults, fields), status=422)


def _not_expired(form: Form, level: Achievement, day: date, now: datetime) -> Form:
    """A year that was mistyped would make an expired badge, and its holder would be told of it."""
    ended = over_since(day, level.validity, level.zone, now)
    if ended is None:
        return form
    said = sentence(
        "It would have expired on {day}. Mend the day, or say with the earlier records below that it was awarded "
        "long ago.",
        day=ended,
    )
    return form.refused(FieldFault("awarded_on", said))


def _propose(service: Service, person: Person, wanted: AwardRequest) -> Response:
    wish = Wish(
        wanted.email,
        wanted.program,
        wanted.level,
        wanted.awarded_on,
        narrative=wanted.narrative,
        evidence=wanted.evidence,
        results=wanted.results,
    )
    propose(
        service.database,
        wish,
        issuer=service.issuer,
        source="assessor",
        actor=person.actor,
        now=service.clock(),
        randomness=secrets.token_bytes,
    )
    return lead(service, place(PATH, {"done": "proposed"}))


def _issue(service: Service, person: Person, wanted: AwardRequest, source: str) -> Response:
    assert service.keyring is not None  # noqa: S101  (the caller looked)
    report = issue(
        service.database,
        service.keyring,
        issuer=service.issuer,
        requests=[wanted],
        actor=person.actor,
        now=service.clock(),
        randomness=secrets.token_bytes,
        source=source,
    )
    return lead(service, f"/admin/credentials/{report.credentials[0].id}?done=awarded")


def _request(level: Achievement, form: Form, day: date) -> AwardRequest:
    evidence = [
        Evidence(url=url, rule=rule.id) for rule in level.evidence if (url := form.value(f"evidence-{rule.id}"))
    ]
    if form.value("evidence_url") or form.value("evidence_name"):
        evidence.append(Evidence(form.value("evidence_url") or None, form.value("evidence_name") or None))
    return AwardRequest(
        name=form.value("name"),
        email=form.value("email"),
        program=level.program,
        level=level.level,
        awarded_on=day,
        narrative=form.value("narrative") or None,
        evidence=tuple(evidence),
        results=tuple((rule.id, value) for rule in level.results if (value := form.value(f"result-{rule.id}"))),
    )


def _fields_of(level: Achievement) -> Mapping[str, str]:
    """Which field a fault belongs to, by how its place begins."""
    evidence = {f"evidence:{rule.id}": f"evidence-{rule.id}" for rule in level.evidence}
    results = {f"result:{rule.id}": f"result-{rule.id}" for rule in level.results}
    known = {one: one for one in ("name", "email", "awarded_on", "narrative", "evidence_url", "evidence_name")}
    return {**results, **evidence, **known}


def _whom(service: Service, text: str) -> tuple[tuple[str, str], list[PersonView]]:
    """Address and name of whom it means, empty if that is not clear; and who is to be chosen from.

    Links and choices of ours name somebody by his id: an address must not stand in a URL, which others may log.
    """
    nobody = ("", "")
    if not text:
        return nobody, []
    with service.database.read() as session:
        if (named := _id_in(text)) is not None:
            known = person_of(session, named)
            return ((known.email, known.name), [known]) if known is not None and known.email else (nobody, [])
        if is_email_address(text):
            found = person_by_address(session, text)
            return (text, found.name if found is not None else ""), []
        alike = list(list_people(session, PeopleFilter(search=text), limit=_ALIKE))
    alike = [one for one in alike if one.email]
    if len(alike) == 1 and alike[0].email:
        return (alike[0].email, alike[0].name), []
    return nobody, alike


def _id_in(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _level(service: Service, text: str) -> Achievement | None:
    program, _, level = text.partition("/")
    return load_catalogue(service.database, service.issuer).find(program, level) if level else None


def _first(
    request: Request, service: Service, person: Person, form: Form, *, status: int = 200, **values: Any
) -> Response:
    levels = [(value, shown) for value, shown in level_options(service) if not value.endswith("/")]
    names = {value: shown for value, shown in level_options(service) if value.endswith("/")}
    grouped: dict[str, list[tuple[str, str]]] = {}
    for value, shown in levels:
        grouped.setdefault(names[value.partition("/")[0] + "/"], []).append((value, shown.removeprefix("— ")))
    given = {"alike": [], "done": "", "unread": False, **values}
    return admin_page(
        request, "award.html", person, "award", slim=True, status=status, form=form, groups=grouped, **given
    )


def _second(
    request: Request, person: Person, level: Achievement, form: Form, *, known: bool = False, status: int = 200
) -> Response:
    return admin_page(
        request,
        "award_facts.html",
        person,
        "award",
        slim=True,
        status=status,
        form=form,
        level=level,
        known=known,
        results=[_result_field(rule) for rule in level.results],
        assessed=level.quorum is not None,
    )


def _result_field(rule: ResultRule) -> ResultField:
    options: tuple[tuple[str, str], ...] = ()
    if rule.levels:
        options = tuple((one.id, one.name) for one in rule.levels)
    elif rule.values or rule.type == "Status":
        options = tuple((one, one) for one in (rule.values or RESULT_STATUSES))
    hint = ""
    if rule.min is not None and rule.max is not None:
        hint = sentence("From {least} to {most}.", least=str(rule.min), most=str(rule.max))
    return ResultField(f"result-{rule.id}", rule.name, rule.required, options, hint)
