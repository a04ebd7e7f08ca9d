"""From the queue to the server: claims, crashes between every two steps, and never twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from issuer import audit
from issuer.errors import TransitionRefused, Unknown
from issuer.messages import delivery
from issuer.messages.catalogue import State, count_messages, find_message, list_messages
from issuer.messages.delivery import CLAIM, HANDING_OVER
from issuer.messages.notices import Kind
from issuer.store import Database
from issuer.tables import MessageRow
from tests.issuer.messages.conftest import MONDAY, Company
from tests.issuer.test_concurrency import at_once

ONLY_SQLITE = pytest.mark.parametrize("house_url", ["sqlite"], indirect=True)


def queued(company: Company, number: int = 1, **columns: object) -> list[UUID]:
    """So many messages in the queue."""
    for one in range(number):
        company.tell(Kind.REVOKED, company.person(f"Person {one}"), level="cloud/expert", reason="A mistake.")
    company.bundle()
    if columns:
        with company.db.write() as session:
            session.execute(update(MessageRow).values(**columns))
    return [one.id for one in company.mails()]


def claim(db: Database, worker: str, *, after: timedelta = timedelta(0), limit: int = 20) -> Sequence[UUID]:
    return delivery.claim(db, worker=worker, now=MONDAY + after, time_zone="UTC", limit=limit)


def state(company: Company, message_id: UUID) -> str:
    return find_message(company.db, message_id).state.value


def test_the_road_of_a_message(company: Company) -> None:
    (one,) = queued(company)
    assert claim(company.db, "a") == (one,)
    assert claim(company.db, "b") == ()
    outgoing = delivery.read_claimed(company.db, one, worker="a")
    assert outgoing is not None
    assert (outgoing.sender, outgoing.attempts) == ("Acme Academy", 1)
    assert delivery.read_claimed(company.db, one, worker="b") is None
    assert not delivery.hand_over(company.db, one, worker="b", now=MONDAY)
    assert delivery.hand_over(company.db, one, worker="a", now=MONDAY)
    assert not delivery.hand_over(company.db, one, worker="a", now=MONDAY)
    assert delivery.mark_sent(company.db, one, worker="a", now=MONDAY)
    assert state(company, one) == "sent"
    assert claim(company.db, "c", after=timedelta(days=1)) == ()
    assert count_messages(company.db)[State.SENT] == 1


@ONLY_SQLITE
def test_a_crash_before_the_handing_over_gives_it_back(company: Company) -> None:
    (one,) = queued(company)
    claim(company.db, "a")
    assert delivery.sweep_claims(company.db, now=MONDAY + CLAIM / 2).given_back == 0
    assert delivery.sweep_claims(company.db, now=MONDAY + CLAIM).given_back == 1
    assert claim(company.db, "b", after=CLAIM) == (one,)
    assert not delivery.hand_over(company.db, one, worker="a", now=MONDAY + CLAIM)  # the slow worker has lost it
    assert delivery.hand_over(company.db, one, worker="b", now=MONDAY + CLAIM)


@ONLY_SQLITE
def test_a_claim_that_is_over_is_lost_even_before_a_sweep(company: Company) -> None:
    (one,) = queued(company)
    claim(company.db, "a")
    assert not delivery.hand_over(company.db, one, worker="a", now=MONDAY + CLAIM)


def test_a_crash_while_handing_over_leaves_it_to_an_operator(company: Company) -> None:
    (one,) = queued(company)
    claim(company.db, "a")
    delivery.hand_over(company.db, one, worker="a", now=MONDAY)
    assert delivery.sweep_claims(company.db, now=MONDAY + HANDING_OVER / 2).unclear == 0
    assert delivery.sweep_claims(company.db, now=MONDAY + HANDING_OVER).unclear == 1
    assert claim(company.db, "b", after=timedelta(days=1)) == ()
    (seen,) = list_messages(company.db, state=State.UNCLEAR)
    assert "may or may not have taken it" in (seen.fault or "")
    delivery.resend(company.db, one, actor="cli:ops", now=MONDAY + HANDING_OVER)
    assert audit.events(company.db)[-1].action == "message resent"
    assert claim(company.db, "b", after=HANDING_OVER) == (one,)


@ONLY_SQLITE
def test_a_slow_worker_may_still_say_that_it_was_sent(company: Company) -> None:
    (one,) = queued(company)
    claim(company.db, "a")
    delivery.hand_over(company.db, one, worker="a", now=MONDAY)
    delivery.sweep_claims(company.db, now=MONDAY + HANDING_OVER)
    assert delivery.mark_sent(company.db, one, worker="a", now=MONDAY + HANDING_OVER)
    assert state(company, one) == "sent"


@ONLY_SQLITE
class TestLater:
    """The server cannot take it now."""

    def test_pauses_grow_and_end_in_a_refusal(self, company: Company) -> None:
        (one,) = queued(company)
        after, pauses = timedelta(0), []
        while state(company, one) == "queued":
            if claim(company.db, f"w{len(pauses)}", after=after):
                fault = "451 greylisted"
                now = MONDAY + after
                delivery.mark_deferred(company.db, one, worker=f"w{len(pauses)}", now=now, fault=fault)
            before, after = after, max(find_message(company.db, one).not_before - MONDAY, after)
            pauses.append(after - before)
        assert pauses[:4] == [timedelta(minutes=minutes) for minutes in (5, 10, 20, 40)]
        assert (state(company, one), find_message(company.db, one).fault) == ("refused", "451 greylisted")
        assert timedelta(days=3) <= after < timedelta(days=4)

    def test_it_is_not_sent_into_the_night(self, company: Company) -> None:
        (one,) = queued(company)
        assert claim(company.db, "a", after=timedelta(hours=9)) == ()  # seven in the evening in Berlin
        assert find_message(company.db, one).not_before == MONDAY + timedelta(hours=22)
        assert claim(company.db, "a", after=timedelta(hours=22)) == (one,)

    def test_what_waited_for_a_week_is_dropped(self, company: Company) -> None:
        (one,) = queued(company)
        assert claim(company.db, "a", after=timedelta(days=7, minutes=1)) == ()
        assert state(company, one) == "dropped"
        delivery.resend(company.db, one, actor="cli:ops", now=MONDAY + timedelta(days=8))
        assert claim(company.db, "a", after=timedelta(days=8)) == (one,)

    def test_a_run_that_ends_gives_back_what_it_did_not_begin(self, company: Company) -> None:
        one, two = queued(company, 2)
        claim(company.db, "a")
        delivery.hand_over(company.db, one, worker="a", now=MONDAY)
        assert delivery.release(company.db, "a") == 1
        assert (state(company, one), state(company, two)) == ("handing over", "queued")
        assert find_message(company.db, two).attempts == 0


@ONLY_SQLITE
def test_what_cannot_be_sent_again(company: Company) -> None:
    (one,) = queued(company)
    with pytest.raises(TransitionRefused, match="is queued"):
        delivery.resend(company.db, one, actor="t", now=MONDAY)
    with pytest.raises(Unknown, match="no message"):
        delivery.resend(company.db, UUID(int=5), actor="t", now=MONDAY)
    with company.db.write() as session:
        session.execute(update(MessageRow).values(address="", subject="", text="", html=None, state="dropped"))
    with pytest.raises(TransitionRefused, match="erased"):
        delivery.resend(company.db, one, actor="t", now=MONDAY)


def test_several_workers_never_claim_the_same(company: Company, house_url: str) -> None:
    queued(company, 8)

    def work(name: str) -> Callable[[Database], list[UUID]]:
        def claims(db: Database) -> list[UUID]:
            found: list[UUID] = []
            while some := claim(db, name, limit=2):
                found += [one for one in some if delivery.hand_over(db, one, worker=name, now=MONDAY)]
            return found

        return claims

    taken = [one for some in at_once(house_url, [work(f"w{n}") for n in range(4)]) for one in some]
    assert len(taken) == len(set(taken)) == 8
