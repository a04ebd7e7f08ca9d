"""One log line for each request, and an answer for what nobody foresaw.

The line says what was asked and how it went; no address of the client, no query, no header: people who look at a
credential are not tracked. An error that no table knows becomes a mute 500 with an id that stands in the log.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from uuid import UUID, uuid4

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger("guildmark.http")

Apology = Callable[[Request, UUID], Response]


class RequestLog:
    """Logs every request; `apologize` makes the answer to an unforeseen error from the request and the id."""

    def __init__(self, app: ASGIApp, *, apologize: Apology) -> None:
        self._app = app
        self._apologize = apologize

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
        except Exception:
            incident = uuid4()
            log.exception("unforeseen error", incident=str(incident), method=scope["method"], path=scope["path"])
            if status:
                raise
            await self._apologize(Request(scope), incident)(scope, receive, watched_send)
        finally:
            milliseconds = round((time.monotonic() - started) * 1000, 1)
            log.info("request", method=scope["method"], path=scope["path"], status=status, ms=milliseconds)
