"""One log line for each request.

The line says what was asked and how it went; no address of the client, no query, no header, no secret of an address:
people who look at a credential are not tracked.

Each request has an id, which stands in every line that is logged for it, in the answer (`X-Request-Id`) and in the
problem that it may tell (`request`). A proxy in front may give it; from anybody else none is taken.
"""

from __future__ import annotations

import re
import secrets
import time
from typing import Final

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portal.metrics.counting import OTHER, SILENT, Counting, watched

log = structlog.get_logger("guildmark.http")

_SECRET = re.compile(
    r"(/(?:oid4vci/[^/]+/offers|shared|calendar|openid4vp/requests|openid4vp/answers|exchanges|interactions"
    r"|oauth/consent|wallet-consent|lti/link|apple-wallet/v1)/).+"
)
"""What follows is the secret of an address that somebody gave to few."""


HEADER: Final = "x-request-id"
_IN_SCOPE: Final = "guildmark.request_id"
_WELL_FORMED = re.compile(rb"[A-Za-z0-9][A-Za-z0-9_-]{7,63}")


def request_id(scope: Scope) -> str:
    """The id of this request; "" outside of the log's layer."""
    return str(scope.get(_IN_SCOPE, ""))


def path_shown(scope: Scope) -> str:
    """The path as it may be logged."""
    return _SECRET.sub(r"\1…", scope["path"])


class RequestLog:
    """Logs and counts every request, whichever layer answered it. `behind_proxy`: a proxy stands before, and may give
    ids."""

    def __init__(self, app: ASGIApp, *, behind_proxy: bool, counting: Counting = SILENT) -> None:
        self._app = app
        self._counting = counting
        self._behind_proxy = behind_proxy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.monotonic()
        status = 0
        identifier = self._given(scope) or secrets.token_hex(16)
        scope[_IN_SCOPE] = identifier
        route = watched(scope)

        async def watched_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = identifier
            await send(message)

        with structlog.contextvars.bound_contextvars(request=identifier):
            try:
                await self._app(scope, receive, watched_send)
            finally:
                seconds = time.monotonic() - started
                milliseconds = round(seconds * 1000, 1)
                log.info("request", method=scope["method"], path=path_shown(scope), status=status, ms=milliseconds)
                self._counting.request(scope["method"], route[0] if route else OTHER, status, seconds)

    def _given(self, scope: Scope) -> str | None:
        """The id that the proxy gave, if it gave exactly one that is well-formed."""
        if not self._behind_proxy:
            return None
        given = [value for name, value in scope["headers"] if name == HEADER.encode()]
        return given[0].decode() if len(given) == 1 and _WELL_FORMED.fullmatch(given[0]) else None
