"""Signing in by a link that is mailed. Nobody learns here whether an address is known, not even by the answer's time.

The link opens a page with one button: programs that look through mail follow links, and do not press buttons.
"""

from __future__ import annotations

import secrets

import structlog
from fastapi import APIRouter, Request
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from credentials.sentence import sentence
from issuer.awards import comparable
from issuer.plain_text import is_email_address
from issuer.sign_in.one_time_links import LIFE, PATH, ask_for_link, is_good, take_link
from issuer.sign_in.rates import within
from issuer.sign_in.refusals import NotLetIn
from portal.forms import FieldFault, form_of
from portal.mail.deliver import deliver
from portal.pages.site import site_of
from portal.problems import NOT_FOUND, HttpProblem
from portal.sign_in.at_door import sign_in_form
from portal.sign_in.client import network_of
from portal.sign_in.door import AtDoor, Door
from portal.sign_in.letting_in import let_in, not_let_in, refused
from portal.sign_in.own_paths import own_path
from portal.sign_in.rates import LINKS_FROM_NETWORK, LINKS_TO_ADDRESS, too_many
from portal.sign_in.sent_form import sent_form
from portal.sign_in.showing import for_him_alone, show
from portal.sign_in.who import STRANGER, FromHere

router = APIRouter(include_in_schema=False)
log = structlog.get_logger("guildmark.sign_in")

_USED = sentence("This link does not work any more")


@router.post("/sign-in", dependencies=[FromHere])
async def ask(request: Request, door: AtDoor) -> Response:
    """A link is mailed, if the directory has the address; the answer is the same if it has not."""
    if not door.by_mail:
        raise HttpProblem(NOT_FOUND, NOT_FOUND.meaning)
    form = form_of(await sent_form(request))
    address = form.value("email")
    if not is_email_address(address):
        fault = FieldFault("email", sentence("This is no e-mail address. Write it whole, like ana@example.org."))
        return await run_in_threadpool(sign_in_form, request, door, form.value("next"), form.refused(fault))
    return await run_in_threadpool(_asked, request, door, address, own_path(form.value("next")))


def _asked(request: Request, door: Door, address: str, next_: str) -> Response:
    database, now = door.service.database, door.now()
    if not within(database, LINKS_FROM_NETWORK, network_of(request, door.service), now=now):
        return too_many(request, LINKS_FROM_NETWORK)
    may_be_sent = within(database, LINKS_TO_ADDRESS, comparable(address), now=now)
    response = RedirectResponse(site_of(door.service).at("/sign-in/sent"), status_code=303)
    # Only when the answer has gone out is anything looked up, so its time tells nothing.
    response.background = BackgroundTask(_send, door, address, next_) if may_be_sent else None
    return for_him_alone(response)


def _send(door: Door, address: str, next_: str) -> None:
    service = door.service
    try:
        message = ask_for_link(
            service.database,
            issuer=service.issuer,
            address=address,
            next_=next_,
            now=door.now(),
            today=door.today(),
            randomness=secrets.token_bytes,
        )
        if message is not None:
            report = deliver(service, door.now(), only=message)
            if report.trouble is not None:
                log.warning("mail cannot be sent", reason=report.trouble)
    except Exception as error:  # noqa: BLE001  (he has his answer, and asks again when no mail comes)
        log.error("no link was sent", error=type(error).__name__)  # noqa: TRY400  (a traceback could hold the address)


@router.get("/sign-in/sent")
def sent(request: Request, door: AtDoor) -> Response:
    """What to do now."""
    if not door.by_mail:
        raise HttpProblem(NOT_FOUND, NOT_FOUND.meaning)
    minutes = int(LIFE.total_seconds() // 60)
    return show(
        request, "sign_in_sent.html", visitor=STRANGER, here="sign-in", minutes=minutes, most=LINKS_TO_ADDRESS.most
    )


@router.get(PATH)
def link(request: Request, door: AtDoor, token: str = "") -> Response:
    """The page that a link opens: one button. Looking at it uses nothing up."""
    if not is_good(door.service.database, token, now=door.now()):
        return _used(request)
    return show(request, "sign_in_link.html", visitor=STRANGER, here="sign-in", token=token)


@router.post(PATH, dependencies=[FromHere])
async def use_link(request: Request, door: AtDoor) -> Response:
    """The button: the link is used up, and the browser is signed in."""
    token = form_of(await sent_form(request)).value("token")
    return await run_in_threadpool(_use, request, door, token)


def _use(request: Request, door: Door, token: str) -> Response:
    taken = take_link(door.service.database, token, now=door.now())
    if taken is None:
        return _used(request)
    try:
        return let_in(request, door, taken.person_id, taken.next)
    except NotLetIn as error:
        return not_let_in(request, error, sentence("You cannot sign in here"))


def _used(request: Request) -> Response:
    why = sentence("A link signs in once, within 15 minutes. Ask for another one.")
    return refused(request, _USED, why, status=410)
