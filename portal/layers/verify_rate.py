"""How many documents one network may have verified in a minute, counted by all processes together.

No request waits for the database: each process counts by itself, and tells the database what it counted by lots, in
the background; what comes back is the sum of all. So each process lets through one lot at most beyond the rate, and of
whoever sends less than a lot in a minute nothing is ever written down. Without the database each counts for itself, for
verifying goes on then.
"""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from credentials.sentence import sentence
from issuer.errors import DatabaseError
from issuer.sign_in.rates import Rate, count
from portal.problems import TOO_MANY, HttpProblem
from portal.service import Service
from portal.sign_in.client import network_of

EVERY: Final = timedelta(minutes=1)
LOTS: Final = 20
"""A rate is counted in so many lots."""
_MOST_NETWORKS: Final = 10_000
_POSTED: Final = re.compile(r"/verify|/verify/row|/api/verify|/vc-api/[^/]+/(?:credentials|presentations)/verify")
_LOOKED_UP: Final = re.compile(rb"(?:^|&)url=.")

Refusal = Callable[[Request, HttpProblem], Response]


@dataclass(slots=True)
class _Counted:
    """Of one network in this minute: what was seen, what of it the database was not told, whether it is over."""

    seen: int = 0
    untold: int = 0
    telling: bool = False
    over: bool = False


class VerifyRate:
    """Stands before whatever verifies. `most` in a minute by one network; refuse: the answer beyond that."""

    def __init__(self, app: ASGIApp, *, service: Service, most: int, refuse: Refusal) -> None:
        self._app = app
        self._service = service
        self._rate = Rate("documents from network", most, EVERY)
        self._lot = max(1, most // LOTS)
        self._refuse = refuse
        self._minute = datetime.min.replace(tzinfo=UTC)
        self._networks: dict[str, _Counted] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if self._rate.most == 0 or scope["type"] != "http" or not _verifies(scope):
            await self._app(scope, receive, send)
            return
        request, now = Request(scope), self._service.clock()
        network = network_of(request, self._service)
        counted = self._counted(network, now)
        if counted.over:
            await self._refusal(request, now)(scope, receive, send)
            return
        counted.seen += 1
        counted.untold += 1
        counted.over = counted.seen >= self._rate.most
        if counted.untold >= self._lot and not counted.telling:
            counted.telling = True
            task = asyncio.create_task(self._tell(network, counted, now))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        await self._app(scope, receive, send)

    def _counted(self, network: str, now: datetime) -> _Counted:
        minute = self._rate.begins(now)
        if minute != self._minute or len(self._networks) >= _MOST_NETWORKS:
            self._minute, self._networks = minute, {}
        return self._networks.setdefault(network, _Counted())

    async def _tell(self, network: str, counted: _Counted, now: datetime) -> None:
        told = counted.untold
        try:
            total = await run_in_threadpool(count, self._service.database, self._rate, network, told, now=now)
        except DatabaseError:
            total = 0
        counted.untold -= told
        counted.over = counted.over or total >= self._rate.most
        counted.telling = False

    def _refusal(self, request: Request, now: datetime) -> Response:
        left = math.ceil((self._rate.begins(now) + EVERY - now).total_seconds())
        detail = sentence("More documents came from your network in one minute than are verified here. Go on soon.")
        return self._refuse(request, HttpProblem(TOO_MANY, detail, headers={"Retry-After": str(max(1, left))}))


def _verifies(scope: Scope) -> bool:
    if scope["method"] == "POST":
        return _POSTED.fullmatch(scope["path"]) is not None
    return scope["path"] == "/verify" and _LOOKED_UP.search(scope["query_string"]) is not None
