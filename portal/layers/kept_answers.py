"""Answers that are the same until something is committed to the database, given from memory; and 304 for who has them.

A route says of an answer that it may be kept (`may_be_kept`), and until when if it depends on time. It is then given
again, byte for byte, to whoever asks for the same path with the same Accept header and gets the same language, while
nothing has been committed: each time the database is asked for that, which takes some microseconds
(`issuer.change_mark`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from issuer.change_mark import Mark
from portal.language.wanted import language_of_scope
from portal.layers.conditional import has_it
from portal.memory import Memory
from portal.metrics.counting import OTHER, name_route, watched

_KEEPING = "guildmark.keeping"
_LARGEST = 512 * 1024  # bytes of an answer that is kept: larger ones are pictures, and would push many pages out
_LONGEST_ACCEPT = 300  # bytes; a browser's has some 150
_NOT_WITH_304 = frozenset({b"content-type", b"content-length"})

Headers = Sequence[tuple[bytes, bytes]]
_Key = tuple[str, str, bytes, str]


@dataclass(slots=True)
class _Keeping:
    """What the route says while it answers one request."""

    allowed: bool = False
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer as it goes out, its ETag (empty: none), and the route that made it."""

    headers: Headers
    body: bytes
    tag: bytes
    until: datetime | None
    route: str


def may_be_kept(scope: Scope, *, until: datetime | None = None) -> None:
    """Said by a route whose answer follows from path, Accept header, language and database alone.

    until: and holds so long.
    """
    keeping = scope.get(_KEEPING)
    if isinstance(keeping, _Keeping):
        keeping.allowed, keeping.until = True, until


class KeptAnswers:
    """Stands before the routes whose path begins with one of `below`.

    look: the mark of the database, asked without blocking. clock: the present instant, aware.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        memory: Memory,
        look: Callable[[], Awaitable[Mark]],
        clock: Callable[[], datetime],
        below: tuple[str, ...],
    ) -> None:
        self._app = app
        self._memory = memory
        self._look = look
        self._clock = clock
        self._below = below
        self._making: dict[tuple[_Key, Mark], asyncio.Future[_Answer | None]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http" or scope["method"] != "GET" or not self._may_be_known(scope):
            await self._app(scope, receive, send)
            return
        accept = known = b""
        for name, value in scope["headers"]:
            if name == b"accept":
                accept = accept + b"," + value if accept else value
            elif name == b"if-none-match":
                known = known + b"," + value if known else value
        if len(accept) > _LONGEST_ACCEPT:
            await self._app(scope, receive, send)
            return
        key = ("answer", scope["path"], accept, language_of_scope(scope).tag)
        mark = await self._look()
        answer: _Answer | None = self._memory.find(key, mark)
        if not self._holds(answer):
            answer = await self._awaited(key, mark)
        if not self._holds(answer):
            answer = await self._made(scope, receive, send, key, mark)
        if answer is not None:
            name_route(scope, answer.route)
            await _give(answer, known, send)

    def _may_be_known(self, scope: Scope) -> bool:
        return not scope["query_string"] and scope["path"].startswith(self._below)

    def _holds(self, answer: _Answer | None) -> bool:
        return answer is not None and (answer.until is None or self._clock() < answer.until)

    async def _awaited(self, key: _Key, mark: Mark) -> _Answer | None:
        """What is being made for another request of the same state of the database: when a page that many look at is
        to be made anew, one makes it."""
        making = self._making.get((key, mark))
        return await asyncio.shield(making) if making is not None else None

    async def _made(self, scope: Scope, receive: Receive, send: Send, key: _Key, mark: Mark) -> _Answer | None:
        """`_asked`, while others who want to know the same may wait for it."""
        making: asyncio.Future[_Answer | None] = asyncio.get_running_loop().create_future()
        self._making[key, mark] = making
        answer = None
        try:
            answer, may_be_kept = await self._asked(scope, receive, send)
            if answer is not None and may_be_kept:
                self._memory.keep(key, answer, size=len(answer.body) + 1000, mark=mark)
        finally:
            self._making.pop((key, mark), None)
            making.set_result(self._memory.find(key, mark))
        return answer

    async def _asked(self, scope: Scope, receive: Receive, send: Send) -> tuple[_Answer | None, bool]:
        """The answer of the application, and whether it may be kept; None if it has been sent, being none to keep."""
        keeping = _Keeping()
        taken: list[Message] = []
        passed_on = False

        async def take(message: Message) -> None:
            """Hold a whole answer of status 200 back; pass on whatever else comes."""
            nonlocal passed_on
            if message["type"] == "http.response.start" and message["status"] != 200:
                passed_on = True
            if passed_on:
                await send(message)
            else:
                taken.append(message)

        plain = [(name, value) for name, value in scope["headers"] if name != b"if-none-match"]
        asked = {**scope, "headers": plain, _KEEPING: keeping}
        named = watched(asked)
        await self._app(asked, receive, take)
        route = named[0] if named else OTHER
        if passed_on:
            name_route(scope, route)
            return None, False
        headers: Headers = taken[0]["headers"]
        body = b"".join(message.get("body", b"") for message in taken[1:])
        tag = next((value for name, value in headers if name.lower() == b"etag"), b"")
        return _Answer(headers, body, tag, keeping.until, route), keeping.allowed and len(body) <= _LARGEST


async def _give(answer: _Answer, known: bytes, send: Send) -> None:
    if known and has_it(known.decode("latin-1"), answer.tag.decode("latin-1")):
        headers = [(name, value) for name, value in answer.headers if name.lower() not in _NOT_WITH_304]
        await send({"type": "http.response.start", "status": 304, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
        return
    await send({"type": "http.response.start", "status": 200, "headers": answer.headers})
    await send({"type": "http.response.body", "body": answer.body})
