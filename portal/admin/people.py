"""`/admin/people`: who is known, found by name, address, number or team; and one of them."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from credentials.sentence import sentence, sentence_of
from issuer.errors import Refused, Unknown
from issuer.people.directory import PeopleFilter, PersonView, UnknownPerson, count_people, leave, list_people, person
from issuer.people.duties import standing_of_person
from issuer.people.progress import history_of_person
from issuer.reports.credential_search import Search, find_page
from issuer.sign_in.refusals import Departed
from issuer.sign_in.role_grants import grant_role, revoke_role, role_grants
from issuer.sign_in.roles import GRANTABLE, Role
from portal.access import Served
from portal.admin.credential_view import line_of
from portal.admin.going import admin_page, lead, place, today_of
from portal.admin.searching import day_in
from portal.forms import FieldFault, Form, filled, form_of
from portal.sealed_search import PEOPLE, lead_to_search, sought_in
from portal.service import Service
from portal.sign_in.sent_form import sent_form
from portal.sign_in.showing import language_of
from portal.sign_in.who import Administers, Person

router = APIRouter(include_in_schema=False)

PATH = "/admin/people"
_IN_PAGE = 50
_HISTORY = 30
_REPORTS = 20
_DONE = frozenset({"left", "granted", "revoked"})


@router.get(PATH)
def people(request: Request, service: Served, visitor: Administers, after: str = "") -> Response:
    """People by name."""
    sought = sought_in(request, service, visitor, PEOPLE)
    form = filled(**sought.words)
    wanted = PeopleFilter(
        search=form.value("q") or None,
        team=form.value("team") or None,
        present_on=None if form.ticked("gone") else today_of(service),
    )
    with service.database.read() as session:
        last = person(session, _uuid(after)) if after else None
        beyond = (last.name, last.id) if last is not None else None
        found = list_people(session, wanted, after=beyond, limit=_IN_PAGE + 1)
    following = place(PATH, {**sought.query, "after": str(found[_IN_PAGE - 1].id)}) if len(found) > _IN_PAGE else ""
    return admin_page(
        request,
        "people.html",
        visitor,
        "people",
        form=form,
        people=found[:_IN_PAGE],
        today=today_of(service),
        searched=bool(sought.words),
        unread=sought.unread,
        before=place(PATH, sought.query) if after else "",
        after=following,
    )


@router.post(PATH)
async def search(request: Request, service: Served, visitor: Administers) -> Response:
    """To the people that the form asks for."""
    return await run_in_threadpool(lead_to_search, form_of(await sent_form(request)), service, visitor, PEOPLE)


@router.get(PATH + "/{person_id}")
def one(request: Request, service: Served, visitor: Administers, person_id: UUID, done: str = "") -> Response:
    """Who somebody is, what he holds and must do, and what he may do here. Raises a 404 problem."""
    form = filled(left_on=today_of(service).isoformat())
    return _shown(request, service, visitor, person_id, form, done=done if done in _DONE else "")


@router.post(PATH + "/{person_id}/leave")
async def gone(request: Request, service: Served, visitor: Administers, person_id: UUID) -> Response:
    """Record the last day with the company. Raises a 404 problem."""
    form = form_of(await sent_form(request))
    return await run_in_threadpool(_leave, request, service, visitor, person_id, form)


@router.post(PATH + "/{person_id}/roles")
async def roles(request: Request, service: Served, visitor: Administers, person_id: UUID) -> Response:
    """Give a role, or take it away. Raises a 404 problem."""
    form = form_of(await sent_form(request))
    return await run_in_threadpool(_role, request, service, visitor, person_id, form)


def _leave(request: Request, service: Service, visitor: Person, person_id: UUID, form: Form) -> Response:
    found = _found(service, person_id)
    day, form = day_in(form, "left_on")
    if day is None and not form.fault("left_on"):
        form = form.refused(FieldFault("left_on", sentence("Say which day is the last one.")))
    if day is not None and found.email is not None:
        try:
            leave(service.database, found.email, on=day, actor=visitor.actor, now=service.clock())
            return lead(service, f"{PATH}/{person_id}?done=left")
        except Refused as error:
            form = form.refused_by(error.faults, {"": "left_on"})
    return _shown(request, service, visitor, person_id, form, status=422)


def _role(request: Request, service: Service, visitor: Person, person_id: UUID, form: Form) -> Response:
    found, name = _found(service, person_id), form.value("role")
    if name not in GRANTABLE or found.email is None:
        form = form.refused(FieldFault("role", sentence("Choose a role.")))
        return _shown(request, service, visitor, person_id, form, status=422)
    try:
        if form.value("action") == "revoke":
            revoke_role(
                service.database,
                issuer=service.issuer,
                email=found.email,
                role=Role(name),
                actor=visitor.actor,
                now=service.clock(),
            )
            return lead(service, f"{PATH}/{person_id}?done=revoked")
        grant_role(
            service.database,
            issuer=service.issuer,
            email=found.email,
            role=Role(name),
            actor=visitor.actor,
            now=service.clock(),
            today=today_of(service),
        )
    except (Departed, Unknown) as error:
        return _shown(
            request, service, visitor, person_id, form.refused(FieldFault("role", sentence_of(error))), status=422
        )
    return lead(service, f"{PATH}/{person_id}?done=granted")


def _found(service: Service, person_id: UUID) -> PersonView:
    with service.database.read() as session:
        found = person(session, person_id)
    if found is None or found.erased:
        raise UnknownPerson(sentence("there is no person {person_id}", person_id=person_id))
    return found


def _shown(
    request: Request,
    service: Service,
    visitor: Person,
    person_id: UUID,
    form: Form,
    *,
    done: str = "",
    status: int = 200,
) -> Response:
    found, now, zone = _found(service, person_id), service.clock(), service.settings.zone
    with service.database.read() as session:
        reporting = PeopleFilter(manager_id=person_id, present_on=today_of(service))
        reports = list_people(session, reporting, limit=_REPORTS)
        reports_count = len(reports) if len(reports) < _REPORTS else count_people(session, reporting)
    standing = standing_of_person(service.database, service.issuer, person_id, now)
    history = history_of_person(service.database, service.issuer, person_id, now)
    held = find_page(service.database, service.issuer, Search(zone, person_id=person_id), now=now)
    granted = [one.role for one in role_grants(service.database, issuer=service.issuer, person_id=person_id)]
    language = language_of(request)
    return admin_page(
        request,
        "person.html",
        visitor,
        "people",
        status=status,
        form=form,
        who=found,
        present=found.present(today_of(service)),
        reports=reports,
        reports_count=reports_count,
        duties=standing.duties,
        names=standing.names,
        lines=[line_of(record, now, zone) for record in held.items],
        history=[(language.minute(event.at, zone), event.what) for event in reversed(history[-_HISTORY:])],
        granted=[role.value for role in granted],
        grantable=[role.value for role in GRANTABLE if role not in granted],
        done=done,
    )


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)
