"""`/admin/keys/requests` and `/admin/keys/two`: what is asked for with the keys, and whether two people change them."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from credentials.sentence import Sentence, sentence, sentence_of
from issuer.errors import KeyTrouble, TransitionRefused, Unknown
from issuer.key_request import Party
from issuer.key_requests import allow, ask_for_one, refuse, require_two
from keys.errors import KeysError
from portal.access import Served
from portal.admin.going import lead
from portal.admin.keys import PATH, READ, shown_keys
from portal.forms import FieldFault, Form, form_of
from portal.service import Service
from portal.sign_in.sent_form import sent_form
from portal.sign_in.who import Administers, Person

router = APIRouter(include_in_schema=False)

_GONE = sentence("There is no such request.")


@router.post(PATH + "/requests")
async def answer(request: Request, service: Served, person: Administers) -> Response:
    """A second admin allows what was asked for, or refuses it; who asked for it withdraws it."""
    form = form_of(await sent_form(request))
    return await run_in_threadpool(_answer, request, service, person, form)


@router.post(PATH + "/two")
async def two(request: Request, service: Served, person: Administers) -> Response:
    """From now on two people change the keys; or it is asked that one may again."""
    form = form_of(await sent_form(request))
    return await run_in_threadpool(_two, request, service, person, form)


def _answer(request: Request, service: Service, person: Person, form: Form) -> Response:
    try:
        identifier = UUID(form.value("request"))
    except ValueError:
        return _refused(request, service, person, form, "", _GONE)
    by = Party(person.actor, person.person_id)
    now = service.clock()
    if form.value("answer") == "refuse":
        return _done(
            request, service, person, form,
            lambda: refuse(service.database, issuer=service.issuer, request_id=identifier, by=by, now=now).state,
        )  # fmt: skip
    if not form.ticked("sure"):
        return _refused(request, service, person, form, f"allow-{identifier}", READ)
    return _done(
        request, service, person, form,
        lambda: _allowed(allow(
            service.database, service.keyring, issuer=service.issuer, request_id=identifier, by=by, now=now
        ).state),
    )  # fmt: skip


def _allowed(state: str) -> str:
    return "allowed" if state == "done" else "backed"


def _two(request: Request, service: Service, person: Person, form: Form) -> Response:
    by = Party(person.actor, person.person_id)
    if not form.ticked("sure"):
        return _refused(request, service, person, form, "two-sure", READ)

    def change() -> str:
        if form.value("people") == "one":
            ask_for_one(
                service.database, issuer=service.issuer, by=by, now=service.clock(), randomness=secrets.token_bytes
            )
            return "asked"
        require_two(service.database, issuer=service.issuer, by=by, now=service.clock())
        return "two"

    return _done(request, service, person, form, change)


def _done(request: Request, service: Service, person: Person, form: Form, change: Callable[[], str]) -> Response:
    try:
        done = change()
    except (KeyTrouble, KeysError, TransitionRefused, Unknown) as error:
        return _refused(request, service, person, form, "", sentence_of(error))
    return lead(service, f"{PATH}?done={done}")


def _refused(
    request: Request, service: Service, person: Person, form: Form, field: str, why: str | Sentence
) -> Response:
    return shown_keys(request, service, person, form.refused(FieldFault(field, why)), status=422)
