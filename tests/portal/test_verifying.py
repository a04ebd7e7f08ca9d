"""Where documents are verified: whichever place it is, the answer is the same, and nobody waits for somebody else's."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from credentials.haste import TakesLong, in_haste
from portal.app import create_app
from portal.own_documents import OwnDocuments
from portal.service import Service
from portal.verifying import desk as desk_module
from portal.verifying.desk import AT_ONCE, Desk
from portal.verifying.places import Overloaded
from portal.verifying.processes import Processes
from tests.portal import questions
from tests.portal.conftest import BASE, BROWSER, House, content_of, headers_of
from verifier.caching_fetcher import SETTLED, CachingFetcher
from verifier.policy import ORDINARY
from verifier.presentation import NotAPresentation
from verifier.resolve import DidResolver
from verifier.result import Status, VerificationResult
from verifier.time_to_live import time_to_live
from verifier.verify import verify

PATIENT = timedelta(seconds=120)


@pytest.fixture(scope="module")
def processes() -> Iterator[Processes]:
    made = Processes(most=1, waiting=1, patience=PATIENT)
    yield made
    made.close()


def alike(house: House) -> bytes:
    """A good badge with parts that only the full algorithm tells apart."""
    issuer = house.world.issuer("alike.example")
    badge = issuer.issue()
    document = json.loads(badge.json)
    document.pop("proof")
    parts = [{"type": ["Alignment"], "targetName": "a", "targetUrl": "https://example.org/1"}] * 2
    document["credentialSubject"]["result"] = [{"type": ["Result"], "value": "1", "alignment": parts}] * 2
    return issuer.sign_anything(document)


def large(house: House) -> bytes:
    """A good badge that is larger than the event loop takes on."""
    issuer = house.world.issuer("large.example")
    document = json.loads(issuer.issue().json)
    document.pop("proof")
    document["credentialSubject"]["achievement"]["description"] = "word " * (AT_ONCE // 4)
    return issuer.sign_anything(document)


def forged(house: House) -> bytes:
    return house.world.issuer("forged.example").issue().json.replace(b"Cloud Associate", b"Cloud Assassin")


def unreachable(house: House) -> bytes:
    badge = house.world.issuer("down.example").issue().json
    house.world.fetcher.unreachable("https://down.example")
    return badge


def own(house: House) -> bytes:
    with house.client() as client:
        return client.get(f"/credentials/{house.ids['revoked']}.json").content


DOCUMENTS = {
    "alike": (alike, Status.VALID),
    "large": (large, Status.VALID),
    "forged": (forged, Status.INVALID),
    "unreachable": (unreachable, Status.UNCHECKED),
    "own": (own, Status.REVOKED),
    "nonsense": (lambda _: b'{"type": []}', Status.INVALID),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_place_changes_nothing_but_time(house: House, processes: Processes, name: str) -> None:
    make, status = DOCUMENTS[name]
    service, document = house.service, make(house)
    here = service.verify(document)
    assert here.status is status
    there = processes.ask(partial(verify, document, policy=ORDINARY), service.reach(), service.clock)
    assert there == here
    assert asyncio.run(Desk(service, _look(service)).verify(document)) == here


@pytest.mark.parametrize("place", ["here", "in a process", "at the desk"])
def test_whoever_changes_its_key_is_asked_anew(house: House, processes: Processes, place: str) -> None:
    """Its document is remembered here, without the new key: that does not make its new badges invalid."""
    issuer = house.world.issuer(f"changes-{place.replace(' ', '-')}.example")
    others = CachingFetcher(
        house.world.fetcher,
        clock=house.clock,
        ttl_of=time_to_live,
        longest=timedelta(hours=1),
        unsaid=timedelta(minutes=5),
        failures=timedelta(seconds=30),
        max_entries=10,
        max_bytes=10**7,
    )
    own_documents = OwnDocuments(house.service.database, None, house.clock, base_url=BASE, others=others)
    service = replace(house.service, documents=own_documents, resolver=DidResolver(own_documents, allowed_origins=()))
    desk = Desk(service, _look(service))

    def judged(document: bytes) -> Status:
        if place == "here":
            return service.verify(document).status
        if place == "at the desk":
            return asyncio.run(desk.verify(document)).status
        answer = processes.ask(partial(verify, document, policy=ORDINARY), service.reach(), service.clock)
        return answer.status

    assert judged(issuer.issue().json) is Status.VALID
    house.clock.now += SETTLED
    house.world.advance(SETTLED)
    issuer.change_key()
    assert judged(issuer.issue().json) is Status.VALID
    own_documents.close()


def _look(service: Service) -> Any:
    async def look() -> object:
        return service.documents.memory.mark.look()

    return look


def test_our_own_badges_are_verified_at_once_and_what_takes_long_is_not(house: House) -> None:
    desk = Desk(house.service, _look(house.service))
    badge = own(house)
    first = house.service.verify(badge)  # now its list and keys are in memory
    assert asyncio.run(desk.verify_at_once(badge)) == first
    for make in (alike, large, forged):
        assert asyncio.run(desk.verify_at_once(make(house))) is None


def test_haste_ends_where_it_was_said(house: House) -> None:
    document = alike(house)
    with pytest.raises(TakesLong), in_haste():
        house.service.verify(document)
    assert house.service.verify(document).verified


def test_a_process_is_kept_and_asks_the_world_through_us(house: House, processes: Processes) -> None:
    reach, clock = house.service.reach(), house.service.clock
    first = processes.ask(questions.process_id, reach, clock)
    assert first != os.getpid()
    assert processes.ask(questions.process_id, reach, clock) == first
    with pytest.raises(NotAPresentation, match="no presentation"):
        processes.ask(questions.refuse, reach, clock)
    assert processes.ask(questions.process_id, reach, clock) == first


@pytest.mark.slow
def test_what_dies_or_takes_too_long_is_replaced(house: House) -> None:
    reach, clock = house.service.reach(), house.service.clock
    processes = Processes(most=1, waiting=0, patience=PATIENT)
    try:
        pids = [processes.ask(questions.process_id, reach, clock)]
        for question, patience, words in (
            (questions.die, PATIENT, "ended without an answer"),
            (partial(questions.sleep, 60), timedelta(seconds=1), "takes longer than 1 seconds"),
        ):
            processes._patience = patience
            with pytest.raises(Overloaded, match=words):
                processes.ask(question, reach, clock)
            processes._patience = PATIENT  # the next one is a new process, and starts only now
            pids.append(processes.ask(questions.process_id, reach, clock))
        assert len(set(pids)) == 3
    finally:
        processes.close()


def test_so_many_wait_and_no_more(house: House, processes: Processes, tmp_path: Path) -> None:
    reach, clock = house.service.reach(), house.service.clock
    processes.ask(questions.process_id, reach, clock)
    seen: list[object] = []

    def ask() -> None:
        seen.append(processes.ask(partial(questions.wait_for, tmp_path / "enough"), reach, clock))

    two = [threading.Thread(target=ask) for _ in range(2)]
    for thread in two:
        thread.start()
    while processes._places._value:  # until one is at work and one waits
        threading.Event().wait(0.01)
    with pytest.raises(Overloaded, match="Too many"):
        processes.ask(questions.process_id, reach, clock)
    (tmp_path / "enough").touch()
    for thread in two:
        thread.join()
    assert seen == [None, None]
    assert processes.ask(questions.process_id, reach, clock)


@pytest.fixture
def stuck(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """An application with room for one slow document, and one of which is never done with."""
    monkeypatch.setattr(desk_module, "judge_given", questions.verify_or_be_stuck)
    processes = Processes(most=1, waiting=0, patience=timedelta(seconds=6))
    app = create_app(replace(house.service, processes=processes))
    with TestClient(app, base_url=BASE) as client:
        yield client
    processes.close()


@pytest.mark.slow
def test_slow_documents_wait_for_each_other_and_quick_ones_for_none(house: House, stuck: TestClient) -> None:
    """While one document is stuck the next slow one is told to come again, and everything else goes on."""
    slow, quick = {"text": '{"type": "stuck"}'}, {"credential": json.loads(own(house))}
    answers: list[Any] = []
    waiting = threading.Thread(target=lambda: answers.append(stuck.post("/api/verify", json=slow)))
    waiting.start()
    processes = stuck.app.state.service.processes  # type: ignore[attr-defined]
    while processes._places._value:  # until it is at work
        threading.Event().wait(0.01)
    refused = stuck.post("/api/verify", json=slow)
    assert refused.status_code == 503
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["retry-after"].isdigit()
    assert refused.json()["type"] == f"{BASE}/docs#problem-busy"
    assert refused.json()["status"] == 503
    for _ in range(5):
        assert stuck.post("/api/verify", json=quick).json()["status"] == "revoked"
        assert stuck.get(f"/credentials/{house.ids['valid']}", headers=BROWSER).status_code == 200
        assert stuck.post("/api/verify", json={"text": forged(house).decode()}).json()["status"] == "invalid"
    assert waiting.is_alive()
    shown = stuck.post("/verify", data={"text": slow["text"]}, headers=BROWSER)
    assert (shown.status_code, shown.headers["retry-after"]) == (503, refused.headers["retry-after"])
    waiting.join()
    assert answers[0].status_code == 503
    assert "takes longer than" in answers[0].json()["detail"]


@pytest.mark.parametrize("route", ["/api/verify", "/vc-api/default/credentials/verify"])
@pytest.mark.parametrize("standing", ["valid", "revoked"])
def test_the_short_way_answers_as_the_route_does(house: House, route: str, standing: str) -> None:
    """The same bytes and headers, once the counter in front of the routes has what it needs in memory, and before."""
    with house.client() as client:
        credential = client.get(f"/credentials/{house.ids[standing]}.json").json()
        name = "credential" if route == "/api/verify" else "verifiableCredential"
        body = {name: credential}
        house.service.documents.memory.close()
        by_route = client.post(route, json=body)
        client.get("/")  # remembers the default issuer
        by_counter = [client.post(route, json=body) for _ in range(2)]
        for answer in by_counter:
            assert (answer.status_code, answer.content) == (by_route.status_code, by_route.content)
            assert headers_of(answer) == headers_of(by_route)


@pytest.mark.parametrize("route", ["/api/verify", "/vc-api/default/credentials/verify"])
@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"{", "application/json"),
        (b'{"credential": 1, "credential": 2}', "application/json"),
        (b"{}", "application/json"),
        (b"[]", "application/json"),
        (b'{"credential": {}}', "text/html"),
        (b'{"credential": {"type": "\\ud800"}}', "application/json"),
        (b'{"verifiableCredential": ""}', "application/json"),
        (b"\xff", "application/json; charset=latin-1"),
        (b"", "application/json"),
    ],
)
def test_what_it_cannot_answer_it_leaves_to_the_route(
    house: House, monkeypatch: pytest.MonkeyPatch, route: str, content: bytes, media_type: str
) -> None:
    headers = {"Content-Type": media_type}
    with house.client() as client:
        with_it = client.post(route, content=content, headers=headers)
        monkeypatch.setattr("portal.verifying.quick._is_small_json", lambda _scope: False)
        without = client.post(route, content=content, headers=headers)
    assert with_it.status_code == without.status_code >= 400 or with_it.status_code == 200
    assert (content_of(with_it), headers_of(with_it)) == (content_of(without), headers_of(without))


def test_a_result_says_the_same_however_it_travels(house: House, processes: Processes) -> None:
    """What comes out of a process is the whole answer, its document and its problems."""
    document = own(house)
    found = processes.ask(partial(verify, document, policy=ORDINARY), house.service.reach(), house.service.clock)
    assert isinstance(found, VerificationResult)
    assert found.as_dict() == house.service.verify(document).as_dict()
