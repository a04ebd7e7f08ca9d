"""Signing out, here and everywhere; and where somebody is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from credentials.sentence import sentence
from issuer.sign_in.sessions import (
    SessionView,
    end_all_sessions,
    end_other_sessions,
    end_session,
    find_session,
    list_sessions,
)
from portal.pages.site import site_of
from portal.problems import NOT_FOUND, HttpProblem
from portal.sign_in.door import SIGNED_OUT_PATH, AtDoor, Door
from portal.sign_in.letting_in import open_id_token
from portal.sign_in.showing import for_him_alone, language_of, show
from portal.sign_in.who import STRANGER, SignedIn

router = APIRouter(include_in_schema=False)

_DONE = frozenset({"ended", "others-ended"})


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A session in the list; instants in words. `here` is the one that looks at the list."""

    id: UUID
    agent: str
    began: str
    used: str
    ends: str
    here: bool


@router.get("/me/sessions")
def sessions(request: Request, door: AtDoor, person: SignedIn, done: str = "") -> Response:
    """Where he is signed in, and what he can end."""
    found = list_sessions(door.service.database, issuer=door.service.issuer, person_id=person.person_id, now=door.now())
    lines = [_line(request, door, one, person.session) for one in found]
    lines.sort(key=lambda one: not one.here)
    return show(
        request, "sessions.html", visitor=person, here="sessions", lines=lines, done=done if done in _DONE else ""
    )


@router.post("/me/sessions/{session_id}/end")
def end_one(request: Request, door: AtDoor, person: SignedIn, session_id: UUID) -> Response:
    """End one of his own sessions. Raises a 404 problem for one that is none of his."""
    address = _address_there(request, door) if session_id == person.session else None
    if not end_session(door.service.database, person_id=person.person_id, session_id=session_id):
        raise HttpProblem(NOT_FOUND, sentence("There is no such session of yours; it may be over already."))
    if session_id == person.session:
        return _farewell(request, door, address)
    return _gone(door, "/me/sessions?done=ended", keep=True)


@router.post("/me/sessions/end-others")
def end_others(door: AtDoor, person: SignedIn) -> Response:
    """End all of his sessions but this one."""
    end_other_sessions(door.service.database, person_id=person.person_id, but=person.session)
    return _gone(door, "/me/sessions?done=others-ended", keep=True)


@router.post("/me/sessions/end-all")
def end_all(request: Request, door: AtDoor, person: SignedIn) -> Response:
    """End all of his sessions, this one too."""
    address = _address_there(request, door)
    end_all_sessions(door.service.database, person_id=person.person_id)
    return _farewell(request, door, address)


@router.post("/sign-out")
def sign_out(request: Request, door: AtDoor, person: SignedIn) -> Response:
    """Sign out here, and at the provider too, if it offers that."""
    address = _address_there(request, door)
    end_session(door.service.database, person_id=person.person_id, session_id=person.session)
    return _farewell(request, door, address)


@router.get(SIGNED_OUT_PATH)
def signed_out(request: Request, _door: AtDoor) -> Response:
    """It is done."""
    return show(request, "signed_out.html", visitor=STRANGER)


def _address_there(request: Request, door: Door) -> str | None:
    """Where this browser signs out at the provider; None: not there, or one cannot. Asked before the session ends."""
    token = request.cookies.get(door.session_cookie, "")
    view = find_session(door.service.database, issuer=door.service.issuer, token=token, today=door.today())
    if view is None or view.provider is None or door.provider is None or view.provider != door.provider.issuer:
        return None
    id_token = open_id_token(view.sealed_id_token, token)
    return door.provider.sign_out_address(id_token, after=door.service.base_url + SIGNED_OUT_PATH)


def _farewell(request: Request, door: Door, address: str | None) -> Response:
    """Signed out here; on to the provider from a page, since a form may not lead elsewhere (CSP, form-action)."""
    if address is None:
        return _gone(door, SIGNED_OUT_PATH)
    return _without_cookie(show(request, "signing_out.html", visitor=STRANGER, address=address), door)


def _gone(door: Door, path: str, *, keep: bool = False) -> Response:
    response = for_him_alone(RedirectResponse(site_of(door.service).at(path), status_code=303))
    return response if keep else _without_cookie(response, door)


def _without_cookie(response: Response, door: Door) -> Response:
    response.delete_cookie(door.session_cookie, path="/", secure=door.https, httponly=True, samesite="lax")
    return response


def _line(request: Request, door: Door, view: SessionView, current: UUID) -> SessionLine:
    language, zone = language_of(request), door.service.settings.zone
    return SessionLine(
        id=view.id,
        agent=view.agent,
        began=language.minute(view.created_at, zone),
        used=language.minute(view.used_at, zone),
        ends=language.minute(min(view.idle_until, view.ends_at), zone),
        here=view.id == current,
    )
