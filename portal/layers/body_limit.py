"""No request body is read beyond a bound, whatever reads it and however the length was announced."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portal.problems import TOO_LARGE, HttpProblem


class BodyLimit:
    """Raises a 413 problem in the reader as soon as more than `most` bytes have come, or were announced.

    most_at: other bounds, by path.
    """

    def __init__(self, app: ASGIApp, *, most: int, most_at: Mapping[str, int] | None = None) -> None:
        self._app = app
        self._most = most
        self._most_at = most_at or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._most_at.get(scope["path"], self._most)
        seen = 0
        announced = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        too_long = announced.isdigit() and int(announced[:20]) > most

        async def bounded_receive() -> Message:
            nonlocal seen
            if too_long:
                raise _refusal(most)
            message = await receive()
            if message["type"] == "http.request":
                seen += len(message.get("body", b""))
                if seen > most:
                    raise _refusal(most)
            return message

        await self._app(scope, bounded_receive, send)


def _refusal(most: int) -> HttpProblem:
    detail = f"At most {most:,} bytes are read, and this is more."
    return HttpProblem(TOO_LARGE, detail, headers={"Connection": "close"})
