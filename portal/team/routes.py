"""The manager's pages: the table of his people, as a page and as a file, and one of them."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from issuer.assessment.queue import decisions_of
from issuer.people.directory import person as find_person
from issuer.people.duties import standing_of_person
from issuer.people.team_matrix import MOST_IN_FILE, all_lines, is_below, team_matrix
from portal.forms import form_of
from portal.pages.site import site_of
from portal.problems import NOT_FOUND, HttpProblem
from portal.sealed_search import TEAM, lead_to_search, sought_in
from portal.sign_in.door import AtDoor
from portal.sign_in.sent_form import sent_form
from portal.sign_in.showing import for_him_alone, language_of, show
from portal.sign_in.who import Manages
from portal.spreadsheet import MEDIA_TYPE
from portal.team.asking import FILE, PATH, address_of, asking_of
from portal.team.person_view import person_page
from portal.team.table_view import table_file, table_page

router = APIRouter(include_in_schema=False)

_SAID = frozenset({"too-many"})


@router.get(PATH)
def table(request: Request, door: AtDoor, person: Manages, done: str = "") -> Response:
    """His people and their levels, and how much waits for his decision."""
    service, today = door.service, door.today()
    sought = sought_in(request, service, person, TEAM)
    asking = asking_of(sought, request.query_params)
    found = team_matrix(service.database, service.issuer, person.person_id, asking, now=door.now(), day=today)
    waiting = decisions_of(service.database, service.issuer, person.person_id, day=today)
    return show(
        request,
        "team/table.html",
        visitor=person,
        here="team",
        page=table_page(found, asking, sought.carried, language_of(request), today),
        unread=sought.unread,
        waiting=len(waiting),
        said=done if done in _SAID else "",
        most_in_file=MOST_IN_FILE,
    )


@router.post(PATH)
async def search(request: Request, door: AtDoor, person: Manages) -> Response:
    """To the part of the table that the form asks for."""
    return await run_in_threadpool(lead_to_search, form_of(await sent_form(request)), door.service, person, TEAM)


@router.get(FILE)
def file(request: Request, door: AtDoor, person: Manages) -> Response:
    """The same table, all its pages, as CSV."""
    service = door.service
    sought = sought_in(request, service, person, TEAM)
    if sought.unread:  # it would hold more than whoever made the address meant; the page says why
        address = site_of(service).at(f"{PATH}?{request.url.query}")
        return for_him_alone(RedirectResponse(address, status_code=303))
    asking = asking_of(sought, request.query_params)
    found = all_lines(service.database, service.issuer, person.person_id, asking, now=door.now(), day=door.today())
    if found is None:
        back = address_of(asking, sought.carried)
        address = site_of(service).at(f"{back}{'&' if '?' in back else '?'}done=too-many")
        return for_him_alone(RedirectResponse(address, status_code=303))
    headers = {"Content-Disposition": 'attachment; filename="people.csv"'}
    return for_him_alone(Response(table_file(*found, language_of(request)), media_type=MEDIA_TYPE, headers=headers))


@router.get("/team/people/{person_id}")
def one_person(request: Request, door: AtDoor, person: Manages, person_id: UUID) -> Response:
    """One of his people. Raises a 404 problem for everybody else."""
    service, today = door.service, door.today()
    with service.database.read() as session:
        his = is_below(session, person_id, person.person_id, today)
        found = find_person(session, person_id) if his else None
    if found is None:
        raise HttpProblem(NOT_FOUND, NOT_FOUND.meaning)
    standing = standing_of_person(service.database, service.issuer, person_id, door.now())
    page = person_page(found, standing, language_of(request), today)
    return show(request, "team/person.html", visitor=person, here="team", page=page)
