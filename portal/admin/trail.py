"""`/admin/audit`: who did what when, the latest first; and whether the trail was touched."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from credentials.sentence import sentence
from issuer import audit
from issuer.audit import AuditEvent, AuditReport
from issuer.reports.audit_search import TooBroad, TrailSearch, find_events
from issuer.reports.names import names_for
from portal.access import Served
from portal.admin.deeds import deed
from portal.admin.going import admin_page, place
from portal.admin.searching import day_in
from portal.forms import FieldFault, filled, form_of
from portal.sealed_search import TRAIL, Sought, lead_to_search, sought_in
from portal.service import Service
from portal.sign_in.sent_form import sent_form
from portal.sign_in.showing import language_of
from portal.sign_in.who import Audits, Person

router = APIRouter(include_in_schema=False)

PATH = "/admin/audit"
_IN_PAGE = 50


@dataclass(frozen=True, slots=True)
class EventLine:
    """An event: when, who, what (and by which word of the trail), of what (and where that is seen), with its facts."""

    sequence: int
    at: str
    who: str
    what: str
    word: str
    subject: str
    path: str
    facts: str


@router.get(PATH)
def trail(request: Request, service: Served, person: Audits) -> Response:
    """Events that are looked for."""
    sought = sought_in(request, service, person, TRAIL)
    return _shown(request, service, person, sought, request.query_params.get("below", ""))


@router.post(PATH)
async def search(request: Request, service: Served, person: Audits) -> Response:
    """To the events that the form asks for."""
    return await run_in_threadpool(lead_to_search, form_of(await sent_form(request)), service, person, TRAIL)


@router.post(PATH + "/verify")
def verify(request: Request, service: Served, person: Audits) -> Response:
    """Walk the whole trail, and say what was found."""
    return _shown(request, service, person, Sought({}, {}), report=audit.verify(service.database))


def _shown(
    request: Request,
    service: Service,
    person: Person,
    sought: Sought,
    below: str = "",
    *,
    report: AuditReport | None = None,
) -> Response:
    form = filled(**sought.words)
    since, form = day_in(form, "since")
    until, form = day_in(form, "until")
    number = int(below) if below.isascii() and below.isdigit() and len(below) < 19 else None
    search = TrailSearch(
        subject=form.value("subject"),
        actor=form.value("actor"),
        action=form.value("action"),
        since=_begin(service, since),
        before=_begin(service, until + timedelta(days=1)) if until is not None and until < date.max else None,
    )
    try:
        events = find_events(service.database, search, below=number, limit=_IN_PAGE + 1)
    except TooBroad as error:
        broad = sentence("This may mean too many. Write more of it, or an e-mail address or id.")
        form, events = form.refused(*(FieldFault(fault.where, broad) for fault in error.faults)), ()
    more = place(PATH, {**sought.query, "below": str(events[_IN_PAGE - 1].sequence)}) if len(events) > _IN_PAGE else ""
    return admin_page(
        request,
        "audit.html",
        person,
        "audit",
        status=422 if form.faults else 200,
        form=form,
        lines=_lines(request, service, events[:_IN_PAGE], linked="admin" in person.roles),
        searched=bool(sought.words),
        unread=sought.unread,
        before=place(PATH, sought.query) if number is not None else "",
        after=more,
        report=report,
    )


def _lines(request: Request, service: Service, events: tuple[AuditEvent, ...], *, linked: bool) -> list[EventLine]:
    language, zone = language_of(request), service.settings.zone
    names = names_for(service.database, {one.actor for one in events} | {one.subject for one in events})
    return [
        EventLine(
            one.sequence,
            language.minute(one.at, zone),
            names.get(one.actor, one.actor),
            deed(one.action),
            one.action,
            names.get(one.subject, one.subject),
            _path(one.subject) if linked else "",
            json.dumps(dict(one.details), ensure_ascii=False) if one.details else "",
        )
        for one in events
    ]


def _path(subject: str) -> str:
    kind, _, identifier = subject.partition(":")
    paths = {"credential": "/admin/credentials/", "person": "/admin/people/", "bulk": "/admin/jobs/"}
    return paths[kind] + identifier if kind in paths else ""


def _begin(service: Service, day: date | None) -> datetime | None:
    return datetime.combine(day, time(), tzinfo=service.settings.zone) if day is not None else None
