"""How a launch goes on from its page: to the level, by way of the sign-in if need be, or back with a level chosen."""

from __future__ import annotations

import secrets

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from credentials.sentence import sentence
from issuer.lti.launches import link_person, look_at_ticket, make_ticket, take_ticket
from issuer.lti.platforms import platform_by_id
from issuer.sign_in.refusals import NotLetIn
from portal.admin.going import LOCKED, lead
from portal.lti.deep_linking import answer_claims
from portal.lti.refusals import LaunchRefused
from portal.lti.routes import choosing, cookie_of, follow_grade, level_meant
from portal.lti.showing import framed
from portal.lti.tool import own_key, signed
from portal.problems import GONE, UNAVAILABLE, HttpProblem
from portal.sign_in.door import AtDoor, Door
from portal.sign_in.letting_in import let_in
from portal.sign_in.own_paths import sign_in_path
from portal.sign_in.sent_form import sent_form, text_in
from portal.sign_in.showing import show
from portal.sign_in.who import FromHere, SignedIn

router = APIRouter(include_in_schema=False)

_OVER = sentence("This page of your course was used already, or waited too long. Open it anew in your course.")


@router.post("/lti/open", dependencies=[FromHere])
async def open_level(request: Request, door: AtDoor) -> Response:
    """To the level, in a tab of its own, as whom the page said."""
    token = text_in(await sent_form(request), "ticket")
    return await run_in_threadpool(_opened, request, door, token)


def _opened(request: Request, door: Door, token: str) -> Response:
    service, browser = door.service, request.cookies.get(cookie_of(door), "")
    ticket = take_ticket(service.database, "open", token, browser=browser, now=door.now())
    if ticket is None:
        raise HttpProblem(GONE, _OVER)
    path = f"/me/levels/{ticket.details['program']}/{ticket.details['level']}"
    if ticket.person_id is not None:
        try:
            return let_in(request, door, ticket.person_id, path)
        except NotLetIn as error:
            raise HttpProblem(GONE, error.said) from None
    if not ticket.same_browser:  # whose account it is, only the browser that set out may say
        return lead(service, sign_in_path(path))
    handle = make_ticket(
        service.database,
        "link",
        platform_id=ticket.platform_id,
        person_id=None,
        browser=browser,
        details=ticket.details,
        now=door.now(),
        randomness=secrets.token_bytes,
    )
    return lead(service, f"/lti/link/{handle}")


@router.get("/lti/link/{handle}")
def link_page(request: Request, door: AtDoor, person: SignedIn, handle: str) -> Response:
    """Whether the account on the platform is his who is signed in here."""
    service, browser = door.service, request.cookies.get(cookie_of(door), "")
    ticket = look_at_ticket(service.database, "link", handle, browser=browser, now=door.now())
    platform = platform_by_id(service.database, service.issuer, ticket.platform_id) if ticket else None
    if ticket is None or platform is None or not ticket.same_browser:
        raise HttpProblem(GONE, _OVER)
    path = f"/me/levels/{ticket.details['program']}/{ticket.details['level']}"
    return show(request, "lti/link.html", visitor=person, here="lti", platform=platform, handle=handle, level_path=path)


@router.post("/lti/link/{handle}")
def link(request: Request, door: AtDoor, person: SignedIn, handle: str) -> Response:
    """It is his: from now on he is known by it, and his grade counts."""
    service, browser = door.service, request.cookies.get(cookie_of(door), "")
    known = look_at_ticket(service.database, "link", handle, browser=browser, now=door.now())
    if known is None or not known.same_browser:
        raise HttpProblem(GONE, _OVER)
    ticket = take_ticket(service.database, "link", handle, browser=browser, now=door.now())
    platform = platform_by_id(service.database, service.issuer, ticket.platform_id) if ticket else None
    if ticket is None or platform is None:
        raise HttpProblem(GONE, _OVER)
    linked = link_person(
        service.database,
        platform=platform,
        subject=ticket.details["subject"],
        person_id=person.person_id,
        now=door.now(),
    )
    if not linked:
        raise HttpProblem(GONE, sentence("This account of the platform is another person’s already."))
    if ticket.details["line_item"] is not None:
        follow_grade(service, platform, person.person_id, ticket.details)
    return lead(service, f"/me/levels/{ticket.details['program']}/{ticket.details['level']}")


@router.post("/lti/choose", dependencies=[FromHere])
async def choose(request: Request, door: AtDoor) -> Response:
    """The level that was chosen, signed, in a form that leads back to the platform."""
    form = await sent_form(request)
    given = (text_in(form, "ticket"), text_in(form, "level"), text_in(form, "column"))
    return await run_in_threadpool(_chosen, request, door, *given)


def _chosen(request: Request, door: Door, token: str, named: str, column: str) -> Response:
    service, browser = door.service, request.cookies.get(cookie_of(door), "")
    known = look_at_ticket(service.database, "choose", token, browser=browser, now=door.now())
    platform = platform_by_id(service.database, service.issuer, known.platform_id) if known else None
    if known is None or platform is None:
        raise HttpProblem(GONE, _OVER)
    if service.keyring is None:
        raise HttpProblem(UNAVAILABLE, LOCKED)
    try:
        level = level_meant(service, named, "")
    except LaunchRefused:
        return choosing(request, platform, token, known.details, fault=sentence("Choose one of the levels."))
    ticket = take_ticket(service.database, "choose", token, browser=browser, now=door.now())
    if ticket is None:
        raise HttpProblem(GONE, _OVER)
    key = own_key(service, service.keyring, actor="lti")
    wants = column == "yes" and bool(ticket.details["columns"])
    claims = answer_claims(service, platform, ticket.details, level, column=wants)
    return_url: str = ticket.details["return_url"]
    return framed(
        request,
        platform,
        "chosen.html",
        leads_to=return_url,
        more=(return_url,),
        platform=platform,
        level=level,
        return_url=return_url,
        jwt=signed(key, service.keyring, claims),
    )
