"""`/admin/keys`: every key that ever signed; replacing one by another, and saying that one can no longer be trusted."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from credentials.sentence import sentence, sentence_of
from issuer.ending_keys import retire_key
from issuer.errors import KeyTrouble, TransitionRefused, Unknown
from issuer.signing_keys import KeyState, Rotation, Use, add_key, list_keys, rotate
from keys.errors import KeysError
from keys.keyring import Keyring
from keys.public_key import KeyType
from portal.access import Served
from portal.admin.going import LOCKED, admin_page, lead
from portal.forms import FieldFault, Form, form_of
from portal.service import Service
from portal.sign_in.sent_form import sent_form
from portal.sign_in.who import Administers, Person

router = APIRouter(include_in_schema=False)

PATH = "/admin/keys"
FURTHER = (KeyType.P256, KeyType.P384, KeyType.ED25519)
"""The types of keys beside the main one, as they are offered."""
_DONE = frozenset({"added", "rotated", "retired", "compromised"})
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


@router.post(PATH + "/add")
async def add(request: Request, service: Served, person: Administers) -> Response:
    """A key beside the main one signs from now on what the main one does not fit."""
    form = form_of(await sent_form(request))
    return await run_in_threadpool(_add, request, service, person, form)


@router.post(PATH + "/retire")
async def retire(request: Request, service: Served, person: Administers) -> Response:
    """A key beside the main one signs nothing more; it stays published."""
    form = form_of(await sent_form(request))
    return await run_in_threadpool(_retire, request, service, person, form)


def _add(request: Request, service: Service, person: Person, form: Form) -> Response:
    if form.value("type") not in FURTHER:
        form = form.refused(FieldFault("type", sentence("Choose the type of the key.")))
    return _made(
        request,
        service,
        person,
        form,
        lambda ring: _added(service, ring, person, KeyType(form.value("type")), replace=False, held_at=None),
        done="added",
    )


def _rotate(request: Request, service: Service, person: Person, form: Form) -> Response:
    use, further = form.value("use"), form.value("further")
    if use not in tuple(Use) or further not in ("", *FURTHER):
        form = form.refused(FieldFault("", sentence("Choose which key is to be replaced.")))
    elif not form.ticked("sure"):
        form = form.refused(FieldFault(f"sure-{further or use}", _READ))

    def make(ring: Keyring) -> Rotation:
        if further:
            held_at = form.value("signer") or None
            return _added(service, ring, person, KeyType(further), replace=True, held_at=held_at)
        return rotate(
            service.database,
            ring,
            issuer=service.issuer,
            use=Use(use),
            held_at=form.value("signer") or None,
            actor=person.actor,
            now=service.clock(),
            randomness=secrets.token_bytes,
        )

    return _made(request, service, person, form, make, done="rotated")


def _added(
    service: Service, ring: Keyring, person: Person, key_type: KeyType, *, replace: bool, held_at: str | None
) -> Rotation:
    return add_key(
        service.database,
        ring,
        issuer=service.issuer,
        key_type=key_type,
        replace=replace,
        held_at=held_at,
        actor=person.actor,
        now=service.clock(),
        randomness=secrets.token_bytes,
    )


def _made(
    request: Request,
    service: Service,
    person: Person,
    form: Form,
    make: Callable[[Keyring], Rotation],
    *,
    done: str,
) -> Response:
    """A key is made, if nothing stands against it."""
    if service.keyring is None:
        form = form.refused(FieldFault("", LOCKED))
    if form.faults or service.keyring is None:
        return _shown(request, service, person, form, status=422)
    try:
        make(service.keyring)
    except (KeyTrouble, KeysError, TransitionRefused) as error:
        return _shown(request, service, person, form.refused(FieldFault("", sentence_of(error))), status=422)
    return lead(service, f"{PATH}?done={done}")


def _retire(request: Request, service: Service, person: Person, form: Form) -> Response:
    if not form.ticked("sure"):
        form = form.refused(FieldFault(f"retire-{form.value('fragment')}", _READ))
        return _shown(request, service, person, form, status=422)
    try:
        retire_key(
            service.database,
            issuer=service.issuer,
            fragment=form.value("fragment"),
            actor=person.actor,
            now=service.clock(),
        )
    except (TransitionRefused, Unknown) as error:
        return _shown(request, service, person, form.refused(FieldFault("", sentence_of(error))), status=422)
    return lead(service, f"{PATH}?done=retired")


def _shown(
    request: Request, service: Service, person: Person, form: Form, *, done: str = "", status: int = 200
) -> Response:
    found = list_keys(service.database, service.issuer)
    signing = {key.use for key in found if key.state is KeyState.ACTIVE and not key.further}
    proving = [key for key in found if key.state is KeyState.ACTIVE and key.use is Use.DATA_INTEGRITY]
    order = (KeyState.ACTIVE, KeyState.RETIRED, KeyState.COMPROMISED)
    return admin_page(
        request,
        "keys.html",
        person,
        "keys",
        slim=True,
        status=status,
        form=form,
        keys=sorted(found, key=lambda key: (order.index(key.state), key.further)),
        addable=[(one.value, one.value) for one in FURTHER if one not in {key.type for key in proving}],
        lacking=[use.value for use in Use if use not in signing],
        locked=service.keyring is None,
        done=done,
        zone=service.settings.zone,
    )
