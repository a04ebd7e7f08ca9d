"""`/admin/keys`: every key that ever signed; replacing one by another, and saying that one can no longer be trusted."""

from __future__ import annotations

import secrets

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from credentials.sentence import sentence
from issuer.errors import KeyTrouble, TransitionRefused, Unknown
from issuer.signing_keys import KeyState, Use, list_keys, mark_compromised, rotate
from keys.errors import KeysError
from portal.access import Served
from portal.admin.going import LOCKED, admin_page, lead
from portal.forms import FieldFault, Form, form_of
from portal.service import Service
from portal.sign_in.sent_form import sent_form
from portal.sign_in.who import Administers, Person

router = APIRouter(include_in_schema=False)

PATH = "/admin/keys"
_DONE = frozenset({"rotated", "compromised"})
_READ = sentence("Tick that you have read what follows from it.")


@router.get(PATH)
def keys(request: Request, service: Served, person: Administers, done: str = "") -> Response:
    """The keys, those that sign first."""
    return _shown(request, service, person, Form(), done=done if done in _DONE else "")


@router.post(PATH + "/rotate")
async def replace(request: Request, service: Served, person: Administers) -> Response:
    """A new key signs from now on; the old one stays published."""
    form = form_of(await sent_form(request))
    return await run_in_threadpool(_rotate, request, service, person, form)


@router.post(PATH + "/compromised")
async def compromised(request: Request, service: Served, person: Administers) -> Response:
    """Tell everybody that a key is not to be trusted any more."""
    form = form_of(await sent_form(request))
    return await run_in_threadpool(_mark, request, service, person, form)


def _rotate(request: Request, service: Service, person: Person, form: Form) -> Response:
    if form.value("use") not in tuple(Use):
        form = form.refused(FieldFault("", sentence("Choose which key is to be replaced.")))
    elif not form.ticked("sure"):
        form = form.refused(FieldFault(f"sure-{form.value('use')}", _READ))
    if service.keyring is None:
        form = form.refused(FieldFault("", LOCKED))
    if form.faults or service.keyring is None:
        return _shown(request, service, person, form, status=422)
    try:
        rotate(
            service.database,
            service.keyring,
            issuer=service.issuer,
            use=Use(form.value("use")),
            actor=person.actor,
            now=service.clock(),
            randomness=secrets.token_bytes,
        )
    except (KeyTrouble, KeysError) as error:
        return _shown(request, service, person, form.refused(FieldFault("", str(error))), status=422)
    return lead(service, f"{PATH}?done=rotated")


def _mark(request: Request, service: Service, person: Person, form: Form) -> Response:
    if not form.value("reason"):
        what = sentence("Say what happened to the key; it stands in the audit trail.")
        form = form.refused(FieldFault(f"reason-{form.value('fragment')}", what))
    if not form.ticked("sure"):
        form = form.refused(FieldFault(f"sure-{form.value('fragment')}", _READ))
    if form.faults:
        return _shown(request, service, person, form, status=422)
    try:
        mark_compromised(
            service.database,
            issuer=service.issuer,
            fragment=form.value("fragment"),
            reason=form.value("reason"),
            actor=person.actor,
            now=service.clock(),
        )
    except (TransitionRefused, Unknown) as error:
        return _shown(request, service, person, form.refused(FieldFault("", str(error))), status=422)
    return lead(service, f"{PATH}?done=compromised")


def _shown(
    request: Request, service: Service, person: Person, form: Form, *, done: str = "", status: int = 200
) -> Response:
    found = list_keys(service.database, service.issuer)
    signing = {key.use for key in found if key.state is KeyState.ACTIVE}
    order = (KeyState.ACTIVE, KeyState.RETIRED, KeyState.COMPROMISED)
    return admin_page(
        request,
        "keys.html",
        person,
        "keys",
        slim=True,
        status=status,
        form=form,
        keys=sorted(found, key=lambda key: order.index(key.state)),
        lacking=[use.value for use in Use if use not in signing],
        locked=service.keyring is None,
        done=done,
        zone=service.settings.zone,
    )
