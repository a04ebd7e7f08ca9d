"""`/admin/keys/signed`: what a key signed, and the drill if somebody else may have it (`issuer.compromise`)."""

from __future__ import annotations

import secrets
from datetime import datetime, time

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from credentials.sentence import sentence, sentence_of
from issuer.compromise import compromise, glance
from issuer.errors import KeyTrouble, TransitionRefused
from issuer.jobs.table import BULK
from issuer.signing_keys import KeyState
from keys.errors import KeysError
from portal.access import Served
from portal.admin.going import LOCKED, admin_page, lead, today_of
from portal.admin.keys import PATH
from portal.forms import FieldFault, Form, filled, form_of
from portal.problems import NOT_FOUND, HttpProblem
from portal.service import Service
from portal.sign_in.sent_form import sent_form
from portal.sign_in.who import Administers, Person
from portal.worker import nudge

router = APIRouter(include_in_schema=False)

MOST = 50
MOST_AT_ONCE = 20_000
"""More are gone over by the command, which has the time."""


@router.get(PATH + "/signed")
def signed(request: Request, service: Served, person: Administers, key: str = "") -> Response:
    """What a key signed; nothing is changed."""
    return _shown(request, service, person, filled(fragment=key))


@router.post(PATH + "/compromised")
async def compromised(request: Request, service: Served, person: Administers) -> Response:
    """Publish that a key is not to be trusted, put another in its place, and sign anew what it signed."""
    form = form_of(await sent_form(request))
    return await run_in_threadpool(_carry_out, request, service, person, form)


def _carry_out(request: Request, service: Service, person: Person, form: Form) -> Response:
    since = None
    try:
        since = _since(service, form)
    except ValueError:
        form = form.refused(FieldFault("since", sentence("That is no date; write it as 2026-11-30.")))
    if not form.value("reason"):
        what = sentence("Say what happened to the key; it stands in the audit trail.")
        form = form.refused(FieldFault("reason", what))
    if not form.ticked("sure"):
        form = form.refused(FieldFault("sure", sentence("Tick that you have read what follows from it.")))
    if service.keyring is None:
        form = form.refused(FieldFault("", LOCKED))
    if form.faults or service.keyring is None:
        return _shown(request, service, person, form, status=422)
    seen = glance(service.database, issuer=service.issuer, fragment=form.value("fragment"), since=since, most=0)
    if seen.total > MOST_AT_ONCE:
        too_many = sentence("These are too many for this page: use the command guildmark keys compromise.")
        return _shown(request, service, person, form.refused(FieldFault("", too_many)), status=422)
    try:
        done = compromise(
            service.database,
            service.keyring,
            issuer=service.issuer,
            fragment=form.value("fragment"),
            since=since,
            reason=form.value("reason"),
            held_at=form.value("signer") or None,
            actor=person.actor,
            now=service.clock(),
            randomness=secrets.token_bytes,
        )
    except (TransitionRefused, KeyTrouble, KeysError) as error:
        return _shown(request, service, person, form.refused(FieldFault("", sentence_of(error))), status=422)
    if done.bulk is None:
        return lead(service, f"{PATH}?done=compromised")
    nudge(service, BULK)
    return lead(service, f"/admin/jobs/{done.bulk.id}")


def _since(service: Service, form: Form) -> datetime | None:
    """The beginning of that day, where the company is; None if nothing is said. Raises ValueError."""
    given = form.value("since")
    if not given:
        return None
    begun = datetime.combine(datetime.strptime(given, "%Y-%m-%d"), time(), service.settings.zone)  # noqa: DTZ007
    return min(begun, service.clock())


def _shown(request: Request, service: Service, person: Person, form: Form, *, status: int = 200) -> Response:
    since = None
    if not form.fault("since"):
        try:
            since = _since(service, form)
        except ValueError:
            since = None
    name = form.value("fragment")
    try:
        found = glance(service.database, issuer=service.issuer, fragment=name, since=since, most=MOST)
    except KeyTrouble as error:
        raise HttpProblem(NOT_FOUND, sentence("There is no such key.")) from error
    return admin_page(
        request,
        "signed.html",
        person,
        "keys",
        slim=True,
        status=status,
        form=form,
        found=found,
        signs=found.key.state is KeyState.ACTIVE,
        held=not found.key.key_uri.startswith("file:"),
        over=found.key.state is KeyState.COMPROMISED,
        today=today_of(service),
        zone=service.settings.zone,
        locked=service.keyring is None,
    )
