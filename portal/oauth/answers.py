"""Answers and refusals of the authorization server: JSON that nobody keeps, errors by the standards’ codes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from issuer.sign_in.rates import Rate, within
from portal.json_text import json_bytes
from portal.service import Service
from portal.sign_in.client import network_of

_HEADERS: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_NOT_SAID: Final = re.compile(r"[^\x20\x21\x23-\x5b\x5d-\x7e]")
REGISTRATIONS: Final = Rate("applications from network", 20, timedelta(hours=1))
ASKINGS: Final = Rate("authorizations from network", 300, timedelta(minutes=15))
TOKENS: Final = Rate("oauth tokens from network", 1_200, timedelta(minutes=15))


class OauthRefused(Exception):  # noqa: N818  (a verdict)
    """A refusal by a code of the standard; the description is in the characters that RFC 6749 allows."""

    def __init__(self, code: str, description: str, *, status: int = 400) -> None:
        self.code, self.status = code, status
        self.description = _NOT_SAID.sub("?", description)
        super().__init__(self.description)

    def answer(self) -> Response:
        """As JSON."""
        headers = {"Retry-After": "900"} if self.status == 429 else {}
        return told({"error": self.code, "error_description": self.description}, status=self.status, headers=headers)


def told(document: Mapping[str, Any], *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """JSON for one application."""
    return Response(json_bytes(document), status, {**_HEADERS, **(headers or {})}, media_type="application/json")


def require_rate(request: Request, service: Service, rate: Rate) -> None:
    """Count one more request of this network. Raises OauthRefused."""
    if not within(service.database, rate, network_of(request, service), now=service.clock()):
        raise OauthRefused("temporarily_unavailable", "Too many requests came from this network.", status=429)
