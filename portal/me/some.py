"""`/me/credentials/{id}/some`: a holder chooses what of a credential he shows, and gets a file that says no more."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from credentials import strict_json
from credentials.haste import TakesLong, in_haste
from credentials.prepared import written
from credentials.proofs.selective import ecdsa_sd_2023
from credentials.sentence import Sentence, sentence
from issuer.selective_copies import choosable, is_offered, selective_copy
from issuer.wallet_copies import CopyRefused, CopyWaits
from portal import credential_forms
from portal.access import Served
from portal.admin.going import LOCKED
from portal.forms import FieldFault, Form, form_of
from portal.pages.badge_view import badge_view
from portal.pages.credential import Published, file_name, published_whole
from portal.problems import NOT_FOUND, HttpProblem
from portal.service import Service
from portal.sign_in.sent_form import sent_form
from portal.sign_in.showing import for_him_alone, show
from portal.sign_in.who import Person, SignedIn

router = APIRouter(include_in_schema=False)

_NOT_MINE = sentence("You hold no such credential; compare the address with the original.")
_LONGEST = 80


@router.get("/me/credentials/{credential_id}/some")
def some(request: Request, service: Served, person: SignedIn, credential_id: UUID) -> Response:
    """What can be chosen. Raises a 404 problem for one that is not his, or of which no such file is made."""
    return _page(request, person, _mine(service, person, credential_id), Form())


@router.post("/me/credentials/{credential_id}/some")
async def show_some(request: Request, service: Served, person: SignedIn, credential_id: UUID) -> Response:
    """The file with what was chosen, or, at a press of the other button, the one from which he chooses elsewhere."""
    form = form_of(await sent_form(request))
    return await run_in_threadpool(_answer, request, service, person, credential_id, form)


def _answer(request: Request, service: Service, person: Person, credential_id: UUID, form: Form) -> Response:
    found = _mine(service, person, credential_id)
    document = credential_forms.document_of(found.secured)
    chosen = [one for one in form.all("show") if one in choosable(document)]
    if service.keyring is None:
        return _page(request, person, found, form.refused(FieldFault("", LOCKED)), status=422)
    try:
        body = selective_copy(
            service.database,
            service.keyring,
            credential_id=credential_id,
            actor=person.actor,
            now=service.clock(),
            randomness=secrets.token_bytes,
        ).body
        if form.value("whole") != "yes":
            body = _shown(body, chosen)
    except (CopyRefused, CopyWaits, TakesLong):
        why = sentence("Of this credential no such file can be made now: it is revoked, suspended or has expired.")
        return _page(request, person, found, form.refused(FieldFault("", why)), status=422)
    kind = "selective" if form.value("whole") == "yes" else "shown"
    stem = file_name(badge_view(document, zone=service.settings.zone), credential_id)
    headers = {"Content-Disposition": f'attachment; filename="{stem}.{kind}.json"'}
    return for_him_alone(Response(body, media_type="application/json", headers=headers))


def _shown(base: bytes, chosen: Sequence[str]) -> bytes:
    with in_haste():
        return written(ecdsa_sd_2023.derive(strict_json.parse(base), chosen))


def _mine(service: Service, person: Person, credential_id: UUID) -> Published:
    found = published_whole(service, credential_id)
    mine = found is not None and found.chain.credential.person_id == person.person_id
    if found is None or not mine or not found.has_json or not is_offered(service.database, credential_id):
        raise HttpProblem(NOT_FOUND, _NOT_MINE)
    return found


def _page(request: Request, person: Person, found: Published, form: Form, *, status: int = 200) -> Response:
    document = credential_forms.document_of(found.secured)
    return show(
        request,
        "me/some.html",
        visitor=person,
        here="me",
        status=status,
        form=form,
        id=found.chain.credential.id,
        title=str(document.get("name", "")),
        parts=[(pointer, _named(document, pointer), _value(document, pointer)) for pointer in choosable(document)],
        ticked=set(form.all("show")),
    )


_NAMES: Mapping[str, Sentence] = {
    "narrative": sentence("What it says about me"),
    "licenseNumber": sentence("Its number"),
    "result": sentence("A result"),
    "evidence": sentence("My evidence"),
    "relatedResource": sentence("That it follows an older one"),
}


def _named(document: Mapping[str, Any], pointer: str) -> Sentence:
    """What stands there, in words; the pointer itself for what this software never issues."""
    steps = pointer.split("/")[1:]
    member = steps[1] if steps[0] == "credentialSubject" else steps[0]
    if member == "identifier":
        kind = _at(document, pointer).get("identityType")
        if kind == "name":
            return sentence("My name")
        return sentence("A check value of my e-mail address: who knows the address can compare it")
    return _NAMES.get(member, Sentence(pointer))


def _value(document: Mapping[str, Any], pointer: str) -> str:
    value = _at(document, pointer)
    if isinstance(value, Mapping):
        if value.get("hashed"):
            return ""
        names = ("name", "identityHash", "value", "achievedLevel", "status", "id")
        value = next((value[name] for name in names if isinstance(value.get(name), str)), "")
    return str(value)[:_LONGEST]


def _at(document: Any, pointer: str) -> Any:
    value = document
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        value = value[int(name)] if isinstance(value, list) else value[name]
    return value
