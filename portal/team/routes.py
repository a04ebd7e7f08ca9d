"""The manager's pages: the table of his people, as a page and as a file, and one of them."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from issuer.assessment.queue import decisions_of
from issuer.people.directory import person as find_person
from issuer.people.duties import standing_of_person
from issuer.people.team_matrix import MOST_IN_FILE, all_lines, is_below, team_matrix
from portal.pages.site import site_of
from portal.problems import NOT_FOUND, HttpProblem
from portal.sign_in.door import AtDoor
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
    asking = asking_of(request.query_params)
    found = team_matrix(service.database, service.issuer, person.person_id, asking, now=door.now(), day=today)
    waiting = decisions_of(service.database, service.issuer, person.person_id, day=today)
    return show(
        request,
        "team/table.html",
        visitor=person,
        here="team",
        page=table_page(found, asking, language_of(request), today),
        waiting=len(waiting),
        said=done if done in _SAID else "",
        most_in_file=MOST_IN_FILE,
    )


@router.get(FILE)
def file(request: Request, door: AtDoor, person: Manages) -> Response:
    """The same table, all its pages, as CSV."""
    service = door.service
    asking = asking_of(request.query_params)
    found = all_lines(service.database, service.issuer, person.person_id, asking, now=door.now(), day=door.today())
    if found is None:
        back = address_of(asking)
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
