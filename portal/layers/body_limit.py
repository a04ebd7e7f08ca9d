"""No request body is read beyond a bound, whatever reads it and however the length was announced."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from credentials.sentence import sentence
from portal.problems import TOO_LARGE, HttpProblem


class BodyLimit:
    """Raises a 413 problem in the reader as soon as more than `most` bytes have come, or were announced.

    most_of_forms: the bound of forms with files, whose readers keep less than they let by; below `machines`, where no
    browser sends them, they are bodies like any other.
    """

    def __init__(self, app: ASGIApp, *, most: int, most_of_forms: int = 0, machines: tuple[str, ...] = ()) -> None:
        self._app = app
        self._most = most
        self._most_of_forms = most_of_forms
        self._machines = machines

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._most_for(scope)
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

    def _most_for(self, scope: Scope) -> int:
        kind = next((value for name, value in scope["headers"] if name == b"content-type"), b"")
        is_form = kind.strip().lower().startswith(b"multipart/form-data")
        if is_form and not scope["path"].startswith(self._machines):
            return max(self._most, self._most_of_forms)
        return self._most


def _refusal(most: int) -> HttpProblem:
    detail = sentence("At most {most} bytes are read, and this is more.", most=most)
    return HttpProblem(TOO_LARGE, detail, headers={"Connection": "close"})
