"""`/wall`: new certifications of those who agreed, for colleagues; for strangers only if the company wants it so."""

from __future__ import annotations

import re
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from credentials.sentence import sentence
from issuer.errors import Unknown
from issuer.programs import load_catalogue
from issuer.wall import applaud, look, take_back, teams
from issuer.wall_choices import choice_of
from portal.forms import Form, form_of
from portal.pages.picture import picture
from portal.pages.site import site_of
from portal.problems import NOT_FOUND, HttpProblem
from portal.sealed_search import WALL, Sought, lead_to_search, sought_in
from portal.service import Service
from portal.sign_in.door import AtDoor
from portal.sign_in.sent_form import sent_form
from portal.sign_in.showing import for_him_alone, show
from portal.sign_in.who import Anyone, Person, SignedIn, SignInFirst
from portal.wall.wall_view import PAGE, PATH, looking_of, wall_page

router = APIRouter(include_in_schema=False)

_GONE: Final = sentence("This is not on the wall any more, or it is your own. Nothing was changed.")
_BACK: Final = re.compile(r"/wall(\?[\w.~%+=&:-]{0,600})?")


async def _form(request: Request) -> Form:
    return form_of(await sent_form(request))


Sent = Annotated[Form, Depends(_form)]


@router.get(PATH)
def wall(request: Request, door: AtDoor, visitor: Anyone) -> Response:
    """A part of it, the newest first. Raises SignInFirst for strangers, if it is for colleagues alone."""
    service = door.service
    if not visitor.signed_in and not service.settings.wall_public:
        raise SignInFirst
    site, viewer = site_of(service), visitor.person_id
    query = request.query_params
    sought = sought_in(request, service, visitor, WALL) if isinstance(visitor, Person) else Sought(query, {})
    looking = looking_of({**sought.words, "after": query.get("after", "")}, viewer)
    found = look(service.database, service.issuer, looking, limit=PAGE + 1, now=door.now(), today=door.today())
    programs = load_catalogue(service.database, service.issuer).programs
    return show(
        request,
        "wall/wall.html",
        visitor=visitor,
        here="wall",
        page=wall_page(found, looking, lambda content: picture(service, site, content), sought.carried),
        unread=sought.unread,
        programs=[(slug, program.name) for slug, program in programs.items()],
        teams=teams(service.database, service.issuer) if viewer is not None else (),
        asked=viewer is None or choice_of(service.database, service.issuer, viewer) is not None,
    )


@router.post(PATH)
def search(door: AtDoor, person: SignedIn, form: Sent) -> Response:
    """To the part of the wall that the form asks for."""
    return lead_to_search(form, door.service, person, WALL)


@router.post(PATH + "/{award_id}/applause")
def give(door: AtDoor, person: SignedIn, award_id: UUID, form: Sent) -> Response:
    """Applaud, once. Raises a 404 problem for what is not on the wall."""
    service = door.service
    try:
        applaud(
            service.database,
            service.issuer,
            award_id=award_id,
            person_id=person.person_id,
            now=door.now(),
            today=door.today(),
        )
    except Unknown:
        raise HttpProblem(NOT_FOUND, _GONE) from None
    return _back(service, form, award_id)


@router.post(PATH + "/{award_id}/applause/end")
def end(door: AtDoor, person: SignedIn, award_id: UUID, form: Sent) -> Response:
    """Applaud no longer."""
    take_back(door.service.database, award_id=award_id, person_id=person.person_id)
    return _back(door.service, form, award_id)


def _back(service: Service, form: Form, award_id: UUID) -> Response:
    """To the part of the wall where the button was."""
    place = form.value("back")
    path = f"{place if _BACK.fullmatch(place) else PATH}#a-{award_id}"
    return for_him_alone(RedirectResponse(site_of(service).at(path), status_code=303))
