"""The API's description (OpenAPI 3.1), true to what this server answers."""

from __future__ import annotations

from functools import cache
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from portal.api.schemas import PROBLEM

_BEARER = {"bearer": {"type": "http", "scheme": "bearer", "description": "A token that the operator made."}}
_LEARNING = {
    "learningSystem": {"type": "http", "scheme": "basic", "description": "Name and secret of a learning system."},
    "webhookSignature": {
        "type": "apiKey",
        "in": "header",
        "name": "webhook-signature",
        "description": "Standard Webhooks 1.0: `v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`.",
    },
}


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
        for operation in methods.values():
            if operation["responses"].get("422", {}).get("description") != PROBLEM["description"]:
                operation["responses"].pop("422", None)
            if "{" in path:
                operation["responses"].setdefault("404", PROBLEM)
    description["components"] = {"securitySchemes": _BEARER | _LEARNING}
    return description
