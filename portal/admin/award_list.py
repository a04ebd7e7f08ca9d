"""`/admin/award/list`: a file of awards, looked at row by row, mended in the page, and issued in the background."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from hashlib import sha256

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from issuer.assessment.allowed import faults_of_requests
from issuer.awards import AwardRequest
from issuer.awards_csv import OPTIONAL, REQUIRED, read_awards_csv
from issuer.errors import Fault, IdempotencyConflict, Refused
from issuer.jobs.bulk_issue import issue_in_background
from issuer.jobs.table import BULK
from issuer.programs import load_catalogue
from issuer.validity import over_since
from portal.access import Served
from portal.admin.going import admin_page, lead
from portal.admin.sheet_view import EDITED, Sheet, sheet_of
from portal.admin.sheets import SentSheet, digest_of, sent_sheet
from portal.forms import Form
from portal.service import Service
from portal.sign_in.who import Administers, Person
from portal.worker import nudge

router = APIRouter(include_in_schema=False)

PATH = "/admin/award/list"
_MOST_NAMED = 20


@router.get(PATH)
def ask(request: Request, person: Administers) -> Response:
    """Choose a file, or paste its rows."""
    return _shown(request, person, Form(), None, "")


@router.post(PATH)
async def look(request: Request, service: Served, person: Administers) -> Response:
    """What is wrong with which row; and if that is wanted, issue the rows that are right."""
    sent = await sent_sheet(request)
    return await run_in_threadpool(_look, request, service, person, sent)


def _look(request: Request, service: Service, person: Person, sent: SentSheet) -> Response:
    if sent.form.faults:
        return _shown(request, person, sent.form, None, sent.text, status=422)
    source = "history" if sent.form.ticked("past") else "csv"
    requests, faults = _judged(service, sent.data, source)
    sheet = sheet_of(sent.text, faults)
    action = sent.form.value("action")
    wanted = sent.seen and (action == "issue-right" or (action == "issue" and not faults))
    if not wanted or not requests:
        expired = _expired(service, requests) if source == "csv" else ()
        return _shown(request, person, sent.form, sheet, sent.text, expired=expired, status=422 if faults else 200)
    try:
        bulk = issue_in_background(
            service.database,
            issuer=service.issuer,
            requests=requests,
            actor=person.actor,
            now=service.clock(),
            randomness=secrets.token_bytes,
            source=source,
            idempotency_key="page:" + sha256(f"{sent.form.value('once')}\n{source}\n".encode() + sent.data).hexdigest(),
        )
    except (Refused, IdempotencyConflict) as error:
        form = sent.form.refused_by(error.faults)
        return _shown(request, person, form, sheet_of(sent.text, error.faults), sent.text, status=422)
    nudge(service, BULK)
    return lead(service, f"/admin/jobs/{bulk.id}?done=begun")


def _judged(service: Service, data: bytes, source: str) -> tuple[Sequence[AwardRequest], Sequence[Fault]]:
    """The rows that are right by themselves and by their level's rules, and every fault of the others."""
    now = service.clock()
    reading = read_awards_csv(data, catalogue=load_catalogue(service.database, service.issuer), now=now)
    more = faults_of_requests(service.database, service.issuer, reading.requests, source=source, now=now)
    wrong = {fault.where.partition(",")[0] for fault in more}
    return [one for one in reading.requests if one.origin not in wrong], [*reading.faults, *more]


def _expired(service: Service, requests: Sequence[AwardRequest]) -> Sequence[str]:
    """The numbers of the rows whose badges would have expired already: nothing is wrong with them, most likely."""
    catalogue, now = load_catalogue(service.database, service.issuer), service.clock()
    levels = {(one.program, one.level): catalogue.find(one.program, one.level) for one in requests}
    return [
        one.origin.rpartition(" ")[2]
        for one in requests
        if (level := levels[one.program, one.level]) is not None
        and over_since(one.awarded_on, level.validity, level.zone, now) is not None
    ]


def _shown(
    request: Request,
    person: Person,
    form: Form,
    sheet: Sheet | None,
    text: str,
    *,
    expired: Sequence[str] = (),
    status: int = 200,
) -> Response:
    return admin_page(
        request,
        "award_list.html",
        person,
        "award",
        status=status,
        script=True,
        form=form,
        sheet=sheet,
        expired=len(expired),
        expired_rows=", ".join([*expired[:_MOST_NAMED], *(["…"] if len(expired) > _MOST_NAMED else [])]),
        text=text,
        seen=digest_of(text),
        edited=len(text) <= EDITED,
        required=REQUIRED,
        optional=OPTIONAL,
        once=form.value("once") or secrets.token_urlsafe(12),
    )
