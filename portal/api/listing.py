"""`GET /api/{instance}/credentials`: what was issued, page by page, for systems that keep up with it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import JSONResponse

from credentials.instants import format_instant
from issuer.api_tokens import ApiToken, Role
from issuer.catalogue import CredentialRecord, Filter, Standing, list_credentials
from issuer.issuers import Issuer
from portal.access import Served, instance, require_role
from portal.api.contract.shapes import JSON, TEXT, URL, array, obj, told
from portal.api.schemas import PROBLEM

router = APIRouter(prefix="/api/{instance_name}/credentials", tags=["Credentials"])

WORDS = r"^[^\x00]{0,200}$"
"""What no database stumbles over."""
_MAYBE = {"type": ["string", "null"]}
_ONE = obj(
    {
        "id": {**TEXT, "format": "uuid"},
        "url": URL,
        "standing": {"enum": [one.value for one in Standing]},
        **dict.fromkeys(("name", "program", "level", "achievement", "awardedOn", "issuedAt", "validUntil"), _MAYBE),
        "validFrom": {**TEXT, "format": "date-time"},
        "reason": {**_MAYBE, "description": "Why it is revoked, or suspended."},
    },
    "id", "url", "standing", "validFrom",
)  # fmt: skip
_PAGE = obj({"credentials": array(_ONE), "next": {**_MAYBE, "description": "`after` of the next page."}}, "credentials")


def _access(request: Request, instance_name: str, service: Served) -> tuple[Issuer, ApiToken]:
    """The instance and a token that may manage it. Raises 401, 403 or 404."""
    issuer = instance(instance_name, service)
    return issuer, require_role(request, service, issuer, Role.MANAGE)


@router.get(
    "",
    summary="What was issued",
    description="Newest first, page by page: `next` of one is `after` of the following. It can be narrowed by program, "
    "level, standing, and by words in the names of people, levels and programs.",
    responses={200: told("A page of them.", {JSON: _PAGE}), **dict.fromkeys((400, 401, 403, 404, 422), PROBLEM)},
    openapi_extra={
        "security": [{"bearer": [Role.MANAGE.value]}],
        "x-curl": "curl '{base}/api/default/credentials?standing=valid' -H 'Authorization: Bearer gmk_…'",
    },
)
def show(
    access: Annotated[tuple[Issuer, ApiToken], Depends(_access)],
    service: Served,
    program: Annotated[str | None, Query(pattern=WORDS)] = None,
    level: Annotated[str | None, Query(pattern=WORDS)] = None,
    standing: Standing | None = None,
    search: Annotated[str | None, Query(pattern=WORDS)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
    after: Annotated[str | None, Query(pattern="^[A-Za-z0-9_-]{1,200}$")] = None,
) -> JSONResponse:
    """One page."""
    now = service.clock()
    page = list_credentials(
        service.database,
        now=now,
        filter_=Filter(access[0].slug, program, level, standing, search),
        after=after,
        limit=limit,
    )
    shown = [_as_json(one, one.standing(now)) for one in page.items]
    return JSONResponse({"credentials": shown, "next": page.next}, headers={"Cache-Control": "no-store"})


def _as_json(one: CredentialRecord, standing: Standing) -> dict[str, Any]:
    return {
        "id": str(one.id),
        "url": one.url,
        "standing": standing.value,
        "name": one.recipient_name,
        "program": one.program,
        "level": one.level,
        "achievement": one.achievement_name,
        "awardedOn": one.awarded_on.isoformat() if one.awarded_on else None,
        "issuedAt": format_instant(one.issued_at) if one.issued_at else None,
        "validFrom": format_instant(one.valid_from),
        "validUntil": format_instant(one.valid_until) if one.valid_until else None,
        "reason": one.revocation_reason or one.suspension_reason,
    }
