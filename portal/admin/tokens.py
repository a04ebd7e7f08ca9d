"""`/admin/tokens`: bearer tokens of the API. A new one is shown on the very page that its making answers with, once."""

from __future__ import annotations

import secrets
from datetime import timedelta

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from credentials.sentence import sentence, sentence_of
from issuer.api_tokens import Role, create_token, list_tokens, revoke_token
from issuer.errors import AlreadyExists
from issuer.plain_text import one_line
from portal.access import Served
from portal.admin.going import admin_page, lead
from portal.forms import FieldFault, Form, filled, form_of
from portal.service import Service
from portal.sign_in.sent_form import sent_form
from portal.sign_in.who import Administers, Person

router = APIRouter(include_in_schema=False)

PATH = "/admin/tokens"
_LENGTHS = ("30", "90", "365", "")
_LONGEST = 100


@router.get(PATH)
def tokens(request: Request, service: Served, person: Administers, done: str = "", role: str = "") -> Response:
    """All tokens, without their secrets; `role` is chosen already for a new one."""
    form = filled(role=role if role in tuple(Role) else Role.ISSUE.value, days="90")
    return _shown(request, service, person, form, done=done if done == "revoked" else "")


@router.post(PATH)
async def make(request: Request, service: Served, person: Administers) -> Response:
    """Make one, and show it."""
    form = form_of(await sent_form(request))
    return await run_in_threadpool(_make, request, service, person, form)


@router.post(PATH + "/revoke")
async def revoke(request: Request, service: Served, person: Administers) -> Response:
    """End one at once. Raises a 404 problem."""
    name = form_of(await sent_form(request)).value("name")
    await run_in_threadpool(
        revoke_token, service.database, issuer=service.issuer, name=name, actor=person.actor, now=service.clock()
    )
    return lead(service, f"{PATH}?done=revoked")


def _make(request: Request, service: Service, person: Person, form: Form) -> Response:
    name, role, days = form.value("name"), form.value("role"), form.value("days")
    if fault := _fault_of_name(name):
        form = form.refused(FieldFault("name", fault))
    if role not in tuple(Role):
        form = form.refused(FieldFault("role", sentence("Choose what it may do.")))
    if days not in _LENGTHS:
        form = form.refused(FieldFault("days", sentence("Choose how long it holds.")))
    if form.faults:
        return _shown(request, service, person, form, status=422)
    now = service.clock()
    try:
        made = create_token(
            service.database,
            issuer=service.issuer,
            name=name,
            role=Role(role),
            actor=person.actor,
            now=now,
            randomness=secrets.token_bytes,
            expires_at=now + timedelta(days=int(days)) if days else None,
        )
    except AlreadyExists:
        taken = sentence("There is a token of this name already; choose another.")
        return _shown(request, service, person, form.refused(FieldFault("name", taken)), status=422)
    return _shown(request, service, person, filled(role=role, days=days), secret=made.secret)


def _fault_of_name(name: str) -> str:
    if not name or len(name) > _LONGEST:
        return sentence("Say what or whom it is for, in up to {most} characters.", most=_LONGEST)
    try:
        one_line(name)
    except ValueError as error:
        return sentence_of(error)
    return ""


def _shown(
    request: Request,
    service: Service,
    person: Person,
    form: Form,
    *,
    secret: str = "",
    done: str = "",
    status: int = 200,
) -> Response:
    found = list_tokens(service.database, service.issuer)
    now = service.clock()
    working = [one for one in found if one.works(now)]
    return admin_page(
        request,
        "tokens.html",
        person,
        "tokens",
        slim=True,
        script=bool(secret),
        status=status,
        form=form,
        tokens=working,
        ended=[one for one in found if one not in working],
        secret=secret,
        done=done,
        zone=service.settings.zone,
    )
