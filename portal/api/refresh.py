"""`/credentials/{id}/refresh`: the newest credential that goes back to this one (1EdTechCredentialRefresh).

Only credentials of levels that say so name this address, since whoever asks here tells the issuer that he is looking.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from issuer import catalogue
from portal import answers
from portal.access import Served
from portal.api.credentials import require_shared
from portal.negotiation import choose
from portal.problems import GONE, NOT_ACCEPTABLE, NOT_FOUND, HttpProblem

router = APIRouter(tags=["Credentials"])

JSON_TYPES = ("application/vc", "application/vc+ld+json", "application/ld+json", "application/json")
JWT_TYPES = ("application/vc+jwt", "application/jwt", "text/plain")
OFFERS = (*JSON_TYPES, *JWT_TYPES)

_FORMS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The newest credential, signed.",
        "content": {media_type: {} for media_type in OFFERS},
    }
}
_WORDS = (
    "The refresh service that a credential names if its level says so: what has replaced it by renewal or correction, "
    "the newest of all, or the credential itself. It may be revoked: verify it. JSON unless `Accept` asks for the JWT."
)


@router.get(
    "/credentials/{credential_id}/refresh",
    summary="The newest credential that goes back to this one",
    description=_WORDS,
    response_class=Response,
    responses=_FORMS,
    openapi_extra={"x-curl": "curl {base}/credentials/{credential_id}/refresh"},
)
def refresh(request: Request, credential_id: UUID, service: Served) -> Response:
    """The newest, in the form that Accept asks for."""
    wanted = choose(request.headers.get("accept"), OFFERS)
    if wanted is None:
        detail = f"A credential comes as {', '.join(OFFERS)}."
        raise HttpProblem(NOT_ACCEPTABLE, detail, headers={"Vary": "Accept"})
    require_shared(service, credential_id)
    asked, other = ("json", "jwt") if wanted in JSON_TYPES else ("jwt", "json")
    path = f"/credentials/{credential_id}/refresh"
    found = service.documents.find(path, form=asked)
    if found is None:
        raise _nothing(service, credential_id, has_other=service.documents.find(path, form=other) is not None)
    body = answers.public(request, found.body, wanted, keep=found.max_age)
    return answers.varying(body)


@router.post(
    "/credentials/{credential_id}/refresh",
    summary="The same, for clients that post",
    description=_WORDS,
    response_class=Response,
    responses=_FORMS,
    openapi_extra={"x-curl": "curl -X POST {base}/credentials/{credential_id}/refresh"},
)
def refresh_posted(request: Request, credential_id: UUID, service: Served) -> Response:
    """As `refresh`; nothing that is posted is read."""
    return refresh(request, credential_id, service)


def _nothing(service: Served, credential_id: UUID, *, has_other: bool) -> HttpProblem:
    if has_other:
        return HttpProblem(NOT_FOUND, "The newest credential was not issued in that form.")
    if catalogue.is_erased(service.database, credential_id):
        return HttpProblem(GONE, "This credential was of a person whose data were erased.")
    return HttpProblem(NOT_FOUND, f"No credential has the id {credential_id}. Compare the link with the original.")
