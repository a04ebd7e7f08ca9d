"""The worker's first moments: what is due lies in the queue before anybody polls it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from issuer.errors import DatabaseUnreachable
from portal.job_queue import Workers, open_queue
from portal.service import Service
from portal.worker import Runner, working
from tests.portal.conftest import build_house


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    house = build_house(tmp_path / "home")
    yield house.service
    house.service.close()


@pytest.fixture
def nobody_polls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Workers, "start", lambda _: None)
    monkeypatch.setattr(Workers, "stop", lambda _, graceful: None)


@pytest.mark.usefixtures("nobody_polls")
def test_what_is_due_is_in_the_queue_when_the_threads_begin(service: Service) -> None:
    with working(service):
        queue = open_queue(service)
        found = {args[0] for _id, _task, args in map(json.loads, queue.storage.enqueued_items())}
        queue.storage.close()
    assert {"bulk", "deliver"} <= found


@pytest.mark.usefixtures("nobody_polls")
def test_a_worker_that_cannot_look_yet_begins_all_the_same(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: Runner) -> list[str]:
        raise DatabaseUnreachable("it is starting")

    monkeypatch.setattr(Runner, "due", away)
    with working(service) as workers:
        assert workers is not None
