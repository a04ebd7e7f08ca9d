"""Whatever else is asked below the API's address: refused in its own words, after all that it has."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from portal.ob_api.answers import BASE, ApiRefused, ApiRoute

router = APIRouter(prefix=BASE, route_class=ApiRoute, include_in_schema=False)


@router.api_route("/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
def unknown(path: str) -> Response:
    """What is not part of the API, or not with this method. Raises ApiRefused."""
    allowed = {"discovery": "GET", "credentials": "GET, POST", "profile": "GET, PUT"}.get(path)
    if allowed is None:
        raise ApiRefused(404, "The Open Badges 3.0 API has no such resource.")
    raise ApiRefused(405, f"This resource is asked with {allowed}.", headers={"Allow": allowed})
