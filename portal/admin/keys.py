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
from issuer.key_request import Party
from issuer.key_requests import ask, key_requests
from issuer.signing_keys import KeyState, Use, list_keys, planned_addition, planned_rotation, replaced
from issuer.two_people import Change, alone, two_people_since
from keys.errors import KeysError
from keys.keyring import Keyring
from keys.public_key import KeyType
from portal.access import Served
from portal.admin.going import LOCKED, admin_page, lead
from portal.forms import FieldFault, Form, form_of
from portal.pages.dates import minute_of
from portal.service import Service
from portal.sign_in.sent_form import sent_form
from portal.sign_in.who import Administers, Person

router = APIRouter(include_in_schema=False)

PATH = "/admin/keys"
FURTHER = (KeyType.P256, KeyType.P384, KeyType.ED25519)
"""The types of keys beside the main one, as they are offered."""
_SHOWN = 10
_DONE = frozenset(
    {"added", "rotated", "retired", "compromised", "asked", "allowed", "backed", "refused", "withdrawn", "two"}
)
READ = sentence("Tick that you have read what follows from it.")


@router.get(PATH)
def keys(request: Request, service: Served, person: Administers, done: str = "") -> Response:
    """The keys, those that sign first."""
    return shown_keys(request, service, person, Form(), done=done if done in _DONE else "")


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
        lambda ring: planned_addition(
            service.database,
            ring,
            issuer=service.issuer,
            key_type=KeyType(form.value("type")),
            randomness=secrets.token_bytes,
        ),
        done="added",
    )


def _rotate(request: Request, service: Service, person: Person, form: Form) -> Response:
    use, further = form.value("use"), form.value("further")
    if use not in tuple(Use) or further not in ("", *FURTHER):
        form = form.refused(FieldFault("", sentence("Choose which key is to be replaced.")))
    elif not form.ticked("sure"):
        form = form.refused(FieldFault(f"sure-{further or use}", READ))

    held_at = form.value("signer") or None

    def plan(ring: Keyring) -> Change:
        if further:
            return planned_addition(
                service.database,
                ring,
                issuer=service.issuer,
                key_type=KeyType(further),
                replace=True,
                held_at=held_at,
                randomness=secrets.token_bytes,
            )
        return planned_rotation(
            service.database,
            ring,
            issuer=service.issuer,
            use=Use(use),
            held_at=held_at,
            randomness=secrets.token_bytes,
        )

    return _made(request, service, person, form, plan, done="rotated")


def _made(
    request: Request,
    service: Service,
    person: Person,
    form: Form,
    plan: Callable[[Keyring], Change],
    *,
    done: str,
) -> Response:
    """A key is made, if nothing stands against it; where two people change the keys, it is asked for."""
    if service.keyring is None:
        form = form.refused(FieldFault("", LOCKED))
    if form.faults or service.keyring is None:
        return shown_keys(request, service, person, form, status=422)
    try:
        done = _carried_out(service, person, plan(service.keyring), done)
    except (KeyTrouble, KeysError, TransitionRefused) as error:
        return shown_keys(request, service, person, form.refused(FieldFault("", sentence_of(error))), status=422)
    return lead(service, f"{PATH}?done={done}")


def _carried_out(service: Service, person: Person, change: Change, done: str) -> str:
    """The word for what came of it."""
    db, now = service.database, service.clock()
    if two_people_since(db, service.issuer) is None:
        replaced(db, service.issuer, change, gate=alone, actor=person.actor, now=now)
        return done
    by = Party(person.actor, person.person_id)
    ask(db, issuer=service.issuer, change=change, by=by, now=now, randomness=secrets.token_bytes)
    return "asked"


def _retire(request: Request, service: Service, person: Person, form: Form) -> Response:
    if not form.ticked("sure"):
        form = form.refused(FieldFault(f"retire-{form.value('fragment')}", READ))
        return shown_keys(request, service, person, form, status=422)
    try:
        retire_key(
            service.database,
            issuer=service.issuer,
            fragment=form.value("fragment"),
            actor=person.actor,
            now=service.clock(),
        )
    except (TransitionRefused, Unknown) as error:
        return shown_keys(request, service, person, form.refused(FieldFault("", sentence_of(error))), status=422)
    return lead(service, f"{PATH}?done=retired")


def shown_keys(
    request: Request, service: Service, person: Person, form: Form, *, done: str = "", status: int = 200
) -> Response:
    """The page, as it is or as a form of it comes back."""
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
        two=two_people_since(service.database, service.issuer),
        requests=key_requests(service.database, issuer=service.issuer, now=service.clock(), limit=_SHOWN),
        minute=minute_of,
        zone=service.settings.zone,
    )
