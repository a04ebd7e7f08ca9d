"""Pages asked for as a server does it, in this process: how many questions each asks, and how long it takes.

The application is called by its own interface (ASGI): no socket and no client's work are in the figures. Before each
request something is committed, so that no answer comes from memory.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import UUID

from fastapi import FastAPI
from sqlalchemy import event, text

from issuer.sign_in.sessions import Entry, begin_session
from portal.app import create_app
from portal.sealed_search import FIELD
from portal.service import Service

_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
_ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@dataclass(frozen=True, slots=True)
class Question:
    """A statement with its parameters, the rows it gave, and the milliseconds until they were there."""

    statement: str
    parameters: Any
    rows: int
    ms: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and what it cost: milliseconds on the wall, and of this process's processor."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    questions: tuple[Question, ...]
    wall_ms: float
    cpu_ms: float

    @property
    def rows(self) -> int:
        """Rows that the database gave."""
        return sum(one.rows for one in self.questions)


@dataclass
class Portal:
    """The application on a database, and the browsers of those who are signed in."""

    service: Service
    app: FastAPI
    _questions: list[Question] = field(default_factory=list)
    _tokens: dict[UUID, str] = field(default_factory=dict)

    def ask(self, runner: asyncio.Runner, path: str, visitor: UUID | None) -> Answer:
        """Get a page as that person (None: a stranger); of a search, the page that has its words sealed."""
        if visitor is not None:
            self.sign_in(visitor)
        self.forget()
        self._questions.clear()
        scope = self._scope(path, visitor)
        cpu, begun = time.process_time(), time.perf_counter()
        status, headers, body = runner.run(_called(self.app, scope))
        wall, spent = time.perf_counter() - begun, time.process_time() - cpu
        if status == 303 and f"{FIELD}=" in headers.get("location", ""):
            return self.ask(runner, headers["location"], visitor)
        return Answer(status, headers, body, tuple(self._questions), wall * 1000, spent * 1000)

    def sign_in(self, person_id: UUID) -> None:
        """Give somebody a session, once."""
        if person_id not in self._tokens:
            door = self.app.state.door
            new = begin_session(
                self.service.database,
                issuer=None,
                person_id=person_id,
                entry=Entry("Firefox on Linux"),
                limits=door.limits,
                now=door.now(),
                today=door.today(),
                randomness=os.urandom,
            )
            self._tokens[person_id] = new.token

    def forget(self) -> None:
        """Commit something that changes nothing: what was kept in memory is of no use any more."""
        with self.service.database.engine.begin() as connection:
            connection.execute(text("UPDATE issuers SET slug = slug"))

    def plan(self, question: Question) -> str:
        """How PostgreSQL goes about it, with what it read: EXPLAIN ANALYZE."""
        with self.service.database.engine.connect() as connection:
            how = f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {question.statement}"
            rows = connection.exec_driver_sql(how, question.parameters or None)
            return "\n".join(row[0] for row in rows)

    def _scope(self, path: str, visitor: UUID | None) -> dict[str, Any]:
        base, parts = urlsplit(self.service.base_url), urlsplit(path)
        headers = {"host": base.netloc, "user-agent": _AGENT, "accept": _ACCEPT, "accept-language": "en"}
        if visitor is not None:
            headers["cookie"] = f"{self.app.state.door.session_cookie}={self._tokens[visitor]}"
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": base.scheme,
            "path": parts.path,
            "raw_path": quote(parts.path).encode(),
            "query_string": parts.query.encode(),
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "server": (base.hostname, base.port or 443),
            "client": ("192.0.2.7", 40_000),
        }

    def _watch(self) -> None:
        """Count questions and rows from now on."""
        engine = self.service.database.engine
        begun: dict[int, float] = {}

        @event.listens_for(engine, "before_cursor_execute")
        def before(connection: Any, cursor: Any, *_: Any) -> None:
            del connection
            begun[id(cursor)] = time.perf_counter()

        @event.listens_for(engine, "after_cursor_execute")
        def after(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
            del connection
            ms = (time.perf_counter() - begun.pop(id(cursor))) * 1000
            rows = cursor.rowcount if statement.lstrip().upper().startswith(("SELECT", "WITH")) else 0
            self._questions.append(Question(statement, parameters, max(rows, 0), ms))

        if engine.dialect.name == "sqlite":
            engine.dispose()  # rows of SQLite are counted as they are fetched, on connections opened from now on
            event.listen(engine, "connect", self._count_rows)

    def _count_rows(self, connection: Any, _: Any) -> None:
        def counted(cursor: Any, row: tuple[Any, ...]) -> tuple[Any, ...]:
            del cursor
            if self._questions:
                last = self._questions[-1]
                self._questions[-1] = Question(last.statement, last.parameters, last.rows + 1, last.ms)
            return row

        connection.row_factory = counted


@contextmanager
def portal_of(service: Service) -> Iterator[Portal]:
    """The application of a service, watched; the service is closed at the end."""
    portal = Portal(service, create_app(service))
    portal._watch()
    try:
        yield portal
    finally:
        service.close()


async def _called(app: FastAPI, scope: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
    sent: list[dict[str, Any]] = []
    asked = False

    async def receive() -> dict[str, Any]:
        nonlocal asked
        if asked:
            await asyncio.sleep(3_600)
        asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return int(sent[0]["status"]), headers, b"".join(one.get("body", b"") for one in sent[1:])
