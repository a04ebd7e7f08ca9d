"""`/api/{instance}/credentials`: what was issued, page by page, for systems that keep up with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import JSONResponse

from credentials.instants import format_instant
from issuer.api_tokens import ApiToken, Role
from issuer.catalogue import CredentialRecord, Filter, Standing, list_credentials
from issuer.issuers import Issuer
from portal import bodies
from portal.access import Served, instance, require_role
from portal.api.contract.shapes import JSON, TEXT, URL, array, obj, told
from portal.api.schemas import PROBLEM
from portal.problems import BAD_REQUEST, HttpProblem
from portal.service import Service

router = APIRouter(prefix="/api/{instance_name}/credentials", tags=["Credentials"])

WORDS = r"^[^\x00]{0,200}$"
"""What no database stumbles over."""
CURSOR = "^[A-Za-z0-9_-]{1,200}$"
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
_LIST = obj({"credentials": array(_ONE), "next": {**_MAYBE, "description": "`after` of the next page."}}, "credentials")

_WORDS = {"type": ["string", "null"], "maxLength": 200}
_SEARCH: dict[str, Any] = obj(
    {
        "program": _WORDS,
        "level": _WORDS,
        "standing": {"enum": [*(one.value for one in Standing), None]},
        "search": {**_WORDS, "description": "Words in the names of people, levels and programs."},
        "limit": {"type": "integer", "minimum": 1, "maximum": 200, "default": 100},
        "after": {**_MAYBE, "pattern": CURSOR, "description": "`next` of the page before."},
    }
)


def _access(request: Request, instance_name: str, service: Served) -> tuple[Issuer, ApiToken]:
    """The instance and a token that may manage it. Raises 401, 403 or 404."""
    issuer = instance(instance_name, service)
    return issuer, require_role(request, service, issuer, Role.MANAGE)


@router.get(
    "",
    summary="What was issued",
    description="Newest first, page by page: `next` of one is `after` of the following. It can be narrowed by program, "
    "level, standing, and by words in the names of people, levels and programs.",
    responses={200: told("A page of them.", {JSON: _LIST}), **dict.fromkeys((400, 401, 403, 404, 422), PROBLEM)},
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
    after: Annotated[str | None, Query(pattern=CURSOR)] = None,
) -> JSONResponse:
    """One page."""
    return _page(service, Filter(access[0].slug, program, level, standing, search), after, limit)


@router.post(
    "/search",
    summary="What was issued, asked by a body",
    description="The same as the list, for words about people: a proxy logs addresses, and no bodies.",
    responses={
        200: told("A page of them.", {JSON: _LIST}),
        **dict.fromkeys((400, 401, 403, 404, 413, 415, 422), PROBLEM),
    },
    openapi_extra={
        "requestBody": {"required": True, "content": {JSON: {"schema": _SEARCH}}},
        "security": [{"bearer": [Role.MANAGE.value]}],
        "x-curl": "curl -X POST {base}/api/default/credentials/search \\\n  "
        "-H 'Authorization: Bearer gmk_…' -H 'Content-Type: application/json' \\\n  "
        """-d '{"search": "Kjærsgaard", "standing": "valid"}'""",
    },
)
def search_all(
    access: Annotated[tuple[Issuer, ApiToken], Depends(_access)],
    body: Annotated[dict[str, Any], Depends(bodies.json_object)],
    service: Served,
) -> JSONResponse:
    """One page. Raises 400 for a member that is not as the list takes it."""
    bodies.only_members(body, tuple(_SEARCH["properties"]), "The request")
    words = {name: _word(body, name, WORDS) for name in ("program", "level", "search")}
    standing, limit = body.get("standing"), body.get("limit", 100)
    if standing is not None and standing not in tuple(Standing):
        raise HttpProblem(BAD_REQUEST, f"`standing` must be one of {', '.join(Standing)}.")
    if not isinstance(limit, int) or isinstance(limit, bool) or not 1 <= limit <= 200:
        raise HttpProblem(BAD_REQUEST, "`limit` must be a number from 1 to 200.")
    filter_ = Filter(access[0].slug, standing=Standing(standing) if standing is not None else None, **words)
    return _page(service, filter_, _word(body, "after", CURSOR), limit)


def _word(body: Mapping[str, Any], name: str, pattern: str) -> str | None:
    value = body.get(name)
    if value is not None and (not isinstance(value, str) or not re.search(pattern, value)):
        raise HttpProblem(BAD_REQUEST, f"`{name}` must be a text that matches {pattern}")
    return value


def _page(service: Service, filter_: Filter, after: str | None, limit: int) -> JSONResponse:
    now = service.clock()
    page = list_credentials(service.database, now=now, filter_=filter_, after=after, limit=limit)
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
