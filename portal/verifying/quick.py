"""The short way to the desk, for requests that verify one small credential in JSON: most of those of machines.

It stands before the routes of `portal.api` and answers as they do, by their own functions; what it does not answer at
once, or would have to refuse, it leaves to them as if it had not been here. So it changes nothing but time.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portal import recalled
from portal.api import vc_api, verification
from portal.bodies import JSON_TYPES, parse_object
from portal.problems import HttpProblem
from portal.service import Service
from portal.verifying.desk import AT_ONCE, Desk

_JSON = frozenset(name.encode() for name in JSON_TYPES)
_MOST = AT_ONCE * 3 // 2  # what is around the credential, and white space

Counter = Callable[[dict[str, Any]], Awaitable[Response | None]]


class QuickVerify:
    """Answers POST to /api/verify and to the default instance's /credentials/verify, where it can be done at once."""

    def __init__(self, app: ASGIApp, *, service: Service, desk: Desk) -> None:
        self._app = app
        self._service = service
        self._desk = desk
        self._counters: dict[str, Counter] = {
            "/api/verify": self._verify,
            "/vc-api/default/credentials/verify": self._verify_for_vc_api,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        is_asked = scope["type"] == "http" and scope["method"] == "POST"
        counter = self._counters.get(scope["path"]) if is_asked else None
        if counter is None or not _is_small_json(scope):
            await self._app(scope, receive, send)
            return
        messages = await _received(receive)
        answer = await _at(counter, messages)
        if answer is None:
            await self._app(scope, _again(messages, receive), send)
        else:
            await answer(scope, receive, send)

    async def _verify(self, body: dict[str, Any]) -> Response | None:
        asked = verification.question_of(body)
        result = await self._desk.verify_at_once(asked.document, policy=asked.policy)
        return verification.answer(result) if result is not None else None

    async def _verify_for_vc_api(self, body: dict[str, Any]) -> Response | None:
        if not await self._desk.remembers(recalled.DEFAULT_ISSUER):
            return None  # whether there is such an instance has to be asked
        result = await self._desk.verify_at_once(vc_api.credential_in(body))
        return vc_api.credential_answer(self._service, result) if result is not None else None


def _is_small_json(scope: Scope) -> bool:
    length, media_type = -1, b""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            length = int(value[:20])
        elif name == b"content-type":
            media_type = value.partition(b";")[0].strip().lower()
    return 0 < length <= _MOST and media_type in _JSON


async def _received(receive: Receive) -> list[Message]:
    """The messages of the body, all of them; it is as short as was announced, the server sees to that."""
    messages = [await receive()]
    while messages[-1].get("more_body"):
        messages.append(await receive())
    return messages


async def _at(counter: Counter, messages: list[Message]) -> Response | None:
    if messages[-1]["type"] != "http.request":
        return None
    data = messages[0]["body"] if len(messages) == 1 else b"".join(message.get("body", b"") for message in messages)
    try:
        return await counter(parse_object(data))
    except HttpProblem:
        return None


def _again(messages: list[Message], receive: Receive) -> Receive:
    """The same messages once more, and then what else comes."""
    left = iter(messages)

    async def received() -> Message:
        message = next(left, None)
        return message if message is not None else await receive()

    return received
