"""One log line for each request.

The line says what was asked and how it went; no address of the client, no query, no header, no secret of an address:
people who look at a credential are not tracked.
"""

from __future__ import annotations

import re
import time

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger("guildmark.http")

_SECRET = re.compile(
    r"(/(?:oid4vci/[^/]+/offers|shared|calendar|openid4vp/requests|openid4vp/answers|exchanges|interactions"
    r"|oauth/consent|wallet-consent|apple-wallet/v1)/).+"
)
"""What follows is the secret of an address that somebody gave to few."""


class RequestLog:
    """Logs every request, whichever layer answered it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.monotonic()
        status = 0

        async def watched_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched_send)
        finally:
            milliseconds = round((time.monotonic() - started) * 1000, 1)
            path = _SECRET.sub(r"\1…", scope["path"])
            log.info("request", method=scope["method"], path=path, status=status, ms=milliseconds)
