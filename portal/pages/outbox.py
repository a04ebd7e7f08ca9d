"""The outbox: what would be mailed, to look at while there is no mail server; for developing, on this machine only.

It is there if no `smtp_host` is set and the server's own address is a loopback one; it is asked for under that name,
from this machine. Everywhere else these addresses lead nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse, Response

from credentials.sentence import sentence
from issuer.errors import UnknownIssuer
from issuer.messages.calendar import MEDIA_TYPE
from issuer.messages.catalogue import MessageView, State, find_message, list_messages
from portal import answers
from portal.access import Served
from portal.mail.mime import CALENDAR_NAME
from portal.pages.dates import HumanDate, human_date
from portal.pages.rendering import render
from portal.pages.site import site_for
from portal.problems import NOT_FOUND, HttpProblem
from portal.service import Service

router = APIRouter(include_in_schema=False)

MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"
"""For a mail by itself: its styles stand in it, and it may do nothing; only our own page frames it."""
FRAMING_POLICY = (
    "default-src 'none'; img-src 'self'; style-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_MOST = 200


def is_loopback(host: str | None) -> bool:
    """Whether a host name or address is this machine and no other."""
    if host is None:
        return False
    name = host.strip("[]").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def has_outbox(service: Service) -> bool:
    """Whether this installation has an outbox to look at."""
    return service.settings.smtp_host is None and is_loopback(urlsplit(service.base_url).hostname)


def at_home(request: Request, service: Served) -> Service:
    """The service, if it has an outbox and is asked from this machine under its own name. Raises a 404 problem."""
    client = request.client.host if request.client is not None else None
    if not (has_outbox(service) and is_loopback(client) and is_loopback(request.url.hostname)):
        raise HttpProblem(NOT_FOUND, NOT_FOUND.meaning)
    return service


AtHome = Annotated[Service, Depends(at_home)]


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """One message in the list, and on its own page."""

    id: str
    address: str
    subject: str
    state: str
    tone: str
    created: HumanDate
    fault: str
    has_html: bool
    has_calendar: bool
    text: str = ""


_TONES = {
    State.QUEUED: "not-yet-valid",
    State.CLAIMED: "not-yet-valid",
    State.HANDING_OVER: "not-yet-valid",
    State.SENT: "valid",
    State.REFUSED: "revoked",
    State.UNCLEAR: "suspended",
    State.DROPPED: "unchecked",
}


_WORDS = {
    State.QUEUED: sentence("queued"),
    State.CLAIMED: sentence("claimed"),
    State.HANDING_OVER: sentence("handing over"),
    State.SENT: sentence("sent"),
    State.REFUSED: sentence("refused"),
    State.UNCLEAR: sentence("unclear"),
    State.DROPPED: sentence("dropped"),
}


@router.get("/outbox")
def outbox(request: Request, service: AtHome) -> Response:
    """The messages, newest first."""
    try:
        found = list_messages(service.database, issuer=service.issuer, limit=_MOST)
    except UnknownIssuer:
        found = ()
    items = [_item(one, service) for one in found]
    site = site_for(request, service)
    html = render("outbox.html", site, here="outbox", items=items, most=_MOST)
    return answers.page(html, language=site.language)


@router.get("/outbox/{message_id}")
def message(request: Request, message_id: UUID, service: AtHome) -> Response:
    """One message, with its HTML in a frame and its text below."""
    item = _item(find_message(service.database, message_id), service)
    site = site_for(request, service)
    response = answers.page(render("outbox_message.html", site, here="outbox", item=item), language=site.language)
    response.headers.update({"Cache-Control": "no-store", "Content-Security-Policy": FRAMING_POLICY})
    return response


@router.get("/outbox/{message_id}/mail.html")
def mail(message_id: UUID, service: AtHome) -> Response:
    """The HTML of a message, as a mail program shows it."""
    found = find_message(service.database, message_id)
    if found.html is None:
        raise HttpProblem(NOT_FOUND, sentence("This message has no HTML."))
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": MAIL_POLICY, "X-Frame-Options": "SAMEORIGIN"}
    return HTMLResponse(found.html, headers=headers)


@router.get("/outbox/{message_id}/" + CALENDAR_NAME)
def calendar(message_id: UUID, service: AtHome) -> Response:
    """The calendar of a message."""
    found = find_message(service.database, message_id)
    if found.calendar is None:
        raise HttpProblem(NOT_FOUND, sentence("This message has no calendar."))
    headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{CALENDAR_NAME}"'}
    return Response(found.calendar, media_type=f"{MEDIA_TYPE}; charset=utf-8", headers=headers)


def _item(one: MessageView, service: Service) -> OutboxItem:
    moment: datetime = one.created_at
    return OutboxItem(
        id=str(one.id),
        address=one.address or sentence("erased"),
        subject=one.subject or sentence("(nothing is left of it)"),
        state=_WORDS[one.state],
        tone=_TONES[one.state],
        created=human_date(moment, service.settings.zone),
        fault=one.fault or "",
        has_html=one.html is not None,
        has_calendar=one.calendar is not None,
        text=one.text,
    )
