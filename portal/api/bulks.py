"""Work in the background over HTTP: begin it, watch it, cancel it. An instance is an issuer's slug, or `default`.

A list is checked as a whole before anything of it is begun: 400 names every fault. Then 202 says where to watch.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import JSONResponse, Response

from issuer.api_tokens import ApiToken, Role
from issuer.issuers import Issuer
from issuer.jobs.bulk import Bulk, BulkKind, cancel_bulk, find_bulk, outcomes
from issuer.jobs.bulk_change import change_in_background
from issuer.jobs.bulk_issue import issue_in_background
from issuer.jobs.table import BULK
from portal import bodies
from portal.access import Served, instance, require_role
from portal.api.bulk_requests import BULK_ANSWER, BULK_OUTCOMES, BULK_REQUEST, KINDS, award_requests, credential_ids
from portal.api.schemas import PROBLEM
from portal.bulk_view import as_json
from portal.issuing import LONGEST_KEY
from portal.problems import BAD_REQUEST, HttpProblem
from portal.service import Service
from portal.worker import nudge

router = APIRouter(prefix="/api/{instance_name}/bulks", tags=["Bulk work"])

Body = Annotated[dict[str, Any], Depends(bodies.json_object)]
Access = tuple[Issuer, ApiToken]
_NO_STORE = {"Cache-Control": "no-store"}
_PROBLEMS: dict[int | str, dict[str, Any]] = dict.fromkeys((401, 403, 404), PROBLEM)
_BEARER: list[dict[str, list[str]]] = [{"bearer": [Role.ISSUE.value]}]


def _access(request: Request, instance_name: str, service: Served) -> Access:
    """The instance and a token that may issue for it; asked before the body is read. Raises 401, 403 or 404."""
    issuer = instance(instance_name, service)
    return issuer, require_role(request, service, issuer, Role.ISSUE)


Allowed = Annotated[Access, Depends(_access)]


@router.post(
    "",
    status_code=202,
    summary="Begin work in the background",
    description="`kind` is `issue` (with `awards`), or `revoke`, `suspend`, `reinstate`, `reissue` (with `credentials` "
    "and a `reason`; needs a token that may manage). All is checked first, and nothing is begun if one is wrong. "
    "With the header `Idempotency-Key` a repeated request answers with the work of the first.",
    responses={202: BULK_ANSWER, **_PROBLEMS, **dict.fromkeys((400, 409, 413, 415), PROBLEM)},
    openapi_extra={
        "requestBody": BULK_REQUEST,
        "security": _BEARER,
        "x-curl": "curl -X POST {base}/api/default/bulks \\\n  -H 'Authorization: Bearer gmk_…' "
        "-H 'Content-Type: application/json' \\\n  -d @awards.json",
    },
)
def begin(request: Request, access: Allowed, body: Body, service: Served) -> Response:
    """Check and record the work; a worker does it."""
    issuer, token = access
    kind = _kind(body)
    if kind is not BulkKind.ISSUE:
        require_role(request, service, issuer, Role.MANAGE)
    bulk = _begun(service, issuer, token, kind, body, request.headers.get("idempotency-key"))
    nudge(service, BULK)
    place = f"{service.base_url}/api/{issuer.slug}/bulks/{bulk.id}"
    return JSONResponse(as_json(bulk, service.clock()), status_code=202, headers={**_NO_STORE, "Location": place})


def _kind(body: Mapping[str, Any]) -> BulkKind:
    given = body.get("kind")
    if given not in KINDS:  # whatever was sent, hashable or not
        raise HttpProblem(BAD_REQUEST, f"`kind` must be one of {', '.join(KINDS)}.")
    return BulkKind(given)


def _begun(
    service: Service, issuer: Issuer, token: ApiToken, kind: BulkKind, body: Mapping[str, Any], key: str | None
) -> Bulk:
    if key is not None and not 0 < len(key) <= LONGEST_KEY:
        raise HttpProblem(BAD_REQUEST, f"`Idempotency-Key` must have 1 to {LONGEST_KEY} characters.")
    common: dict[str, Any] = {
        "issuer": issuer.slug,
        "actor": f"api:{token.name}",
        "now": service.clock(),
        "randomness": secrets.token_bytes,
        "idempotency_key": key,
    }
    if kind is BulkKind.ISSUE:
        bodies.only_members(body, ("kind", "awards"), "The request")
        return issue_in_background(service.database, requests=award_requests(body), source="api", **common)
    bodies.only_members(body, ("kind", "credentials", "reason"), "The request")
    reason = body.get("reason")
    if not isinstance(reason, str):
        raise HttpProblem(BAD_REQUEST, "`reason` must be a text; holders read it.")
    ids = credential_ids(body)
    return change_in_background(service.database, kind, credential_ids=ids, reason=reason, **common)


@router.get(
    "/{bulk_id}",
    summary="How far work in the background is",
    description="`faults` holds up to 100 items that could not be done.",
    responses={200: BULK_ANSWER, **_PROBLEMS},
    openapi_extra={
        "security": _BEARER,
        "x-curl": "curl {base}/api/default/bulks/0f8b3f2e-5f36-4a4f-9a55-3c1f7e0b7a11 \\\n"
        "  -H 'Authorization: Bearer gmk_…'",
    },
)
def show(bulk_id: UUID, access: Allowed, service: Served) -> Response:
    """Progress, and what is wrong with items that failed."""
    bulk = find_bulk(service.database, bulk_id, issuer=access[0].slug)
    failed = outcomes(service.database, bulk_id, state="failed")
    faults = [{"item": one.ordinal, "origin": one.origin, "detail": one.fault} for one in failed]
    return JSONResponse({**as_json(bulk, service.clock()), "faults": faults}, headers=_NO_STORE)


@router.get(
    "/{bulk_id}/outcomes",
    summary="What became of each item of work in the background",
    description="In their order, page by page: `next` of one page is `after` of the following. `credential` is the id "
    "of what was issued or changed.",
    responses={200: BULK_OUTCOMES, **_PROBLEMS, 422: PROBLEM},
    openapi_extra={
        "security": _BEARER,
        "x-curl": "curl '{base}/api/default/bulks/0f8b3f2e-5f36-4a4f-9a55-3c1f7e0b7a11/outcomes?limit=500' \\\n"
        "  -H 'Authorization: Bearer gmk_…'",
    },
)
def results(
    bulk_id: UUID,
    access: Allowed,
    service: Served,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    after: Annotated[int, Query(ge=-1, le=2**31 - 1)] = -1,
) -> Response:
    """One page of them."""
    find_bulk(service.database, bulk_id, issuer=access[0].slug)
    found = outcomes(service.database, bulk_id, after=after, limit=limit + 1)
    shown = [
        {
            "item": one.ordinal,
            "origin": one.origin,
            "state": one.state,
            "credential": str(one.credential_id) if one.credential_id else None,
            "fault": one.fault,
        }
        for one in found[:limit]
    ]
    following = found[limit - 1].ordinal if len(found) > limit else None
    return JSONResponse({"outcomes": shown, "next": following}, headers=_NO_STORE)


@router.post(
    "/{bulk_id}/cancel",
    status_code=202,
    summary="Cancel work in the background",
    description="What is being done is finished, what waits is not begun, what was done stays. Work that changes "
    "credentials needs a token that may manage.",
    responses={202: BULK_ANSWER, **_PROBLEMS},
    openapi_extra={
        "security": _BEARER,
        "x-curl": "curl -X POST {base}/api/default/bulks/0f8b3f2e-5f36-4a4f-9a55-3c1f7e0b7a11/cancel \\\n"
        "  -H 'Authorization: Bearer gmk_…'",
    },
)
def cancel(request: Request, bulk_id: UUID, access: Allowed, service: Served) -> Response:
    """Ask for its end."""
    issuer, token = access
    if find_bulk(service.database, bulk_id, issuer=issuer.slug).kind is not BulkKind.ISSUE:
        require_role(request, service, issuer, Role.MANAGE)
    bulk = cancel_bulk(service.database, bulk_id, actor=f"api:{token.name}", now=service.clock(), issuer=issuer.slug)
    nudge(service, BULK)
    return JSONResponse(as_json(bulk, service.clock()), status_code=202, headers=_NO_STORE)
