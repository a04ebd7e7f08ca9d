"""The short way to the desk, for requests that verify one small credential in JSON: most of those of machines.

It stands before the routes of `portal.api` and answers as they do, by their own functions; what it would have to refuse
it leaves to them as if it had not been here. So it changes nothing but time.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portal import recalled
from portal.api import vc_api, verification
from portal.bodies import JSON_TYPES, parse_object
from portal.metrics.counting import name_route
from portal.problems import HttpProblem
from portal.service import Service
from portal.verifying.desk import AT_ONCE, Desk
from portal.verifying.places import Overloaded

_JSON = frozenset(name.encode() for name in JSON_TYPES)
_MOST = AT_ONCE * 3 // 2  # what is around the credential, and white space

Counter = Callable[[dict[str, Any]], Awaitable[Response | None]]
Refusal = Callable[[Request, Overloaded], Response]


@dataclass(frozen=True, slots=True)
class _Route:
    """`before`: how a request begins that holds a credential and nothing else; `familiar` answers for one whose level
    is known, by its bytes; `any_other` for what the request holds."""

    before: bytes
    familiar: Callable[[bytes], Awaitable[Response | None]]
    any_other: Counter


class QuickVerify:
    """Answers POST to /api/verify and to the default instance's /credentials/verify.

    refuse: the answer where there is no room for a document.
    """

    def __init__(self, app: ASGIApp, *, service: Service, desk: Desk, refuse: Refusal) -> None:
        self._app = app
        self._service = service
        self._desk = desk
        self._refuse = refuse
        self._routes = {
            "/api/verify": _Route(b'{"credential":', self._verify_familiar, self._verify),
            "/vc-api/default/credentials/verify": _Route(
                b'{"verifiableCredential":', self._verify_familiar_for_vc_api, self._verify_for_vc_api
            ),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        is_asked = scope["type"] == "http" and scope["method"] == "POST"
        route = self._routes.get(scope["path"]) if is_asked else None
        if route is None or not _is_small_json(scope):
            await self._app(scope, receive, send)
            return
        messages = await _received(receive)
        try:
            answer = await _at(route, messages)
        except Overloaded as error:
            answer = self._refuse(Request(scope), error)
        if answer is None:
            await self._app(scope, _again(messages, receive), send)
        else:
            name_route(scope, scope["path"])
            await answer(scope, receive, send)

    async def _verify_familiar(self, credential: bytes) -> Response | None:
        result = await self._desk.verify_familiar(credential)
        return verification.answer(result) if result is not None else None

    async def _verify_familiar_for_vc_api(self, credential: bytes) -> Response | None:
        if not await self._desk.remembers(recalled.DEFAULT_ISSUER):
            return None
        result = await self._desk.verify_familiar(credential)
        return vc_api.credential_answer(self._service, result) if result is not None else None

    async def _verify(self, body: dict[str, Any]) -> Response | None:
        asked = verification.question_of(body)
        return verification.answer(await self._desk.judge(asked.document, policy=asked.policy))

    async def _verify_for_vc_api(self, body: dict[str, Any]) -> Response | None:
        if not await self._desk.remembers(recalled.DEFAULT_ISSUER):
            return None  # whether there is such an instance has to be asked
        return vc_api.credential_answer(self._service, await self._desk.verify(vc_api.credential_in(body)))


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


async def _at(route: _Route, messages: list[Message]) -> Response | None:
    if messages[-1]["type"] != "http.request":
        return None
    data = messages[0]["body"] if len(messages) == 1 else b"".join(message.get("body", b"") for message in messages)
    try:
        answer = None
        if data.startswith(route.before) and data.endswith(b"}"):
            answer = await route.familiar(data[len(route.before) : -1])
        return answer or await route.any_other(parse_object(data))
    except HttpProblem:
        return None


def _again(messages: list[Message], receive: Receive) -> Receive:
    """The same messages once more, and then what else comes."""
    left = iter(messages)

    async def received() -> Message:
        message = next(left, None)
        return message if message is not None else await receive()

    return received
