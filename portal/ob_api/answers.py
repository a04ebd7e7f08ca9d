"""Answers of the Open Badges 3.0 API: its status payload (`imsx_StatusInfo`) for every refusal, and who may ask."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

import structlog
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response

from issuer.authorizations.tokens import KnownToken, find_token, note_use
from issuer.errors import DatabaseError
from portal.json_text import json_bytes
from portal.problems import HttpProblem
from portal.service import Service

log = structlog.get_logger("guildmark.ob_api")

BASE: Final = "/ims/ob/v3p0"
OURS: Final = {"Cache-Control": "no-store", "Vary": "Authorization"}
_MINOR: Final = {
    304: "not_modified", 400: "invalid_data", 401: "unauthorizedrequest", 403: "forbidden", 404: "not_found",
    405: "not_allowed", 406: "not_acceptable", 413: "invalid_data", 415: "invalid_data", 421: "misdirected_request",
    422: "invalid_data", 429: "server_busy", 500: "internal_server_error", 503: "server_busy",
}  # fmt: skip
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class ApiRefused(Exception):  # noqa: N818  (a verdict)
    """A refusal: status, the exact reason, and the standard's minor code if it is not the usual one of the status."""

    def __init__(self, status: int, reason: str, minor: str = "", headers: Mapping[str, str] | None = None) -> None:
        self.status, self.reason, self.headers = status, reason, headers or {}
        self.minor = minor or _MINOR.get(status, "unknown")
        super().__init__(reason)

    def answer(self) -> Response:
        """As the standard's payload."""
        document = {
            "imsx_codeMajor": "failure",
            "imsx_severity": "error",
            "imsx_description": self.reason,
            "imsx_codeMinor": {
                "imsx_codeMinorField": [
                    {"imsx_codeMinorFieldName": "TargetEndSystem", "imsx_codeMinorFieldValue": self.minor}
                ]
            },
        }
        return Response(json_bytes(document), self.status, {**OURS, **self.headers}, media_type="application/json")


class ApiRoute(APIRoute):
    """A route whose refusals are the standard's, wherever they come from."""

    def get_route_handler(self) -> Handler:
        """The handler, and what becomes of its errors."""
        answer = super().get_route_handler()

        async def told(request: Request) -> Response:
            try:
                return await answer(request)
            except ApiRefused as refused:
                return refused.answer()
            except HttpProblem as problem:
                return ApiRefused(problem.kind.status, str(problem.detail), headers=problem.headers).answer()
            except HTTPException as error:
                return ApiRefused(error.status_code, str(error.detail)).answer()
            except RequestValidationError:
                return ApiRefused(400, "A parameter cannot be read.", "invalid_query_parameter").answer()
            except DatabaseError:
                return ApiRefused(503, "The database cannot be reached at the moment.", headers=_WAIT).answer()

        return told


_WAIT: Final = {"Retry-After": "30"}


async def authorized(request: Request, service: Service, scope: str) -> KnownToken:
    """The token of the request, if it is good and has the scope (RFC 6750). Raises ApiRefused."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        challenge = {"WWW-Authenticate": 'Bearer realm="open badges"'}
        raise ApiRefused(401, "Send an access token in the header Authorization: Bearer.", headers=challenge)
    token = await run_in_threadpool(_known, service, secret.strip())
    if token is None:
        challenge = {"WWW-Authenticate": 'Bearer realm="open badges", error="invalid_token"'}
        raise ApiRefused(401, "This access token is unknown, expired or revoked.", headers=challenge)
    if scope not in token.scopes:
        challenge = {"WWW-Authenticate": f'Bearer realm="open badges", error="insufficient_scope", scope="{scope}"'}
        raise ApiRefused(403, f"This access token was not granted the scope {scope}.", headers=challenge)
    return token


def _known(service: Service, secret: str) -> KnownToken | None:
    now = service.clock()
    today = now.astimezone(service.settings.zone).date()
    token = find_token(service.database, secret, now=now, today=today) if secret.isascii() else None
    if token is None or token.kind != "access":
        return None
    note_use(service.database, token, now=now)
    return token
