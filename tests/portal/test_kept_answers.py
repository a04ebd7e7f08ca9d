"""Answers from memory are the answers that would be made: the same bytes, and never of a moment ago."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from credentials.instants import format_instant
from issuer.awards import AwardRequest
from issuer.erasure import erase_person
from issuer.issue import issue
from issuer.published import document
from issuer.status import reinstate, revoke, suspend
from issuer.store import Database
from portal.layers import kept_answers
from portal.looking import Looking
from tests.portal.conftest import BROWSER, House, build_house, headers_of
from tests.portal.test_vc_api import badge


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house of its own, since these tests change what others look at."""
    house = build_house(tmp_path_factory.mktemp("busy"))
    yield house
    house.service.close()


@pytest.fixture
def asked(busy: House) -> Iterator[TestClient]:
    with busy.client() as client:
        yield client


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths for which the application was asked, in order."""
    paths: list[str] = []
    whole = kept_answers.KeptAnswers._asked

    async def counted(self: kept_answers.KeptAnswers, scope: dict, *rest: object) -> object:  # type: ignore[type-arg]
        paths.append(scope["path"])
        return await whole(self, scope, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(kept_answers.KeptAnswers, "_asked", counted)
    return paths


def one_more(house: House, number: int, level: str = "practitioner") -> UUID:
    keyring = house.service.keyring
    assert keyring is not None
    results = {"practitioner": (("exam", "88"), ("practice", "proficient")), "expert": (("board", "distinguished"),)}
    request = AwardRequest(
        name=f"Ana {number}",
        email=f"ana{number}@brightmoor.example",
        program="cloud-engineering",
        level=level,
        awarded_on=date(2026, 10, 1),
        results=results[level],
        origin=str(number),
    )
    report = issue(
        house.service.database,
        keyring,
        issuer="brightmoor",
        requests=[request],
        actor="test",
        now=house.clock(),
        randomness=Random(number).randbytes,  # noqa: S311
        source="history",
    )
    return report.credentials[0].id


@pytest.mark.parametrize("suffix", ["", ".json", ".jwt", ".png", ".svg", "/qr.svg"])
@pytest.mark.parametrize("accept", [BROWSER["Accept"], "application/vc", "*/*"])
def test_the_second_answer_is_the_first_one(
    busy: House, asked: TestClient, made: list[str], suffix: str, accept: str
) -> None:
    path = f"/credentials/{busy.ids['valid']}{suffix}"
    asked.get(path, headers={"Accept": accept})  # on the first visit its status list, which is old, is signed anew
    made.clear()
    first = asked.get(path, headers={"Accept": accept})
    second = asked.get(path, headers={"Accept": accept})
    assert (second.status_code, second.content) == (first.status_code, first.content) == (200, first.content)
    assert headers_of(second) == headers_of(first)
    assert len(made) <= 1
    head = asked.head(path, headers={"Accept": accept})
    assert (head.status_code, head.content, headers_of(head)) == (200, b"", headers_of(first))
    same = asked.get(path, headers={"Accept": accept, "If-None-Match": first.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    assert {"etag", "cache-control", "x-frame-options"} <= same.headers.keys()
    assert not {"content-type", "content-length"} & same.headers.keys()
    assert asked.head(path, headers={"Accept": accept, "If-None-Match": first.headers["etag"]}).status_code == 304


def test_forms_do_not_stand_in_for_each_other(busy: House, asked: TestClient) -> None:
    path = f"/credentials/{busy.ids['valid']}"
    for accept, found in ((BROWSER["Accept"], "text/html; charset=utf-8"), ("application/vc", "application/vc")) * 2:
        assert asked.get(path, headers={"Accept": accept}).headers["content-type"] == found


def test_a_status_shows_at_once_whoever_changes_it(busy: House, asked: TestClient) -> None:
    """Valid, suspended, reinstated, revoked: page and verdict after each change say so, and no 304 says otherwise."""
    service, keyring = busy.service, busy.service.keyring
    assert keyring is not None
    identifier = one_more(busy, 1, "expert")
    path = f"/credentials/{identifier}"
    signed = asked.get(path + ".json")
    seen: list[str] = []

    def look(word: str) -> None:
        page = asked.get(path, headers={**BROWSER, "If-None-Match": ", ".join(seen[-1:])})
        assert page.status_code == 200
        assert f'<strong class="status-word">{word.capitalize()}</strong>' in page.text
        assert page.headers["cache-control"] == "no-cache"
        assert asked.get(path, headers={**BROWSER, "If-None-Match": page.headers["etag"]}).status_code == 304
        seen.append(page.headers["etag"])
        verdict = asked.post("/api/verify", json={"credential": signed.json()}).json()
        assert verdict["status"] == word
        assert asked.get(path + ".json").content == signed.content  # what was signed never changes

    elsewhere = Database(service.settings.database)  # as another process has it
    common = {"actor": "test", "now": busy.clock()}
    look("valid")
    suspend(elsewhere, keyring, credential_id=identifier, reason="a pause", **common)  # type: ignore[arg-type]
    look("suspended")
    reinstate(elsewhere, keyring, credential_id=identifier, reason="over", **common)  # type: ignore[arg-type]
    look("valid")
    revoke(elsewhere, keyring, credential_id=identifier, reason="an error", **common)  # type: ignore[arg-type]
    look("revoked")
    elsewhere.close()


def test_a_credential_expires_at_the_second_it_says(busy: House, asked: TestClient) -> None:
    before = busy.clock.now
    until = before + timedelta(seconds=30)
    token = {"Authorization": f"Bearer {busy.token}"}
    ends_soon = badge(validUntil=format_instant(until))
    issued = asked.post("/vc-api/default/credentials/issue", json={"credential": ends_soon}, headers=token).json()
    path = issued["verifiableCredential"]["id"].removeprefix(busy.service.base_url)
    try:
        for at, word in (
            (before, "Valid"),
            (until - timedelta(milliseconds=1), "Valid"),
            (until, "Valid"),
            (until + timedelta(milliseconds=1), "Expired"),
        ):
            busy.clock.now = at
            assert f'<strong class="status-word">{word}</strong>' in asked.get(path, headers=BROWSER).text
    finally:
        busy.clock.now = before


def test_the_page_tells_the_minute_in_which_it_was_verified(busy: House, asked: TestClient, made: list[str]) -> None:
    path, before = f"/credentials/{busy.ids['expired']}", busy.clock.now
    try:
        for seconds, told in ((0, "11:00 CET"), (59, "11:00 CET"), (60, "11:01 CET")):
            busy.clock.now = before + timedelta(seconds=seconds)
            assert "now, <time datetime=" in (page := asked.get(path, headers=BROWSER).text)
            assert told in page.split("status-when", 1)[1].split("</section>", 1)[0]
        assert len(made) == 2
    finally:
        busy.clock.now = before


def test_who_was_erased_is_gone_at_once(busy: House, asked: TestClient) -> None:
    identifier = one_more(busy, 2)
    path = f"/credentials/{identifier}"
    forms = [("", BROWSER["Accept"]), (".json", "*/*"), (".jwt", "*/*"), (".png", "*/*")]
    for suffix, accept in forms * 2:
        assert asked.get(path + suffix, headers={"Accept": accept}).status_code == 200
    erase_person(busy.service.database, email="ana2@brightmoor.example", actor="test", now=busy.clock())
    for suffix, accept in forms:
        assert asked.get(path + suffix, headers={"Accept": accept}).status_code == 410, suffix


def test_the_short_way_finds_what_is_published_and_nothing_else(busy: House) -> None:
    documents, db, base = busy.service.documents, busy.service.database, busy.service.base_url
    for identifier in [*map(UUID, busy.ids.values()), UUID(int=7)]:
        for form in ("json", "jwt"):
            published = document(db, f"{base}/credentials/{identifier}", format_=form)
            found = documents.forms.find(base, identifier, form)
            assert found == (published.body if published is not None else None)
    assert documents.forms.find("https://elsewhere.example", UUID(busy.ids["valid"]), "json") is None


def test_many_who_ask_at_once_have_it_made_once(busy: House, made: list[str]) -> None:
    path = f"/credentials/{one_more(busy, 3)}"
    with busy.client() as client:
        app = client.app

        async def storm() -> list[int]:
            return await asyncio.gather(*(_status(app, path) for _ in range(20)))

        assert asyncio.run(storm()) == [200] * 20
    assert made == [path]


async def _status(app: object, path: str) -> int:
    status = 0

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, int]) -> None:
        nonlocal status
        status = message.get("status", status)

    scope = {
        "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "headers": [(b"accept", b"text/html")], "http_version": "1.1", "scheme": "http", "server": ("x", 80),
        "client": ("y", 1),
    }  # fmt: skip
    await app(scope, receive, send)  # type: ignore[operator]
    return status


def test_errors_and_questions_are_not_kept(busy: House, asked: TestClient, made: list[str]) -> None:
    for path in ("/credentials/0f8b3f2e-5f36-4a4f-9a55-3c1f7e0b7a11", "/credentials/no-id"):
        assert [asked.get(path).status_code for _ in range(2)] == [404, 404]
    path = f"/credentials/{busy.ids['valid']}.json"
    for query in ("?a=1", "?a=2"):
        assert asked.get(path + query).status_code == 200
    assert len(made) == 4


class Slow:
    """A mark on a server: each look takes a moment, and says how many commits there were when it began."""

    is_instant = False

    def __init__(self) -> None:
        self.commits = self.looks = 0

    def look(self) -> int:
        self.looks += 1
        seen = self.commits
        time.sleep(0.01)
        return seen


def test_looks_are_shared_and_each_began_after_the_question() -> None:
    slow = Slow()

    async def asks() -> None:
        looking = Looking(slow)  # type: ignore[arg-type]

        async def one(number: int) -> None:
            await asyncio.sleep(number * 0.001)
            slow.commits += 1
            mine = slow.commits
            assert await looking.look() >= mine  # type: ignore[operator]

        await asyncio.gather(*(one(number) for number in range(40)))
        gone = asyncio.create_task(looking.look())
        stays = asyncio.create_task(looking.look())
        await asyncio.sleep(0)
        gone.cancel()
        assert await stays == slow.commits

    asyncio.run(asks())
    assert slow.looks < 20


def test_a_status_list_that_is_due_is_signed_anew(busy: House, asked: TestClient) -> None:
    """The last test of its house, whose list is from another day then."""
    signed, before = asked.get(f"/credentials/{busy.ids['valid']}.json").json(), busy.clock.now
    path = signed["credentialStatus"]["statusListCredential"].removeprefix(busy.service.base_url)
    first = asked.get(path)
    assert asked.get(path, headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    try:
        busy.clock.now += timedelta(days=1, minutes=1)
        assert asked.get(path).headers["etag"] != first.headers["etag"]
    finally:
        busy.clock.now = before
