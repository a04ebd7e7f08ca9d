"""`/me/applications`: what a person allowed to applications, where he is connected, and the badges from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from credentials.sentence import Sentence, sentence
from issuer.authorizations.grants import Application, applications, end_application
from issuer.errors import Unknown
from issuer.held import held
from portal.access import Served
from portal.elsewhere.held_badges import badge_of
from portal.elsewhere.hosts import host_lines
from portal.forms import Form
from portal.language.language import Language
from portal.oauth.asking import MAY
from portal.pages.site import site_of
from portal.problems import NOT_FOUND, HttpProblem
from portal.service import Service
from portal.sign_in.showing import for_him_alone, language_of, show
from portal.sign_in.who import Person, SignedIn

router = APIRouter(include_in_schema=False)

_DONE: Final = frozenset({"ended", "deleted", "disconnected"})


@dataclass(frozen=True, slots=True)
class Line:
    """An application in the list; instants in words."""

    id: UUID
    name: str
    uri: str
    may: tuple[Sentence, ...]
    since: str
    used: str


@router.get("/me/applications")
def applications_page(request: Request, service: Served, person: SignedIn, done: str = "") -> Response:
    """Who may read and write here, where he may read and write himself, and what came of it."""
    return both_lists(request, service, person, done=done if done in _DONE else "")


def both_lists(
    request: Request, service: Service, person: Person, *, form: Form | None = None, done: str = "", status: int = 200
) -> Response:
    """The page; `form` is the one by which a host is connected."""
    language = language_of(request)
    return show(
        request,
        "oauth/applications.html",
        visitor=person,
        here="applications",
        status=status,
        lines=[_line(service, language, one) for one in applications(service.database, person.person_id)],
        hosts=host_lines(service, person.person_id),
        badges=[badge_of(service, language, one) for one in held(service.database, person.person_id)],
        address=service.base_url,
        form=form or Form(),
        done=done,
    )


@router.post("/me/applications/{grant_id}/end")
def end(service: Served, person: SignedIn, grant_id: UUID) -> Response:
    """The application may nothing any more."""
    try:
        end_application(service.database, grant_id, person_id=person.person_id, now=service.clock())
    except Unknown:
        detail = sentence("There is no such application that you allowed; it may be ended already.")
        raise HttpProblem(NOT_FOUND, detail) from None
    return _back(service, "ended")


def _line(service: Service, language: Language, one: Application) -> Line:
    zone = service.settings.zone
    return Line(
        one.id,
        one.name,
        one.uri,
        tuple(MAY[scope] for scope in one.scopes),
        language.minute(one.created_at, zone),
        language.minute(one.used_at, zone) if one.used_at is not None else "",
    )


def _back(service: Service, done: str) -> Response:
    return for_him_alone(RedirectResponse(site_of(service).at(f"/me/applications?done={done}"), status_code=303))
