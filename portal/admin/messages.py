"""`/admin/messages`: what was mailed to whom, how far it got, and sending one again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from issuer.cursors import cursor_at, place_of
from issuer.errors import Refused
from issuer.messages.catalogue import (
    MOST_COUNTED,
    MessageView,
    State,
    count_messages,
    find_message,
    list_messages,
    waiting_notices,
)
from issuer.messages.delivery import resend
from portal.access import Served
from portal.admin.going import admin_page, lead, place
from portal.sign_in.showing import language_of
from portal.sign_in.who import Administers

router = APIRouter(include_in_schema=False)

PATH = "/admin/messages"
_IN_PAGE = 50
AGAIN = (State.UNCLEAR, State.REFUSED, State.DROPPED)
"""What can be sent again by hand."""


@dataclass(frozen=True, slots=True)
class MessageLine:
    """A message in the list."""

    id: UUID
    to: str
    subject: str
    state: str
    at: str
    fault: str


@router.get(PATH)
def messages(request: Request, service: Served, person: Administers, state: str = "", after: str = "") -> Response:
    """Messages, the newest first, with how many got how far."""
    wanted = State(state) if state in tuple(State) else None
    last = _place(after)
    found = list_messages(service.database, issuer=service.issuer, state=wanted, limit=_IN_PAGE + 1, after=last)
    counts = count_messages(service.database, issuer=service.issuer, most=MOST_COUNTED)
    language, zone = language_of(request), service.settings.zone
    given = {"state": state if wanted else ""}
    return admin_page(
        request,
        "messages.html",
        person,
        "messages",
        lines=[
            MessageLine(
                one.id,
                one.address,
                one.subject,
                one.state.value,
                language.minute(one.created_at, zone),
                (one.fault or "") if one.state is not State.SENT else "",
            )
            for one in found[:_IN_PAGE]
        ],
        counts={one.value: n for one, n in counts.items() if n},
        most=MOST_COUNTED,
        waiting=waiting_notices(service.database, service.clock(), issuer=service.issuer),
        chosen=given["state"],
        mails=service.settings.smtp_host is not None,
        before=place(PATH, given) if last is not None else "",
        after=place(PATH, {**given, "after": _after(found[_IN_PAGE - 1])}) if len(found) > _IN_PAGE else "",
    )


def _after(last: MessageView) -> str:
    return cursor_at(last.created_at, last.id)


def _place(after: str) -> tuple[datetime, UUID] | None:
    """Where the page before ended; None for what is no such place: then it is the first page."""
    try:
        at, identifier = place_of(after)
    except Refused:
        return None
    return (at, identifier) if at.tzinfo is not None else None


@router.get(PATH + "/{message_id}")
def message(request: Request, service: Served, person: Administers, message_id: UUID, done: str = "") -> Response:
    """One, as its reader sees it. Raises a 404 problem."""
    one = find_message(service.database, message_id)
    language, zone = language_of(request), service.settings.zone
    return admin_page(
        request,
        "message.html",
        person,
        "messages",
        slim=True,
        one=one,
        written=language.minute(one.created_at, zone),
        sent=language.minute(one.sent_at, zone) if one.sent_at else "",
        again=one.state in AGAIN,
        done=done if done == "again" else "",
    )


@router.post(PATH + "/{message_id}/resend")
def again(service: Served, person: Administers, message_id: UUID) -> Response:
    """Put it into the queue again. Raises a 404 problem, 409 if it is on its way or was sent."""
    resend(service.database, message_id, actor=person.actor, now=service.clock())
    return lead(service, f"{PATH}/{message_id}?done=again")
