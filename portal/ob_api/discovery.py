"""`/ims/ob/v3p0/discovery`: the service description document (section “Service Discovery”), for everybody."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urljoin

from fastapi import APIRouter, Request
from starlette.responses import Response

from issuer.authorizations.scopes import PROFILE_READ, PROFILE_UPDATE, READ, UPSERT
from portal import answers
from portal.access import Served
from portal.ob_api.answers import BASE, ApiRoute
from portal.ob_api.schemas import COMPACT_JWS, api_schemas
from portal.pages.site import site_of
from portal.service import Service

router = APIRouter(prefix=BASE, tags=["Open Badges 3.0 API"], route_class=ApiRoute)

_AN_HOUR: Final = timedelta(hours=1)
_MAY: Final[Mapping[str, str]] = {
    READ: "See the person’s badges",
    UPSERT: "Bring the person badges, or newer states of them",
    PROFILE_READ: "See the person’s profile",
    PROFILE_UPDATE: "Write the person’s profile",
}


@router.get("/discovery", summary="The service description", response_class=Response)
def discovery(request: Request, service: Served) -> Response:
    """What this server offers of the API, and where applications register and ask for access."""
    return answers.public(request, json.dumps(described(service)).encode(), "application/json", keep=_AN_HOUR)


def described(service: Service) -> dict[str, Any]:
    """The document: the standard’s operations under their own names, all of them, and this server’s OAuth endpoints."""
    base, site = service.base_url, site_of(service)
    return {
        "openapi": "3.0.1",
        "info": {
            "title": f"{site.name}: Open Badges 3.0 API",
            "version": "3.0",
            "termsOfService": service.settings.terms_url or base + "/terms",
            "x-imssf-privacyPolicyUrl": service.settings.privacy_url or base + "/privacy",
            "x-imssf-image": urljoin(base, site.static("mark.svg")),
        },
        "servers": [{"url": base + BASE}],
        "paths": {
            "/credentials": {"get": _get_credentials(), "post": _upsert_credential()},
            "/discovery": {"get": {"operationId": "getServiceDescription", "responses": {"200": _json(_ANY, "This")}}},
            "/profile": {
                "get": _operation("getProfile", PROFILE_READ, {"200": _json(_PROFILE, "The profile")}),
                "put": _operation("putProfile", PROFILE_UPDATE, {"200": _json(_PROFILE, "Kept")}, body=_body(_PROFILE)),
            },
        },
        "components": {
            "schemas": api_schemas(),
            "securitySchemes": {
                "OAuth2ACG": {
                    "type": "oauth2",
                    "x-imssf-registrationUrl": base + "/oauth/register",
                    "flows": {
                        "authorizationCode": {
                            "authorizationUrl": base + "/oauth/authorize",
                            "tokenUrl": base + "/oauth/token",
                            "refreshUrl": base + "/oauth/token",
                            "scopes": dict(_MAY),
                        }
                    },
                }
            },
        },
    }


_ANY: Final = {"type": "object"}
_CREDENTIAL: Final = {"$ref": "#/components/schemas/AchievementCredential"}
_PROFILE: Final = {"$ref": "#/components/schemas/Profile"}
_STATUS: Final = {"$ref": "#/components/schemas/Imsx_StatusInfo"}


def _get_credentials() -> dict[str, Any]:
    answer = _json({"$ref": "#/components/schemas/GetOpenBadgeCredentialsResponse"}, "A page of the credentials")
    answer["headers"] = {
        "X-Total-Count": {"description": "How many there are", "schema": {"type": "integer"}},
        "Link": {"description": "first, last, prev, next", "schema": {"type": "string"}},
    }
    parameters = [
        _parameter("limit", {"type": "integer", "minimum": 1}),
        _parameter("offset", {"type": "integer", "minimum": 0}),
        _parameter("since", {"type": "string", "format": "date-time"}),
    ]
    return {**_operation("getCredentials", READ, {"200": answer}), "parameters": parameters}


def _upsert_credential() -> dict[str, Any]:
    taken = {"application/json": {"schema": _CREDENTIAL}, "text/plain": {"schema": dict(COMPACT_JWS)}}
    sent = {"required": True, "content": {**taken, "application/vc+ld+json": {"schema": _CREDENTIAL}}}
    answers_ = {
        "200": {"description": "It stands in the place of an older state", "content": taken},
        "201": {"description": "It is kept", "content": taken},
        "304": {"description": "A newer state of it is kept already"},
    }
    return _operation("upsertCredential", UPSERT, answers_, body=sent)


def _operation(name: str, scope: str, answers_: Mapping[str, Any], *, body: Any = None) -> dict[str, Any]:
    refusals: Sequence[str] = ("400", "401", "403", "404", "405", "500", "default")
    return {
        "operationId": name,
        "tags": ["OpenBadgeCredentials"],
        "security": [{"OAuth2ACG": [scope]}],
        **({"requestBody": body} if body is not None else {}),
        "responses": {**answers_, **{status: _json(_STATUS, "Refused") for status in refusals}},
    }


def _body(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _json(schema: Mapping[str, Any], description: str) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _parameter(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema}
