"""One at a time, as far as a lease can see to it; the dead are succeeded."""

from __future__ import annotations

from datetime import timedelta

from issuer.jobs import leases
from issuer.store import Database
from tests.issuer.conftest import NOW
from tests.issuer.test_concurrency import at_once

MINUTE = timedelta(minutes=1)
FIVE = 5 * MINUTE


def test_the_first_has_it_until_he_gives_it_back(database: Database) -> None:
    mine = leases.take(database, "sweep", holder="a", now=NOW, length=FIVE)
    assert mine is not None
    assert (mine.until, mine.last_done_at) == (NOW + FIVE, None)
    assert leases.take(database, "sweep", holder="b", now=NOW + MINUTE, length=FIVE) is None
    assert leases.take(database, "sweep", holder="a", now=NOW + MINUTE, length=FIVE) is None, "not even he himself"
    assert leases.take(database, "other", holder="b", now=NOW, length=FIVE) is not None
    assert leases.release(database, "sweep", holder="a", now=NOW + MINUTE, outcome="done", done_at=NOW)
    next_one = leases.take(database, "sweep", holder="b", now=NOW + MINUTE, length=FIVE)
    assert next_one is not None
    assert next_one.last_done_at == NOW


def test_a_dead_holder_is_succeeded_and_cannot_give_back_what_he_lost(database: Database) -> None:
    assert leases.take(database, "sweep", holder="a", now=NOW, length=FIVE)
    assert leases.take(database, "sweep", holder="b", now=NOW + FIVE, length=FIVE)
    assert not leases.renew(database, "sweep", holder="a", now=NOW + FIVE, length=FIVE)
    assert not leases.release(database, "sweep", holder="a", now=NOW + FIVE, outcome="done", done_at=NOW)
    assert leases.renew(database, "sweep", holder="b", now=NOW + 2 * FIVE, length=FIVE)
    stands = leases.leases(database, ["sweep", "never"])["sweep"]
    assert (stands.holder, stands.until, stands.last_done_at) == ("b", NOW + 3 * FIVE, None)
    assert stands.held(NOW + 2 * FIVE)
    assert not stands.held(NOW + 3 * FIVE)


def test_what_was_done_a_moment_ago_is_not_done_again(database: Database) -> None:
    leases.take(database, "sweep", holder="a", now=NOW, length=FIVE)
    leases.release(database, "sweep", holder="a", now=NOW, outcome="done", done_at=NOW)
    later = NOW + MINUTE
    assert leases.take(database, "sweep", holder="b", now=later, length=FIVE, unless_done_after=later - FIVE) is None
    later = NOW + FIVE
    assert leases.take(database, "sweep", holder="b", now=later, length=FIVE, unless_done_after=later - FIVE)


def test_a_failure_leaves_it_due(database: Database) -> None:
    leases.take(database, "sweep", holder="a", now=NOW, length=FIVE)
    leases.release(database, "sweep", holder="a", now=NOW, outcome="done", done_at=NOW)
    leases.take(database, "sweep", holder="a", now=NOW + FIVE, length=FIVE)
    leases.release(database, "sweep", holder="a", now=NOW + FIVE, outcome="failed: no key")
    stands = leases.leases(database, ["sweep"])["sweep"]
    assert (stands.holder, stands.last_done_at) == ("failed: no key", NOW)
    leases.note(database, "sweep", now=NOW + 2 * FIVE, outcome="done: 3 items", done_at=NOW + 2 * FIVE)
    stands = leases.leases(database, ["sweep"])["sweep"]
    assert (stands.holder, stands.last_done_at) == ("done: 3 items", NOW + 2 * FIVE)
    leases.drop(database, "sweep")
    assert leases.leases(database, ["sweep"]) == {}


def test_of_several_at_once_one_is_given_it(database_url: str) -> None:
    def taking(name: str):  # type: ignore[no-untyped-def]
        return lambda db: leases.take(db, "sweep", holder=name, now=NOW, length=FIVE) is not None

    assert sum(at_once(database_url, [taking(str(number)) for number in range(6)])) == 1
