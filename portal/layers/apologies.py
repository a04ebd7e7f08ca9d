"""An answer for what nobody foresaw: a mute 500 with an id that stands in the log."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portal.layers.request_log import path_shown

log = structlog.get_logger("guildmark.http")

Apology = Callable[[Request, UUID], Response]


class Apologies:
    """`apologize` makes the answer to an error that no table knows, from the request and the id."""

    def __init__(self, app: ASGIApp, *, apologize: Apology) -> None:
        self._app = app
        self._apologize = apologize

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def watched_send(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, watched_send)
        except Exception:
            incident = uuid4()
            log.exception("unforeseen error", incident=str(incident), method=scope["method"], path=path_shown(scope))
            if begun:
                raise
            await self._apologize(Request(scope), incident)(scope, receive, send)
