"""No request body is read beyond a bound, whatever reads it and however the length was announced."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portal.problems import TOO_LARGE, HttpProblem


class BodyLimit:
    """Raises a 413 problem in the reader as soon as more than `most` bytes have come, or were announced."""

    def __init__(self, app: ASGIApp, *, most: int) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        seen = 0
        announced = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        too_long = announced.isdigit() and int(announced[:20]) > self._most

        async def bounded_receive() -> Message:
            nonlocal seen
            if too_long:
                raise self._refusal()
            message = await receive()
            if message["type"] == "http.request":
                seen += len(message.get("body", b""))
                if seen > self._most:
                    raise self._refusal()
            return message

        await self._app(scope, bounded_receive, send)

    def _refusal(self) -> HttpProblem:
        detail = f"At most {self._most:,} bytes are read, and this is more."
        return HttpProblem(TOO_LARGE, detail, headers={"Connection": "close"})
