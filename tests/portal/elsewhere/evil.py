"""A badge host that does as told: by default what the standard says, and then whatever a test wants instead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, Response

from issuer.authorizations.scopes import SCOPES

_TOKENS = {
    "access_token": "at",
    "token_type": "bearer",
    "scope": " ".join(SCOPES),
    "expires_in": 3600,
    "refresh_token": "rt",
}


@dataclass
class EvilHost:
    """`instead` answers in the place of what would be right, by the path; `asked` is what came, in order."""

    base: str
    instead: dict[str, Callable[[Request], Response]] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    described: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)

    def reset(self) -> None:
        self.instead.clear()
        self.asked.clear()
        base = self.base
        self.described = {
            "openapi": "3.0.1",
            "info": {"title": "Evil", "version": "3.0", "termsOfService": base, "x-imssf-privacyPolicyUrl": base},
            "paths": {"/credentials": {"post": {"requestBody": {"content": {"text/plain": {}}}}}},
            "components": {
                "securitySchemes": {
                    "OAuth2ACG": {
                        "type": "oauth2",
                        "x-imssf-registrationUrl": base + "/register",
                        "flows": {
                            "authorizationCode": {
                                "authorizationUrl": base + "/authorize",
                                "tokenUrl": base + "/token",
                                "refreshUrl": base + "/token",
                                "scopes": dict.fromkeys(SCOPES, ""),
                            }
                        },
                    }
                }
            },
        }
        self.metadata = {
            "issuer": base,
            "authorization_endpoint": base + "/authorize",
            "token_endpoint": base + "/token",
            "revocation_endpoint": base + "/revoke",
            "authorization_response_iss_parameter_supported": True,
        }

    @property
    def flow(self) -> dict[str, Any]:
        found: dict[str, Any] = self.described["components"]["securitySchemes"]["OAuth2ACG"]
        return found

    @property
    def app(self) -> FastAPI:
        app = FastAPI()

        @app.api_route("/{path:path}", methods=["GET", "POST", "PUT"])
        async def anything(path: str, request: Request) -> Response:
            body = await request.body()
            self.asked.append((request.method, "/" + path, dict(request.headers), body))
            answer = self.instead.get("/" + path)
            return answer(request) if answer is not None else self.right("/" + path)

        return app

    def right(self, path: str) -> Response:
        """What the standard says."""
        known: dict[str, tuple[dict[str, Any], int]] = {
            "/ims/ob/v3p0/discovery": (self.described, 200),
            "/.well-known/oauth-authorization-server": (self.metadata, 200),
            "/register": ({"client_id": "c", "client_secret": "s:e c"}, 201),
            "/token": (_TOKENS, 200),
            "/ims/ob/v3p0/profile": ({"id": "urn:x", "type": ["Profile"], "name": "Mallory"}, 200),
            "/ims/ob/v3p0/credentials": ({"credential": [], "compactJwsString": []}, 200),
            "/revoke": ({}, 200),
        }
        return JSONResponse(*known.get(path, ({}, 404)))

    def paths(self) -> list[str]:
        return [path for _, path, _, _ in self.asked]


def asked_for(leads: str) -> dict[str, str]:
    """The parameters of an authorization request."""
    return {name: values[0] for name, values in parse_qs(urlsplit(leads).query, strict_parsing=True).items()}
