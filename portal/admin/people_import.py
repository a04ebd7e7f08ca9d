"""`/admin/people/import`: the directory from a file: who joins, moves and leaves is seen before anything is entered."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from issuer.errors import Fault, Refused
from issuer.people.directory_import import DirectoryImported, Missing, import_directory, preview_directory
from issuer.people.people_csv import OPTIONAL, REQUIRED
from portal.access import Served
from portal.admin.going import admin_page, lead, today_of
from portal.admin.sheet_view import EDITED, Sheet, sheet_of
from portal.admin.sheets import SentSheet, digest_of, sent_sheet
from portal.forms import Form, filled
from portal.service import Service
from portal.sign_in.who import Administers, Person

router = APIRouter(include_in_schema=False)

PATH = "/admin/people/import"


@router.get(PATH)
def ask(request: Request, person: Administers, done: str = "") -> Response:
    """Choose a file, or paste its rows."""
    form = filled(missing=Missing.KEEP.value)
    return _shown(request, person, form, "", done=done if done == "entered" else "")


@router.post(PATH)
async def look(request: Request, service: Served, person: Administers) -> Response:
    """What would become of whom; and once that was seen, enter it: all of it or nothing."""
    sent = await sent_sheet(request)
    return await run_in_threadpool(_look, request, service, person, sent)


def _look(request: Request, service: Service, person: Person, sent: SentSheet) -> Response:
    if sent.form.faults:
        return _shown(request, person, sent.form, sent.text, status=422)
    leave = sent.form.value("missing") == Missing.LEAVE
    missing = Missing.LEAVE if leave else Missing.KEEP
    entering = sent.form.value("action") == "enter" and sent.seen and sent.form.value("seen_missing") == missing
    now, today = service.clock(), today_of(service)
    try:
        if entering:
            import_directory(
                service.database,
                sent.data,
                missing=missing,
                actor=person.actor,
                now=now,
                today=today,
                randomness=secrets.token_bytes,
            )
            return lead(service, f"{PATH}?done=entered")
        ahead = preview_directory(
            service.database, sent.data, missing=missing, now=now, today=today, randomness=secrets.token_bytes
        )
    except Refused as error:
        sheet = _sheet(sent.text, error.faults)
        return _shown(request, person, sent.form, sent.text, sheet=sheet, status=422)
    return _shown(request, person, sent.form, sent.text, ahead=ahead)


def _sheet(text: str, faults: Sequence[Fault]) -> Sheet:
    return sheet_of(text, faults, some=3)


def _shown(
    request: Request,
    person: Person,
    form: Form,
    text: str,
    *,
    sheet: Sheet | None = None,
    ahead: DirectoryImported | None = None,
    done: str = "",
    status: int = 200,
) -> Response:
    return admin_page(
        request,
        "people_import.html",
        person,
        "people",
        status=status,
        script=True,
        form=form,
        text=text,
        edited=len(text) <= EDITED,
        sheet=sheet,
        ahead=ahead,
        seen=digest_of(text),
        required=REQUIRED,
        optional=OPTIONAL,
        done=done,
    )
