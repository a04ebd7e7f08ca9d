"""What happens to credentials is told once, in order, to whoever asked for it, and again until it is taken."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from issuer.audit import events
from issuer.errors import AlreadyExists, TransitionRefused, Unknown
from issuer.issue import issue
from issuer.status import reinstate, revoke, suspend
from issuer.tables import CredentialRow, WebhookDeliveryRow, WebhookRow
from issuer.webhooks import collecting, delivering
from issuer.webhooks.collecting import KEPT, collect
from issuer.webhooks.delivering import CLAIM, GIVEN_UP_AFTER, PAUSES, Delivery, claim_next
from issuer.webhooks.endpoints import (
    WebhookRefused,
    add_webhook,
    list_webhooks,
    purpose,
    remove_webhook,
    resume_webhook,
)
from issuer.webhooks.kinds import EXPIRING_BEFORE, TEST, Kind
from keys.errors import KeysError
from tests.issuer.conftest import NOW, House
from tests.issuer.plans import asked, read_from_end_to_end

URL = "https://hr.brightmoor.example/badges"


@dataclass
class Telling:
    """A house, and what its webhooks are told."""

    house: House
    secrets: dict[str, str] = field(default_factory=dict)

    def add(self, name: str = "hr", kinds: tuple[str, ...] = tuple(Kind), at: datetime = NOW) -> UUID:
        made = add_webhook(
            self.house.db,
            self.house.keyring,
            issuer=None,
            name=name,
            url=URL,
            kinds=kinds,
            actor="test",
            now=at,
            randomness=self.house.randomness,
        )
        self.secrets[name] = made.secret
        return made.id

    def award(self, number: int = 1, level: str = "associate", at: datetime = NOW) -> UUID:
        done = issue(
            self.house.db,
            self.house.keyring,
            issuer=None,
            requests=[self.house.request(number, level)],
            actor="test",
            now=at,
            randomness=self.house.randomness,
        )
        return done.credentials[0].id

    def collect(self, at: datetime = NOW) -> int:
        return collect(self.house.db, now=at, randomness=self.house.randomness, pause=lambda: None)

    def claim(self, at: datetime = NOW, worker: str = "w") -> Delivery:
        delivery = claim_next(self.house.db, worker=worker, now=at)
        assert delivery is not None
        return delivery

    def bodies(self) -> list[dict[str, Any]]:
        with self.house.db.read() as session:
            rows = session.scalars(select(WebhookDeliveryRow).order_by(WebhookDeliveryRow.created_at))
            return [json.loads(row.body) for row in rows]

    def types(self) -> list[str]:
        return sorted(one["type"] for one in self.bodies())

    def end(self, credential: UUID, at: datetime) -> None:
        with self.house.db.write() as session:
            session.execute(update(CredentialRow).where(CredentialRow.id == credential).values(valid_until=at))


@pytest.fixture
def telling(house: House) -> Telling:
    return Telling(house)


def test_what_happens_is_told_once_with_ids_and_dates_and_nobodys_name(telling: Telling) -> None:
    telling.award(1)
    telling.add()
    badge = telling.award(2, "expert")
    suspend(telling.house.db, telling.house.keyring, credential_id=badge, reason="looked into", actor="test", now=NOW)
    reinstate(telling.house.db, telling.house.keyring, credential_id=badge, reason="all is well", actor="test", now=NOW)
    revoke(telling.house.db, telling.house.keyring, credential_id=badge, reason="copied answers", actor="test", now=NOW)
    assert (telling.collect(), telling.collect()) == (4, 0)
    found = {one["type"]: one for one in telling.bodies()}
    assert set(found) == {Kind.ISSUED, Kind.SUSPENDED, Kind.REINSTATED, Kind.REVOKED}
    data = found["credential.issued"]["data"]
    assert data["id"].endswith(f"/credentials/{badge}")
    assert (data["level"], data["version"]) == ("cloud/expert", "1")
    assert data["subject"].startswith("urn:uuid:")
    assert data["validUntil"] > data["validFrom"]
    told = json.dumps(telling.bodies())
    assert not any(word in told for word in ("Ana", "Núñez", "Example.org", "copied"))


def test_each_system_is_told_of_the_kinds_that_it_asked_for(telling: Telling) -> None:
    telling.add("hr", (Kind.REVOKED,))
    telling.add("wiki", (Kind.ISSUED,))
    badge = telling.award()
    revoke(telling.house.db, telling.house.keyring, credential_id=badge, reason="an error", actor="test", now=NOW)
    assert telling.collect() == 2
    assert {one.name: one.waiting for one in list_webhooks(telling.house.db, None)} == {"hr": 1, "wiki": 1}


def test_what_is_told_is_told_whatever_the_size_of_a_page(telling: Telling, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "PAGE", 2)
    telling.add()
    badges = [telling.award(number) for number in range(5)]
    end = NOW + timedelta(days=60)
    for number, badge in enumerate(badges):  # three end in one second, which is more than a page
        telling.end(badge, end + timedelta(minutes=max(0, number - 2)))
    assert telling.collect() == 5
    assert telling.collect(end - EXPIRING_BEFORE) == 0
    assert telling.collect(end + timedelta(hours=1)) == 10
    assert telling.types() == sorted([Kind.ISSUED] * 5 + [Kind.EXPIRING] * 5 + [Kind.EXPIRED] * 5)


def test_an_end_is_told_once_and_not_of_what_was_revoked_or_renewed(telling: Telling) -> None:
    telling.add("hr", (Kind.EXPIRING, Kind.EXPIRED))
    kept, revoked, renewed, later = (telling.award(number) for number in range(4))
    end = NOW + timedelta(days=40)
    for badge in (kept, revoked, renewed):
        telling.end(badge, end)
    revoke(telling.house.db, telling.house.keyring, credential_id=revoked, reason="an error", actor="test", now=NOW)
    with telling.house.db.write() as session:
        session.execute(update(CredentialRow).where(CredentialRow.id == later).values(replaces_id=renewed))
    assert telling.collect(end - EXPIRING_BEFORE) == 0  # its last second is not over
    assert telling.collect(end - EXPIRING_BEFORE + timedelta(seconds=1)) == 1
    assert telling.collect(end) == 0
    assert telling.collect(end + timedelta(seconds=1)) == 1
    assert telling.collect(end + timedelta(days=9)) == 0
    assert telling.types() == [Kind.EXPIRED, Kind.EXPIRING]
    assert {one["data"]["id"][-36:] for one in telling.bodies()} == {str(kept)}


def test_a_taken_event_is_not_sent_again(telling: Telling) -> None:
    telling.add()
    telling.award()
    telling.collect()
    delivery = telling.claim()
    assert claim_next(telling.house.db, worker="other", now=NOW) is None
    assert delivering.mark_answered(telling.house.db, delivery, 204, worker="w", now=NOW) == "delivered"
    assert claim_next(telling.house.db, worker="other", now=NOW + timedelta(days=1)) is None


def test_a_system_that_cannot_be_reached_rests_and_its_events_wait(telling: Telling) -> None:
    telling.add()
    telling.award(1)
    telling.award(2)
    telling.collect()
    first = telling.claim()
    delivering.mark_unreached(telling.house.db, first, "no answer", worker="w", now=NOW)
    assert claim_next(telling.house.db, worker="w", now=NOW) is None  # the second waits too, and has used no try
    later = NOW + PAUSES[0]
    second = telling.claim(later)
    assert second.id != first.id
    delivering.mark_answered(telling.house.db, second, 503, worker="w", now=later)
    assert claim_next(telling.house.db, worker="w", now=later + PAUSES[0]) is None  # it rests longer now
    again = telling.claim(later + PAUSES[1])
    delivering.mark_answered(telling.house.db, again, 200, worker="w", now=later + PAUSES[1])
    (system,) = list_webhooks(telling.house.db, None)
    assert (system.failing_since, system.resting_until, system.waiting) == (None, None, 1)


def test_an_event_that_a_system_refuses_does_not_hold_up_the_others(telling: Telling) -> None:
    telling.add()
    telling.award(1)
    telling.award(2)
    telling.collect()
    refused = telling.claim()
    delivering.mark_answered(telling.house.db, refused, 400, worker="w", now=NOW)
    other = telling.claim()
    assert other.id != refused.id
    delivering.mark_answered(telling.house.db, other, 200, worker="w", now=NOW)
    at = NOW
    for pause in PAUSES:
        at += pause
        again = telling.claim(at, "other")
        assert again.id == refused.id
        state = delivering.mark_answered(telling.house.db, again, 400, worker="other", now=at)
    assert state == "given up"
    (line,) = (one for one in delivering.told(telling.house.db, issuer=None, name="hr") if one.id == refused.id)
    assert (line.attempts, line.answered, line.fault) == (len(PAUSES) + 1, 400, "it answered with status 400")


def test_a_claim_that_a_dead_worker_left_is_taken_over_and_his_word_does_not_count(telling: Telling) -> None:
    telling.add()
    telling.award()
    telling.collect()
    left = telling.claim(worker="dead")
    assert claim_next(telling.house.db, worker="w", now=NOW + CLAIM - timedelta(seconds=1)) is None
    taken = telling.claim(NOW + CLAIM)
    assert taken.id == left.id
    assert delivering.mark_answered(telling.house.db, left, 200, worker="dead", now=NOW + CLAIM) is None
    delivering.give_back(telling.house.db, taken, worker="w")
    assert telling.claim(NOW + CLAIM).id == taken.id


@pytest.mark.parametrize("gone", [True, False])
def test_a_system_that_is_gone_is_told_no_more_until_somebody_says_so(telling: Telling, gone: bool) -> None:
    telling.add()
    telling.award()
    telling.collect()
    at = NOW
    if gone:
        delivering.mark_answered(telling.house.db, telling.claim(), 410, worker="w", now=at)
    else:
        delivering.mark_unreached(telling.house.db, telling.claim(), "no answer", worker="w", now=at)
        at += GIVEN_UP_AFTER
        delivering.mark_unreached(telling.house.db, telling.claim(at), "no answer", worker="w", now=at)
    (system,) = list_webhooks(telling.house.db, None)
    assert system.stopped_at == at
    assert ("410" if gone else "5 days") in (system.stopped_why or "")
    assert claim_next(telling.house.db, worker="w", now=at + timedelta(days=30)) is None
    at += timedelta(days=2)
    telling.award(2)
    telling.collect(at)
    resume_webhook(telling.house.db, issuer=None, name="hr", actor="test", now=at)
    for _ in range(2):  # what it missed too
        delivering.mark_answered(telling.house.db, telling.claim(at), 200, worker="w", now=at)
    trail = [one.action for one in events(telling.house.db, limit=1000) if one.subject == "webhook:acme/hr"]
    assert trail == ["webhook added", "webhook stopped", "webhook resumed"]


def test_an_event_is_sent_once_more_if_somebody_wants_it(telling: Telling) -> None:
    telling.add()
    again = {"issuer": None, "name": "hr", "actor": "test", "now": NOW}
    identifier = delivering.send_test(
        telling.house.db, issuer=None, name="hr", now=NOW, randomness=telling.house.randomness
    )
    delivery = telling.claim()
    assert (delivery.id, json.loads(delivery.body)["type"]) == (identifier, TEST)
    with pytest.raises(TransitionRefused):
        delivering.tell_again(telling.house.db, delivery_id=identifier, **again)
    delivering.mark_answered(telling.house.db, delivery, 200, worker="w", now=NOW)
    delivering.tell_again(telling.house.db, delivery_id=identifier, **again)
    assert telling.claim().id == identifier
    with pytest.raises(Unknown):
        delivering.tell_again(telling.house.db, delivery_id=UUID(int=1), **again)


def test_what_has_ended_is_forgotten_after_a_while_and_what_waits_is_not(telling: Telling) -> None:
    telling.add()
    telling.award(1)
    telling.award(2)
    telling.collect()
    delivering.mark_answered(telling.house.db, telling.claim(), 200, worker="w", now=NOW)
    telling.collect(NOW + KEPT)
    assert len(telling.bodies()) == 2
    telling.collect(NOW + KEPT + timedelta(seconds=1))
    assert len(telling.bodies()) == 1


def test_faults_are_told_all_at_once_and_a_name_is_taken_once(telling: Telling) -> None:
    telling.add()
    with pytest.raises(AlreadyExists):
        telling.add()
    with pytest.raises(WebhookRefused) as refused:
        telling.add("", ("credential.eaten",))
    assert [fault.where for fault in refused.value.faults] == ["name", "kinds"]


def test_a_removed_system_leaves_nothing_and_its_secret_opens_for_no_other(telling: Telling) -> None:
    identifier = telling.add()
    telling.award()
    telling.collect()
    with telling.house.db.read() as session:
        sealed = session.get_one(WebhookRow, identifier).sealed_secret
    opened = telling.house.keyring.unseal(sealed, purpose=purpose(identifier))
    assert len(opened) == 32
    assert opened.hex() not in repr(telling.secrets)
    with pytest.raises(KeysError):
        telling.house.keyring.unseal(sealed, purpose=purpose(UUID(int=1)))
    remove_webhook(telling.house.db, issuer=None, name="hr", actor="test", now=NOW)
    assert list_webhooks(telling.house.db, None) == ()
    assert telling.bodies() == []
    with pytest.raises(Unknown, match="no webhook named"):
        remove_webhook(telling.house.db, issuer=None, name="hr", actor="test", now=NOW)


def test_what_was_delivered_long_ago_is_not_read_again(telling: Telling) -> None:
    telling.add()
    telling.award()
    telling.collect()
    with asked(telling.house.db, "webhook_deliveries") as questions:
        telling.claim()
    assert questions
    assert not read_from_end_to_end(telling.house.db, questions, "webhook_deliveries", but="ix_webhook_deliveries_due")
