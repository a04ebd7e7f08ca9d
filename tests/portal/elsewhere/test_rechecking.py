"""Badges from elsewhere are checked again once a day, while nobody looks."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from issuer.held import held
from issuer.people.directory import required_person
from issuer.status import reinstate, suspend
from portal.elsewhere import rechecking
from portal.service import Service
from portal.worker import run_once
from tests.portal.elsewhere.conftest import Two
from verifier.fetch import FetchFailed
from verifier.fetcher import Fetched

JOB = "elsewhere"
WHO = "suspended"


def _run(service: Service) -> dict[str, int]:
    [ran] = run_once(service, [JOB], force=True)
    assert ran.error is None
    return dict(ran.report)


def test_what_its_issuer_suspends_is_shown_as_suspended_the_next_day(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    here, there = two.here.house, two.there.house
    badge, keyring = UUID(here.ids[WHO]), here.service.keyring
    assert keyring is not None
    status = {"credential_id": badge, "actor": "test", "reason": "The yearly training is overdue."}
    reinstate(here.service.database, keyring, now=here.clock(), **status)  # type: ignore[arg-type]
    browser = two.here.browser(WHO)
    path = two.connected(browser, who=WHO)
    browser.get(f"/me/credentials/{badge}/elsewhere")
    sent = two.here.post(browser, f"{path}/bring/{badge}")
    assert sent.headers["location"].endswith("done=created"), sent.text
    with there.service.database.read() as session:
        person = required_person(session, f"{WHO}@brightmoor.example").id

    def seen() -> tuple[str, bool]:
        [one] = held(there.service.database, person)
        return one.status, one.checked_at == there.clock.now

    assert seen() == ("valid", True)
    assert _run(there.service)["checked"] == 0, "it was checked when it came"
    two.later(timedelta(hours=23))
    suspend(here.service.database, keyring, now=here.clock(), **status)  # type: ignore[arg-type]
    assert _run(there.service)["checked"] == 0
    two.later(timedelta(hours=1))

    def silent(*_: object, **__: object) -> Fetched:
        raise FetchFailed(two.here.base, "It does not answer.")

    with monkeypatch.context() as broken:
        broken.setattr(type(there.service.documents), "fetch", silent)
        assert _run(there.service) == {"checked": 1, "changed": 1, "unclear": 1}
    assert seen() == ("unchecked", True)
    two.later(timedelta(minutes=59))
    assert _run(there.service)["checked"] == 0
    two.later(timedelta(minutes=1))
    assert _run(there.service) == {"checked": 1, "changed": 1, "unclear": 0}
    assert seen() == ("suspended", True)
    assert "Suspended" in two.there.browser(WHO).get("/me").text
    two.later(timedelta(days=1))
    monkeypatch.setattr(rechecking, "RUN", timedelta(seconds=-1))
    assert _run(there.service)["checked"] == 0, "a run ends, and leaves the rest to the next"
    two.here.post(browser, f"{path}/end")
