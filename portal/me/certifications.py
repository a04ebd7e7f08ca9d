"""`/me`, and `/me/history`: what somebody holds and must do, what he may go for, and how he came there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from credentials.sentence import Sentence
from issuer.assessment.own import proposals_of
from issuer.held import held
from issuer.people.duties import standing_of_person
from issuer.people.progress import history_of_person
from issuer.programs import load_catalogue
from portal.access import Served
from portal.elsewhere.held_badges import badge_of
from portal.me.others import forecasts_for
from portal.me.overview import overview
from portal.me.reading import images_of
from portal.pages.site import site_of
from portal.sign_in.door import AtDoor
from portal.sign_in.showing import language_of, show
from portal.sign_in.who import SignedIn
from portal.wall.consent import question

router = APIRouter(include_in_schema=False)

MOST_LEVELS: Final = 12
"""Next levels on the page; all of them with `?levels=all`."""
MOST_ELSEWHERE: Final = 6
"""Badges of other issuers on the page, the newest; all of them under “Applications”."""
EVENTS: Final = 25
"""Of the history, on one page."""
_DONE: Final = frozenset({"withdrawn", "wall-yes", "wall-no"})


@dataclass(frozen=True, slots=True)
class Line:
    """Something that happened: the minute in words, and the sentence."""

    at: datetime
    when: str
    what: Sentence


@dataclass(frozen=True, slots=True)
class Pages:
    """Where a pager leads."""

    before: str = ""
    after: str = ""


@router.get("/me")
def certifications(
    request: Request, service: Served, door: AtDoor, person: SignedIn, levels: str = "", done: str = ""
) -> Response:
    """What he must do, holds, waits for and may go for."""
    site, now = site_of(service), service.clock()
    standing = standing_of_person(service.database, service.issuer, person.person_id, now)
    catalogue = load_catalogue(service.database, service.issuer)
    most = len(standing.next_levels) if levels == "all" else MOST_LEVELS
    shown = [one.level for one in standing.next_levels][:most]
    view = overview(
        standing,
        catalogue,
        proposals_of(service.database, service.issuer, person.person_id),
        forecasts_for(service, shown, list(standing.names), person.person_id),
        images_of(service, site, catalogue),
        now=now,
        most=most,
    )
    from_elsewhere = held(service.database, person.person_id, most=MOST_ELSEWHERE)
    return show(
        request,
        "me/certifications.html",
        visitor=person,
        here="me",
        page=view,
        elsewhere=[badge_of(service, language_of(request), one) for one in from_elsewhere],
        celebrate=question(door, person),
        done=done if done in _DONE else "",
    )


@router.get("/me/history")
def history(
    request: Request, service: Served, person: SignedIn, page: Annotated[int, Query(ge=1, le=10_000)] = 1
) -> Response:
    """What happened so far, the newest first."""
    found = history_of_person(service.database, service.issuer, person.person_id, service.clock())[::-1]
    start = (page - 1) * EVENTS
    language, zone = language_of(request), service.settings.zone
    lines = [Line(one.at, language.minute(one.at, zone), one.what) for one in found[start : start + EVENTS]]
    path = site_of(service).at("/me/history")
    pages = Pages(
        before=f"{path}?page={page - 1}" if page > 1 else "",
        after=f"{path}?page={page + 1}" if len(found) > start + EVENTS else "",
    )
    return show(request, "me/history.html", visitor=person, here="me-history", lines=lines, pages=pages)
