"""Answers of SCIM: its media type, its errors (RFC 7644, section 3.12), versions (section 3.14). No person in a log."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import structlog
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import Response

from issuer.errors import DatabaseError, Unknown
from issuer.people.provisioning.refusals import NotProvisioned, Outdated, Why
from portal.problems import HttpProblem

log = structlog.get_logger("guildmark.scim")

MEDIA_TYPE = "application/scim+json"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
_HEADERS = {"Cache-Control": "no-store", "Vary": "Authorization"}
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class ScimRoute(APIRoute):
    """A route whose refusals are SCIM's, wherever they come from."""

    def get_route_handler(self) -> Handler:
        """The handler, and what becomes of its errors."""
        answer = super().get_route_handler()

        async def told(request: Request) -> Response:
            try:
                return await answer(request)
            except (NotProvisioned, Outdated, Unknown, DatabaseError, HttpProblem, HTTPException,
                    RequestValidationError) as error:  # fmt: skip
                return _of_error(error)

        return told


def document(value: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A message or resource."""
    text = json.dumps(value, ensure_ascii=False)
    return Response(text, status, {**_HEADERS, **(headers or {})}, media_type=MEDIA_TYPE)


def resource(request: Request, shown: Mapping[str, Any], whole: Mapping[str, Any], status: int = 200) -> Response:
    """A resource, or what is shown of it, with its version; 304 for a reader who has it."""
    meta = whole["meta"]
    headers = {"ETag": meta["version"], "Location": meta["location"]}
    if status == 201:
        return document(shown, status, headers)
    has = versions(request.headers.get("if-none-match"))
    if request.method == "GET" and has and (meta["version"] in has or "*" in has):
        return Response(status_code=304, headers={**_HEADERS, **headers})
    return document(shown, status, {**headers, "Content-Location": meta["location"]})


def nothing(headers: Mapping[str, str] | None = None) -> Response:
    """204."""
    return Response(status_code=204, headers={**_HEADERS, **(headers or {})})


def versions(header: str | None) -> tuple[str, ...] | None:
    """The versions that a header names; None if it is not there."""
    return tuple(one.strip() for one in header.split(",") if one.strip()) if header is not None else None


def refusal(status: int, detail: str, why: Why | None = None, headers: Mapping[str, str] | None = None) -> Response:
    """An error."""
    body: dict[str, Any] = {"schemas": [ERROR], "status": str(status), "detail": detail}
    if why is not None:
        body["scimType"] = why.value
    log.info("scim refused", status=status, why=why.value if why is not None else None)
    return document(body, status, headers)


def _of_error(error: Exception) -> Response:
    match error:
        case NotProvisioned():
            return refusal(409 if error.why is Why.UNIQUENESS else 400, str(error), error.why)
        case Outdated():
            return refusal(412, str(error))
        case Unknown() | RequestValidationError():  # a path that holds no id leads nowhere
            return refusal(404, "There is no such resource.")
        case DatabaseError():
            return refusal(503, "The directory cannot be reached at the moment.", headers={"Retry-After": "30"})
        case HttpProblem():
            why = Why.INVALID_SYNTAX if error.kind.status == 400 else None
            return refusal(error.kind.status, error.detail, why, error.headers)
        case HTTPException():
            return refusal(error.status_code, str(error.detail), headers=error.headers)
        case _:
            raise error
