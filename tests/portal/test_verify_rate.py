"""How many documents one network may have verified in a minute, however many processes serve it."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import func, select
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from issuer.errors import DatabaseUnreachable
from issuer.tables import SignInRateRow
from portal.app import create_app
from portal.layers.verify_rate import EVERY, LOTS, VerifyRate
from portal.problems import HttpProblem
from portal.service import Service
from tests.portal.conftest import BASE, House

MOST = 100
LOT = MOST // LOTS
ELSEWHERE = ("198.51.100.7", 4000)


async def _verified(_: Scope, __: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def _refused(_: Request, problem: HttpProblem) -> Response:
    return PlainTextResponse("", problem.kind.status, dict(problem.headers))


def layer(service: Service, most: int = MOST) -> VerifyRate:
    """One process's."""
    return VerifyRate(_verified, service=service, most=most, refuse=_refused)


async def ask(
    one: VerifyRate, *, client: tuple[str, int] = ELSEWHERE, path: str = "/api/verify", method: str = "POST",
    query: bytes = b"",
) -> int:  # fmt: skip
    """The status of one request, when all is told that was to be told."""
    statuses: list[int] = []

    async def send(message: object) -> None:
        if isinstance(message, dict) and message["type"] == "http.response.start":
            statuses.append(message["status"])

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {
        "type": "http", "method": method, "path": path, "query_string": query, "headers": [], "client": client,
    }  # fmt: skip
    await one(scope, receive, send)  # type: ignore[arg-type]
    await asyncio.gather(*one._tasks)
    return statuses[0]


def test_processes_share_one_budget(house: House) -> None:
    async def story() -> None:
        first, second = layer(house.service), layer(house.service)
        statuses = []
        for _ in range(MOST):
            statuses += [await ask(first), await ask(second)]
        passed = statuses.count(200)
        assert set(statuses) == {200, 429}
        assert MOST <= passed <= MOST + 2 * LOT, "one lot beyond it at most, for each process"
        assert statuses[-2:] == [429, 429]
        assert await ask(first, client=("198.51.100.8", 1)) == 200, "another network"
        assert await ask(first, path="/credentials/x") == 200, "what does not verify"
        house.clock.now += EVERY
        assert await ask(first) == 200

    asyncio.run(story())


def test_of_whoever_sends_little_nothing_is_written(house: House) -> None:
    async def story() -> None:
        one = layer(house.service)
        for _ in range(LOT - 1):
            assert await ask(one) == 200

    def written() -> int | None:
        with house.service.database.read() as session:
            return session.scalar(select(func.count()).select_from(SignInRateRow))

    before = written()
    asyncio.run(story())
    assert written() == before


def test_without_the_database_each_process_counts_for_itself(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> int:
        raise DatabaseUnreachable("away")

    monkeypatch.setattr("portal.layers.verify_rate.count", away)

    async def story() -> None:
        one = layer(house.service)
        statuses = [await ask(one) for _ in range(MOST + 5)]
        assert statuses == [200] * MOST + [429] * 5

    asyncio.run(story())


@pytest.mark.parametrize(
    ("method", "path", "query", "counts"),
    [
        ("POST", "/verify", b"", True),
        ("POST", "/vc-api/default/credentials/verify", b"", True),
        ("POST", "/vc-api/default/presentations/verify", b"", True),
        ("GET", "/verify", b"url=https%3A%2F%2Fa.example", True),
        ("GET", "/verify", b"lang=de", False),
        ("POST", "/vc-api/default/credentials/issue", b"", False),
    ],
)
def test_what_counts(house: House, method: str, path: str, query: bytes, counts: bool) -> None:
    async def story() -> None:
        one = layer(house.service, most=1)
        statuses = [await ask(one, method=method, path=path, query=query) for _ in range(2)]
        assert statuses == ([200, 429] if counts else [200, 200])

    asyncio.run(story())


def test_machines_and_people_are_told(house: House) -> None:
    settings = house.service.settings.model_copy(update={"verify_per_minute": 1})
    client = TestClient(create_app(replace(house.service, settings=settings)), base_url=BASE, client=ELSEWHERE)
    with client:
        assert client.post("/api/verify", json={"credential": {}}).status_code != 429
        spoofed = {"X-Forwarded-For": "203.0.113.9"}
        refused = client.post("/api/verify", json={"credential": {}}, headers=spoofed)
        assert (refused.status_code, refused.headers["content-type"]) == (429, "application/problem+json")
        assert 1 <= int(refused.headers["retry-after"]) <= EVERY.total_seconds()
        page = client.get("/verify?url=https://a.example", headers={"Accept": "text/html", "Accept-Language": "de"})
        assert page.status_code == 429
        assert "Machen Sie gleich weiter" in page.text
