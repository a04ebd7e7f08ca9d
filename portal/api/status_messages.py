"""`/api/{instance}/credentials/{id}/status-message`: what a credential's status tells besides yes and no."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse

from issuer.api_tokens import ApiToken, Role
from issuer.bulk_status import Result
from issuer.catalogue import find_credential
from issuer.errors import UnknownCredential
from issuer.issuers import Issuer
from issuer.status_told import say
from portal import bodies
from portal.access import Served, instance, require_role
from portal.api.schemas import PROBLEM
from portal.problems import BAD_REQUEST, UNAVAILABLE, HttpProblem

router = APIRouter(prefix="/api/{instance_name}/credentials", tags=["Credentials"])

_LONGEST = 1_000
_ANSWER: dict[str, Any] = {
    "description": "What it says now, as its published status list does.",
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "properties": {
                    "id": {"type": "string"},
                    "message": {"type": "string"},
                    "changed": {"type": "boolean"},
                },
            }
        }
    },
}
_REQUEST: dict[str, Any] = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "properties": {"message": {"type": "string"}},
                "required": ["message"],
            }
        }
    },
}


def _access(request: Request, instance_name: str, service: Served) -> tuple[Issuer, ApiToken]:
    """The instance and a token that may manage it; asked before the body is read. Raises 401, 403 or 404."""
    issuer = instance(instance_name, service)
    return issuer, require_role(request, service, issuer, Role.MANAGE)


@router.post(
    "/{credential_id}/status-message",
    summary="Let a credential’s status say one of its messages",
    description="`message` is one of those that the credential names (`credentialStatus.statusMessage`); it stays as "
    "valid as it is. The answer comes when the status list that says so is published. 409 if it names no such message.",
    responses={200: _ANSWER, **dict.fromkeys((400, 401, 403, 404, 409, 413, 415, 503), PROBLEM)},
    openapi_extra={
        "requestBody": _REQUEST,
        "security": [{"bearer": [Role.MANAGE.value]}],
        "x-curl": "curl -X POST {base}/api/default/credentials/{credential_id}/status-message \\\n  "
        "-H 'Authorization: Bearer gmk_…' -H 'Content-Type: application/json' \\\n  "
        """-d '{"message": "Under review"}'""",
    },
)
def status_message(
    credential_id: UUID,
    access: Annotated[tuple[Issuer, ApiToken], Depends(_access)],
    body: Annotated[dict[str, Any], Depends(bodies.json_object)],
    service: Served,
) -> JSONResponse:
    """Record and publish it. Raises 400 for a message that is none, 404, 409."""
    issuer, token = access
    bodies.only_members(body, ("message",), "The request")
    message = body.get("message")
    if not isinstance(message, str) or not message.strip() or len(message) > _LONGEST:
        raise HttpProblem(BAD_REQUEST, "`message` must be one of the messages that the credential names.")
    if service.keyring is None:
        raise HttpProblem(UNAVAILABLE, "The keys of this server are locked, so it cannot sign at the moment.")
    found = find_credential(service.database, credential_id)
    if found is None or found.issuer.slug != issuer.slug:
        raise UnknownCredential(f"no credential {credential_id} is issued")
    done = say(
        service.database,
        service.keyring,
        credential_id=credential_id,
        message=message,
        actor=f"api:{token.name}",
        now=service.clock(),
    )
    told = {"id": str(credential_id), "message": message, "changed": done.result is Result.DONE}
    return JSONResponse(told, headers={"Cache-Control": "no-store"})
