"""`/me/wall`: whether somebody is celebrated on the wall, who sees it and under which name; and the question on /me."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from credentials.sentence import sentence
from issuer.wall import ASKED, to_celebrate
from issuer.wall_choices import NOTHING, Audience, WallChoice, accompanies, answer, choice_of, choose
from portal.access import Served
from portal.forms import FieldFault, Form, filled, form_of
from portal.pages.picture import picture
from portal.pages.shared_document import initials
from portal.pages.site import site_of
from portal.problems import BAD_REQUEST, HttpProblem
from portal.service import Service
from portal.sign_in.door import AtDoor, Door
from portal.sign_in.sent_form import sent_form
from portal.sign_in.showing import for_him_alone, show
from portal.sign_in.who import Person, SignedIn
from portal.wall.wall_view import card

router = APIRouter(include_in_schema=False)

PATH: Final = "/me/wall"
_DONE: Final = frozenset({"shown", "hidden"})


async def _form(request: Request) -> Form:
    return form_of(await sent_form(request))


Sent = Annotated[Form, Depends(_form)]


def question(door: Door, person: Person) -> str:
    """The level that he earned lately and was never asked about, by name; "" if there is nothing to ask."""
    service = door.service
    if choice_of(service.database, service.issuer, person.person_id) is not None:
        return ""
    found = to_celebrate(
        service.database, service.issuer, person.person_id, now=door.now(), today=door.today(), within=ASKED
    )
    return str(found.content.get("name", "")) if found is not None else ""


@router.get(PATH)
def own_wall(request: Request, door: AtDoor, person: SignedIn, done: str = "") -> Response:
    """What he agreed to, and what is seen of him by it."""
    return _page(request, door, person, None, done=done)


@router.post(PATH)
def say(request: Request, door: AtDoor, person: SignedIn, form: Sent) -> Response:
    """Let it be so from now on."""
    service, offered = door.service, _offered(door.service)
    if form.value("audience") not in offered:
        form = form.refused(FieldFault("audience", sentence("Choose who may see it, or nobody.")))
    if form.value("name") not in {"full", "initials"}:
        form = form.refused(FieldFault("name", sentence("Choose how you are called there.")))
    if form.faults:
        return _page(request, door, person, form, status=422)
    wanted = WallChoice(
        Audience(form.value("audience")), full_name=form.value("name") == "full", thanked=form.ticked("thanked")
    )
    choose(service.database, service.issuer, person_id=person.person_id, wanted=wanted, now=door.now())
    return _to(service, f"{PATH}?done={'hidden' if wanted.audience is Audience.NOBODY else 'shown'}")


@router.post(PATH + "/answer")
def answered(service: Served, door: AtDoor, person: SignedIn, form: Sent) -> Response:
    """Yes or no to the one question on his page. It is not asked again."""
    said = form.value("celebrate")
    if said not in {"yes", "no"}:
        raise HttpProblem(BAD_REQUEST, sentence("The form says neither yes nor no. Nothing was changed."))
    answer(service.database, service.issuer, person_id=person.person_id, agreed=said == "yes", now=door.now())
    return _to(service, f"/me?done=wall-{said}")


def _offered(service: Service) -> tuple[Audience, ...]:
    public = (Audience.EVERYBODY,) if service.settings.wall_public else ()
    return (Audience.NOBODY, Audience.COLLEAGUES, *public)


def _page(
    request: Request, door: Door, person: Person, form: Form | None, *, done: str = "", status: int = 200
) -> Response:
    service, site = door.service, site_of(door.service)
    choice = choice_of(service.database, service.issuer, person.person_id) or NOTHING
    audience = choice.audience if choice.audience in _offered(service) else Audience.COLLEAGUES
    sample = to_celebrate(service.database, service.issuer, person.person_id, now=door.now(), today=door.today())
    return show(
        request,
        "me/wall.html",
        visitor=person,
        here="me",
        status=status,
        form=form
        or filled(audience=audience.value, name="full" if choice.full_name else "initials", thanked=choice.thanked),
        public=service.settings.wall_public,
        mentor=choice.thanked or accompanies(service.database, service.issuer, person.person_id),
        name=person.name,
        initials=initials(person.name),
        sample=card(sample, person.person_id, lambda content: picture(service, site, content)) if sample else None,
        on_it=choice.audience is not Audience.NOBODY,
        done=done if done in _DONE else "",
    )


def _to(service: Service, path: str) -> Response:
    return for_him_alone(RedirectResponse(site_of(service).at(path), status_code=303))
