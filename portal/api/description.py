"""The API's description (OpenAPI 3.1), true to what this server answers.

A route says what is its own; `portal.api.contract` what many share, and the names. Tests ask every operation for what
it should not take and for what it should (tests/portal/test_openapi.py), and hold the answers against this.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from issuer.api_tokens import PREFIX
from portal.api.contract.applications import APPLICATIONS, oauth_scheme
from portal.api.contract.names import OPERATION_IDS
from portal.api.contract.published import PUBLISHED
from portal.api.contract.scim import SCIM
from portal.api.contract.shapes import Schema, problem, problem_schemas
from portal.api.contract.wallets import WALLETS
from portal.api.schemas import PROBLEM

_MORE = PUBLISHED | APPLICATIONS | WALLETS | SCIM
_SCHEMES: Schema = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": f"{PREFIX}…",
        "description": "A token, made at `/admin/tokens` or with `guildmark tokens`. "
        "Its role is `issue`, `provision` (people, by SCIM) or `manage` (all there is).",
    },
    "application": {"type": "http", "scheme": "basic", "description": "`client_id` and `client_secret`."},
    "walletToken": {
        "type": "http",
        "scheme": "bearer",
        "description": "Of the token endpoint for wallets; `DPoP` if it is bound to a key (RFC 9449).",
    },
    "learningSystem": {"type": "http", "scheme": "basic", "description": "Name and secret of a learning system."},
    "webhookSignature": {
        "type": "apiKey",
        "in": "header",
        "name": "webhook-signature",
        "description": "Standard Webhooks 1.0: `v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`.",
    },
}

_SENT = {"bearer": f"Bearer {PREFIX}…", "oauth": "Bearer …", "walletToken": "Bearer …"}

_FRAMEWORKS = frozenset({"HTTPValidationError", "ValidationError"})
"""Schemas of answers that this server does not give."""


@cache
def describe(app: FastAPI) -> dict[str, Any]:
    """The description of every operation that machines use.

    The framework promises 422 wherever there is a parameter; here a path that holds no id is 404, with a problem.
    """
    description: dict[str, Any] = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=app.description,
        routes=app.routes,
        servers=app.servers,
    )
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            _complete(operation, f"{method.upper()} {path}")
    base_url = app.servers[0]["url"] if app.servers else ""
    own = description.get("components", {}).get("schemas", {})
    description["components"] = {
        "schemas": {name: one for name, one in own.items() if name not in _FRAMEWORKS} | problem_schemas(base_url),
        "securitySchemes": _SCHEMES | {"oauth": oauth_scheme(base_url)},
    }
    description["tags"] = [{"name": tag} for tag in _tags(description)]
    return description


def _complete(operation: dict[str, Any], place: str) -> None:
    more = dict(_MORE.get(place, {}))
    operation["operationId"] = OPERATION_IDS.get(place, operation["operationId"])
    responses = operation["responses"]
    if responses.get("422", {}).get("description") != PROBLEM["description"]:
        responses.pop("422", None)
    if "{" in place:
        responses.setdefault("404", PROBLEM)
    if "responses" in more:
        responses = more.pop("responses")
    if "parameters" in more:
        more["parameters"] = [*operation.get("parameters", ()), *more["parameters"]]
    operation.update(more)
    operation.setdefault("x-curl", _curl(place, operation))
    operation["responses"] = {
        status: problem(int(status)) if answer == PROBLEM else answer for status, answer in sorted(responses.items())
    }


def _curl(place: str, operation: Schema) -> str:
    """How it is asked on a command line, where the route does not say."""
    method, _, path = place.partition(" ")
    schemes = {name for one in operation.get("security", ()) for name in one}
    content = operation.get("requestBody", {}).get("content", {})
    parts = ["curl" if method == "GET" else f"curl -X {method}", f"{{base}}{path}"]
    parts += [f"-H 'Authorization: {_SENT[name]}'" for name in sorted(schemes & set(_SENT))]
    parts += ["-u 'client_id:client_secret'"] if "application" in schemes else []
    kind = next(iter(content), "")
    parts += [f"-H 'Content-Type: {kind}'", "-d @request"] if kind else []
    return " ".join(parts)


def _tags(description: dict[str, Any]) -> list[str]:
    operations = (operation for methods in description["paths"].values() for operation in methods.values())
    return list(dict.fromkeys(tag for operation in operations for tag in operation.get("tags", ())))
