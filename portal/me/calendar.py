"""`/me/calendar`, where somebody gets the address of his due dates, and `/calendar/{secret}.ics`, where they lie."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from credentials.sentence import sentence
from issuer.messages.calendar import MEDIA_TYPE, Due, feed, uid_of
from issuer.people.calendar_address import (
    calendar_since,
    end_calendar,
    is_calendar_secret,
    new_calendar_secret,
    subscriber,
)
from issuer.people.duties import Standing, standing_of_person
from issuer.recertification.duties import Task
from portal.access import Served
from portal.language.language import Language
from portal.language.wanted import wanted
from portal.me.once import remember, remembered
from portal.me.overview import level_path
from portal.pages.site import site_of
from portal.problems import NOT_FOUND, HttpProblem
from portal.service import Service
from portal.sign_in.door import AtDoor
from portal.sign_in.showing import for_him_alone, language_of, show
from portal.sign_in.who import SignedIn

router = APIRouter(include_in_schema=False)

_DONE: Final = frozenset({"made", "off"})
_ONCE: Final = "calendar"


@router.get("/me/calendar")
def calendar_page(request: Request, service: Served, door: AtDoor, person: SignedIn, done: str = "") -> Response:
    """What the calendar is, its address if it was made just now, and the buttons."""
    since = calendar_since(service.database, service.issuer, person.person_id)
    secret = remembered(request, door, _ONCE)
    if not secret or not is_calendar_secret(service.database, service.issuer, person.person_id, secret):
        secret = ""
    language = language_of(request)
    address = f"{service.base_url}/calendar/{secret}.ics?lang={language.tag}" if secret else ""
    standing = standing_of_person(service.database, service.issuer, person.person_id, service.clock())
    return show(
        request,
        "me/calendar.html",
        visitor=person,
        here="me-calendar",
        since=language.minute(since, service.settings.zone) if since is not None else "",
        address=address,
        subscribe=address.replace(urlsplit(address).scheme, "webcal", 1) if address else "",
        dues=list(_dues(service, standing, person.person_id, language)),
        done=done if done in _DONE else "",
    )


@router.post("/me/calendar")
def make_address(service: Served, door: AtDoor, person: SignedIn) -> Response:
    """A new address, which replaces the one before; the page that follows shows it."""
    secret = new_calendar_secret(
        service.database,
        service.issuer,
        person_id=person.person_id,
        now=service.clock(),
        randomness=secrets.token_bytes,
    )
    response = _back(service, "made")
    remember(response, door, _ONCE, secret)
    return response


@router.post("/me/calendar/off")
def switch_off(service: Served, person: SignedIn) -> Response:
    """The address gives nothing any more."""
    end_calendar(service.database, service.issuer, person_id=person.person_id)
    return _back(service, "off")


@router.get("/calendar/{secret}.ics")
def feed_of(service: Served, secret: str, lang: str = "") -> Response:
    """The due dates of whose address it is. It names nobody; it is kept by his own calendar alone."""
    whose = subscriber(service.database, secret)
    if whose is None:
        raise HttpProblem(
            NOT_FOUND, sentence("There is no calendar at this address (any more). Its owner can make a new one.")
        )
    now, language = service.clock(), wanted(None, lang)
    standing = standing_of_person(service.database, whose.issuer, whose.person_id, now)
    name = language.say(sentence("Certifications of {issuer}", issuer=site_of(service).name))
    text = feed(_dues(service, standing, whose.person_id, language), now=now, name=name)
    headers = {"Cache-Control": "private, max-age=3600", "Content-Type": f"{MEDIA_TYPE}; charset=utf-8"}
    return Response(text.encode(), headers=headers)


def _dues(service: Service, standing: Standing, person_id: UUID, language: Language) -> Iterator[Due]:
    """Every duty with a day, overdue ones too: they stand in the calendar until they are done."""
    host = urlsplit(service.base_url).hostname or "localhost"
    for duty in standing.duties:
        if duty.due_on is None:
            continue
        level = standing.names.get(duty.level, str(duty.level))
        renews = duty.kind is Task.RENEW
        title = sentence("Renew “{level}”", level=level) if renews else sentence("Earn “{level}”", level=level)
        if duty.kind is Task.RESTORE:
            title = sentence("Restore “{level}”", level=level)
        yield Due(
            uid_of(host, person_id, str(duty.level), duty.credential_id),
            duty.due_on,
            language.say(title),
            language.say(duty.why),
            service.base_url + level_path(duty.level),
        )


def _back(service: Service, done: str) -> Response:
    return for_him_alone(RedirectResponse(site_of(service).at(f"/me/calendar?done={done}"), status_code=303))
