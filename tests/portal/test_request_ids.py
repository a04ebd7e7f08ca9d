"""A request has an id: in the answer, in the problem, in every line of the log. Strangers cannot choose it."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from portal.layers.request_log import RequestLog, request_id
from tests.portal.conftest import BASE, House

MADE = re.compile(r"[0-9a-f]{32}")


async def inner(scope: Scope, receive: Receive, send: Send) -> None:
    structlog.get_logger().warning("within")
    await JSONResponse({"id": request_id(Request(scope).scope)})(scope, receive, send)


def ask(given: Sequence[str], *, behind_proxy: bool) -> tuple[str, str, list[object]]:
    """The id in the answer's header, that which the application saw, and those of the lines that were logged."""
    capture = structlog.testing.LogCapture()
    before = structlog.get_config()
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, capture])
    try:
        client = TestClient(RequestLog(inner, behind_proxy=behind_proxy), base_url=BASE)
        answer = client.get("/", headers=[("X-Request-Id", one) for one in given])
    finally:
        structlog.configure(**before)
    return answer.headers["x-request-id"], answer.json()["id"], [entry.get("request") for entry in capture.entries]


def test_a_request_without_an_id_is_given_one() -> None:
    header, seen, logged = ask([], behind_proxy=False)
    assert MADE.fullmatch(header)
    assert seen == header
    assert logged == [header, header]


def test_a_proxy_may_give_it() -> None:
    assert ask(["01HF-proxy_id"], behind_proxy=True)[0] == "01HF-proxy_id"


@pytest.mark.parametrize(
    "given",
    [["short"], ["x" * 65], ["two words!"], ["a\tb-c-d-e-f"], ["-leading-dash"], ["01HF-one-id", "01HF-two-id"]],
)
def test_what_is_no_id_is_not_taken(given: list[str]) -> None:
    assert MADE.fullmatch(ask(given, behind_proxy=True)[0])


def test_a_stranger_cannot_choose_it() -> None:
    assert MADE.fullmatch(ask(["01HF-stranger"], behind_proxy=False)[0])


def test_a_problem_names_it(house: House) -> None:
    with house.client() as client:
        answer = client.get("/credentials/nothing", headers={"Accept": "application/problem+json"})
    assert answer.status_code == 404
    assert answer.json()["request"] == answer.headers["x-request-id"]
