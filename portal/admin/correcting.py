"""`/admin/credentials/{id}/correct`: say it right. The one before is revoked as superseded and leads to the new one."""

from __future__ import annotations

import secrets
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from credentials.sentence import sentence
from issuer.awards import faults_of, request_from_dict
from issuer.bulk_status import Result
from issuer.catalogue import CredentialView, find_credential
from issuer.errors import Fault, Refused, UnknownCredential
from issuer.programs import load_catalogue
from issuer.succession.correction import Corrections
from issuer.succession.reissue import reissue_many
from issuer.succession.supersede import finish_reissues
from portal.access import Served
from portal.admin.going import LOCKED, admin_page, lead
from portal.forms import FieldFault, Form, filled, form_of
from portal.service import Service
from portal.sign_in.sent_form import sent_form
from portal.sign_in.who import Administers, Person

router = APIRouter(include_in_schema=False)

PATH = "/admin/credentials/{credential_id}/correct"
_FIELDS = {"name": "name", "email": "email", "narrative": "narrative", "reason": "reason"}


@router.get(PATH)
def ask(request: Request, service: Served, person: Administers, credential_id: UUID) -> Response:
    """What it says, to be mended. Raises a 404 problem."""
    found = _found(service, credential_id)
    said = found.request
    form = filled(name=str(said.get("name") or ""), email=str(said.get("email") or ""), narrative=said.get("narrative"))
    return _shown(request, person, found, form)


@router.post(PATH)
async def correct(request: Request, service: Served, person: Administers, credential_id: UUID) -> Response:
    """Issue the corrected one. Raises a 404 problem."""
    form = form_of(await sent_form(request))
    return await run_in_threadpool(_correct, request, service, person, credential_id, form)


def _correct(request: Request, service: Service, person: Person, credential_id: UUID, form: Form) -> Response:
    found = _found(service, credential_id)
    if not form.value("reason"):
        form = form.refused(FieldFault("reason", sentence("Say why: holders and strangers read it.")))
    corrections = _corrections(found, form)
    if corrections.is_empty:
        form = form.refused(
            FieldFault("", sentence("Nothing is different. Change what is wrong, or leave it as it is."))
        )
    else:
        form = form.refused_by(_faults(service, found, corrections), _FIELDS)
    if service.keyring is None:
        form = form.refused(FieldFault("", LOCKED))
    if form.faults or service.keyring is None:
        return _shown(request, person, found, form, status=422)
    try:
        finish_reissues(service.database, service.keyring, actor=person.actor, now=service.clock())
        (outcome,) = reissue_many(
            service.database,
            service.keyring,
            credential_ids=[credential_id],
            corrections=corrections,
            reason=form.value("reason"),
            actor=person.actor,
            now=service.clock(),
            randomness=secrets.token_bytes,
        )
    except Refused as error:
        return _shown(request, person, found, form.refused_by(error.faults, _FIELDS), status=422)
    if outcome.successor_id is None or outcome.result not in (Result.DONE, Result.ALREADY):
        return _shown(request, person, found, form.refused(_at_field(credential_id, outcome.detail)), status=422)
    return lead(service, f"/admin/credentials/{outcome.successor_id}?done=corrected")


def _at_field(credential_id: UUID, detail: str) -> FieldFault:
    """What an outcome says, at the field that it begins with."""
    said = detail.removeprefix(f"the credential {credential_id}: ")
    name = next((one for one in _FIELDS if said.startswith(f"{one}: ")), "")
    return FieldFault(name, said.removeprefix(f"{name}: "))


def _faults(service: Service, found: CredentialView, corrections: Corrections) -> tuple[Fault, ...]:
    """Everything that is wrong with what it would say, each at its field, before anything is tried."""
    request = corrections.applied(request_from_dict(dict(found.request)), None)
    catalogue = load_catalogue(service.database, service.issuer)
    return faults_of(request, catalogue, service.clock(), found.achievement, complete=False)


def _found(service: Service, credential_id: UUID) -> CredentialView:
    found = find_credential(service.database, credential_id)
    if found is None or found.achievement is None:
        raise UnknownCredential(
            sentence("no credential {credential_id} of a level is issued", credential_id=credential_id)
        )
    return found


def _corrections(found: CredentialView, form: Form) -> Corrections:
    """What is different from what it says now; an empty text takes it away."""

    def other(name: str) -> str | None:
        given = form.value(name)
        return given if given != str(found.request.get(name) or "") else None

    return Corrections(
        name=other("name"),
        email=other("email"),
        narrative=other("narrative"),
        newest_version=form.ticked("newest_version"),
    )


def _shown(request: Request, person: Person, found: CredentialView, form: Form, *, status: int = 200) -> Response:
    return admin_page(request, "correct.html", person, "credentials", slim=True, status=status, form=form, view=found)
