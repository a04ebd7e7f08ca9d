"""`/ims/ob/v3p0/profile`: the profile of whoever allowed the application to see or write it."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from credentials import strict_json
from credentials.model.conformance import check_class
from credentials.model.profile import Profile
from credentials.problems import Unacceptable
from issuer.authorizations.scopes import PROFILE_READ, PROFILE_UPDATE
from issuer.held import profile_of, put_profile
from portal.access import Served
from portal.bodies import body, media_type
from portal.json_text import json_bytes
from portal.ob_api.answers import BASE, OURS, ApiRefused, ApiRoute, authorized

router = APIRouter(prefix=BASE, tags=["Open Badges 3.0 API"], route_class=ApiRoute)
_MOST_BYTES: Final = 64 * 1024
_JSON: Final = frozenset({"application/json", "application/ld+json"})


@router.get("/profile", summary="getProfile", response_class=Response)
async def get_profile(request: Request, service: Served) -> Response:
    """What he had written here, or what the directory knows."""
    token = await authorized(request, service, PROFILE_READ)
    found = await run_in_threadpool(profile_of, service.database, token.person_id)
    return _told(found)


@router.put("/profile", summary="putProfile", response_class=Response)
async def put_profile_(request: Request, service: Served) -> Response:
    """Write the whole of it anew. It is his own word: nothing else here reads it."""
    token = await authorized(request, service, PROFILE_UPDATE)
    data = await body(request)
    if media_type(request) not in _JSON or len(data) > _MOST_BYTES:
        raise ApiRefused(400, f"Send a Profile as application/json, of at most {_MOST_BYTES} bytes.")
    try:
        document = strict_json.parse(data)
    except Unacceptable as error:
        raise ApiRefused(400, f"The body is not JSON that has one meaning: {error}") from None
    if not isinstance(document, dict):
        raise ApiRefused(400, "The body is not a Profile.")
    problems = check_class(document, Profile)
    if problems:
        raise ApiRefused(400, f"The Profile is not kept: {problems[0].detail} ({problems[0].pointer or '/'})")

    def kept() -> dict[str, Any]:
        put_profile(service.database, token.person_id, document, now=service.clock())
        return profile_of(service.database, token.person_id)

    return _told(await run_in_threadpool(kept))


def _told(document: dict[str, Any]) -> Response:
    return Response(json_bytes(document), headers=OURS, media_type="application/json")
