"""What the client does when the server is busy, gone, or says nonsense. Without a network."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx2
import pytest
from standardwebhooks import Webhook

from portal.client import (
    Busy,
    ClientError,
    Guildmark,
    NotSigned,
    Patience,
    Problem,
    Unreachable,
    opened,
    signed_headers,
)

BULK = {
    "id": "7", "kind": "issue", "state": "done", "total": 0, "done": 0, "failed": 0, "cancelled": 0, "waiting": 0,
}  # fmt: skip
SECRET = "whsec_" + "QUJD" * 11
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
Answer = Callable[[httpx2.Request], httpx2.Response]


class Server:
    """Answers in turn, and what was asked."""

    def __init__(self, *answers: httpx2.Response | Exception) -> None:
        self.answers, self.asked, self.slept = list(answers), list[httpx2.Request](), list[float]()

    def client(self, **patience: float) -> Guildmark:
        transport = httpx2.MockTransport(self.answer)
        return Guildmark(
            "https://badges.example", "gmk_x", transport=transport, sleep=self.slept.append,
            patience=Patience(**patience),  # type: ignore[arg-type]
        )  # fmt: skip

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def busy(after: str = "", status: int = 503) -> httpx2.Response:
    headers = {"Retry-After": after} if after else {}
    return httpx2.Response(status, json={"title": "Busy", "detail": "Later."}, headers=headers)


def test_it_waits_as_long_as_it_is_told() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    server = Server(busy("3"), busy(soon), busy("nonsense", 429), httpx2.Response(202, json=BULK))
    assert server.client().award([]).state == "done"
    assert server.slept[0] == 3
    assert 25 < server.slept[1] <= 30
    assert server.slept[2] == 2.0
    keys = {one.headers["idempotency-key"] for one in server.asked}
    assert len(keys) == 1


def test_it_does_not_wait_for_ever() -> None:
    server = Server(*(busy("86400") for _ in range(4)))
    with pytest.raises(Busy) as problem:
        server.client(longest_wait=5).bulk("7")
    assert (problem.value.detail, server.slept, len(server.asked)) == ("Later.", [5, 5, 5], 4)


def test_a_broken_connection_is_tried_again_where_that_is_safe() -> None:
    gone = httpx2.ReadTimeout("gone")
    server = Server(gone, httpx2.Response(200, json=BULK))
    assert server.client().cancel("7").id == "7"
    with pytest.raises(Unreachable):
        Server(*(gone for _ in range(4))).client().bulk("7")
    once = Server(gone)
    with pytest.raises(Unreachable):
        once.client().appeal("7", "Why")
    assert len(once.asked) == 1


def test_what_could_be_done_twice_is_repeated_only_if_it_was_not_begun() -> None:
    proposal = {"id": "7", "person": "p", "program": "a", "level": "b", "state": "proposed"}
    server = Server(busy("1"), httpx2.Response(200, json=proposal))
    assert server.client().appeal("7", "Why").state == "proposed"
    for answer in (busy(), httpx2.Response(502, text="<html>")):
        server = Server(answer)
        with pytest.raises(Problem):
            server.client().appeal("7", "Why")
        assert len(server.asked) == 1


def test_faults_are_not_tried_again_and_nonsense_is_said_to_be_some() -> None:
    server = Server(httpx2.Response(400, json={"title": "No", "detail": "So.", "errors": [{"detail": "x"}, 5]}))
    with pytest.raises(Problem) as problem:
        server.client().bulk("7")
    assert (problem.value.kind, str(problem.value)) == ("", "400 No: So.\n- x")
    with pytest.raises(ClientError):
        Server(httpx2.Response(200, text="<html>")).client().bulk("7")
    with pytest.raises(Problem):
        Server(httpx2.Response(301, headers={"Location": "https://evil.example/"})).client().bulk("7")


@pytest.mark.parametrize("address", ["http://badges.example", "ftp://localhost", "badges.example", ""])
def test_a_token_does_not_go_where_it_can_be_read(address: str) -> None:
    with pytest.raises(ValueError, match="https"):
        Guildmark(address, "gmk_x")


def test_names_cannot_lead_elsewhere() -> None:
    server = Server(httpx2.Response(200, content=b"x"))
    server.client().form("../admin?x=")
    assert server.asked[0].url.raw_path == b"/credentials/..%2Fadmin%3Fx%3D.json"


def test_messages_are_signed_as_the_standard_has_it() -> None:
    body = json.dumps({"type": "credential.issued"}).encode()
    headers = signed_headers(SECRET, "msg_1", datetime.now(UTC), body)
    assert Webhook(SECRET).verify(body, headers) == {"type": "credential.issued"}
    assert opened(SECRET, {name.title(): value for name, value in headers.items()}, body, datetime.now(UTC))


def test_messages_of_others_are_not_opened() -> None:
    headers = signed_headers(SECRET, "msg_1", NOW, b"{}")
    assert opened(SECRET, headers, b"{}", NOW) == {}
    for changed, content, at in (
        ({}, b"{ }", NOW),
        ({"webhook-id": "msg_2"}, b"{}", NOW),
        ({"webhook-signature": "v1,é v1a,x"}, b"{}", NOW),
        ({}, b"{}", NOW + timedelta(minutes=6)),
    ):
        with pytest.raises(NotSigned):
            opened(SECRET, {**headers, **changed}, content, at)
    with pytest.raises(NotSigned):
        opened(SECRET, {}, b"{}", NOW)
    with pytest.raises(ValueError, match="whsec"):
        signed_headers("whsec_é", "msg_1", NOW, b"{}")
