"""The assessor's pages: his queue, one proposal, and what he scored; and a manager's decisions, which are alike."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from issuer.assessment.at_hand import is_named_assessor
from issuer.assessment.queue import PAGE, After, decisions_of, queue_of, scored_by
from portal.assess.queue_view import history_line, waiting_line
from portal.assess.scoring import address_of, look, score
from portal.forms import form_of
from portal.pages.site import site_of
from portal.sign_in.door import AtDoor
from portal.sign_in.sent_form import sent_form
from portal.sign_in.showing import language_of, show
from portal.sign_in.who import Assesses, Manages

router = APIRouter(include_in_schema=False)

_QUEUE: Final = "/assess"
_HISTORY: Final = "/assess/history"


@router.get(_QUEUE)
def queue(request: Request, door: AtDoor, person: Assesses, after: str = "") -> Response:
    """What waits for him."""
    service, language, today = door.service, language_of(request), door.today()
    named = is_named_assessor(service.database, service.issuer, person.person_id, person.session)
    found = queue_of(service.database, service.issuer, person.person_id, named=named, day=today, after=_place(after))
    asked, open_ = (
        tuple(waiting_line(one, address_of(one.id, manages=False), language, today) for one in some)
        for some in (found.asked, found.open)
    )
    site = site_of(service)
    more = site.at(f"{_QUEUE}?after={_place_text(*found.after)}") if found.after is not None else ""
    pages = {"before": site.at(_QUEUE) if after else "", "after": more}
    return show(
        request,
        "assess/queue.html",
        visitor=person,
        here="assess",
        named=named,
        first=not after,
        pages=pages,
        asked=asked,
        open=open_,
    )


@router.get(_HISTORY)
def history(request: Request, door: AtDoor, person: Assesses, after: str = "") -> Response:
    """What he scored."""
    service, language, zone = door.service, language_of(request), door.service.settings.zone
    found = scored_by(service.database, service.issuer, person.person_id, after=_place(after))
    site = site_of(service)
    more = site.at(f"{_HISTORY}?after={_place_text(found[-1].at, found[-1].proposal_id)}") if len(found) == PAGE else ""
    pages = {"before": site.at(_HISTORY) if after else "", "after": more}
    lines = tuple(history_line(one, language, zone) for one in found)
    return show(request, "assess/history.html", visitor=person, here="assess", lines=lines, pages=pages)


@router.get("/assess/{proposal_id}")
def one(request: Request, door: AtDoor, person: Assesses, proposal_id: UUID) -> Response:
    """A proposal with its rubric."""
    return look(request, door, person, proposal_id, manages=False)


@router.post("/assess/{proposal_id}")
async def assess_one(request: Request, door: AtDoor, person: Assesses, proposal_id: UUID) -> Response:
    """His scoring."""
    form = form_of(await sent_form(request))
    return await run_in_threadpool(score, request, door, person, proposal_id, form, manages=False)


@router.get("/team/decisions")
def decisions(request: Request, door: AtDoor, person: Manages) -> Response:
    """What levels leave to him as the manager of his people."""
    service, language, today = door.service, language_of(request), door.today()
    found = decisions_of(service.database, service.issuer, person.person_id, day=today)
    lines = tuple(waiting_line(one, address_of(one.id, manages=True), language, today) for one in found)
    return show(request, "team/decisions.html", visitor=person, here="team", lines=lines)


@router.get("/team/decisions/{proposal_id}")
def one_decision(request: Request, door: AtDoor, person: Manages, proposal_id: UUID) -> Response:
    """A proposal that he is to approve or decline, or did."""
    return look(request, door, person, proposal_id, manages=True)


@router.post("/team/decisions/{proposal_id}")
async def decide_one(request: Request, door: AtDoor, person: Manages, proposal_id: UUID) -> Response:
    """His decision."""
    form = form_of(await sent_form(request))
    return await run_in_threadpool(score, request, door, person, proposal_id, form, manages=True)


def _place_text(at: datetime, identifier: UUID) -> str:
    return base64.urlsafe_b64encode(f"{at.isoformat()} {identifier}".encode()).decode().rstrip("=")


def _place(text: str) -> After | None:
    """Where the page before ended; None for what is no such place: then it is the first page."""
    try:
        at, identifier = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().split(" ")
        instant = datetime.fromisoformat(at)
        return (instant, UUID(identifier)) if instant.tzinfo is not None else None
    except (ValueError, binascii.Error):
        return None
