"""Several at once, each with connections of its own as processes have: no slot, award or person twice."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from random import SystemRandom
from threading import Barrier
from typing import TypeVar

from sqlalchemy import func, select

from issuer import audit
from issuer.catalogue import count_credentials
from issuer.errors import TransitionRefused
from issuer.issue import issue, resume
from issuer.link_secret import known_link_secret, link_secret
from issuer.signing import Step
from issuer.status import revoke
from issuer.store import Database
from issuer.tables import PersonRow, RenderingRow, StatusEntryRow
from tests.issuer.conftest import NOW, House
from tests.issuer.test_crash import Crash, crash_at, whole

T = TypeVar("T")


def at_once(url: str, work: list[Callable[[Database], T]]) -> list[T]:
    barrier = Barrier(len(work))

    def run(one: Callable[[Database], T]) -> T:
        db = Database(url)
        try:
            barrier.wait(timeout=20)
            return one(db)
        finally:
            db.close()

    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(run, work))


def issuing(house: House, numbers: range, level: str = "expert") -> Callable[[Database], int]:
    def work(db: Database) -> int:
        report = issue(
            db,
            house.keyring,
            issuer="acme",
            requests=[house.request(n, level) for n in numbers],
            actor="t",
            now=NOW,
            randomness=SystemRandom().randbytes,
            chunk_size=5,
        )
        return len(report.new)

    return work


def test_two_issue_into_one_list_and_no_slot_is_used_twice(house: House, house_url: str) -> None:
    assert at_once(house_url, [issuing(house, range(15)), issuing(house, range(100, 115))]) == [15, 15]
    with house.db.read() as session:
        used = session.execute(select(StatusEntryRow.list_id, StatusEntryRow.position)).all()
        assert session.scalar(select(func.count(func.distinct(StatusEntryRow.list_id)))) == 2
    assert (len(used), len(set(used))) == (60, 60)
    assert audit.verify(house.db).whole
    whole(house.db)


def test_the_same_list_by_several_at_once_is_issued_once(house: House, house_url: str) -> None:
    issued = at_once(house_url, [issuing(house, range(10))] * 3)
    assert sum(issued) == 10
    assert count_credentials(house.db, now=NOW).issued == 10
    with house.db.read() as session:
        assert session.scalar(select(func.count(PersonRow.id))) == 10
    whole(house.db)


def test_the_same_people_in_different_levels_are_entered_once(house: House, house_url: str) -> None:
    at_once(house_url, [issuing(house, range(10)), issuing(house, range(9, -1, -1), "associate")])
    with house.db.read() as session:
        assert session.scalar(select(func.count(PersonRow.id))) == 10


def test_two_sweeps_and_the_call_itself_finish_each_credential_once(house: House, house_url: str) -> None:
    requests = [house.request(number) for number in range(6)]
    with suppress(Crash):
        issue(
            house.db,
            house.keyring,
            issuer="acme",
            requests=requests,
            actor="t",
            now=NOW,
            randomness=house.randomness,
            progress=crash_at(Step.PREPARE, 0),
        )

    def sweep(db: Database) -> int:
        return len(resume(db, house.keyring, actor="sweep", now=NOW).finished)

    assert sum(at_once(house_url, [sweep, sweep, issuing(house, range(6), "associate")])) == 6
    with house.db.read() as session:
        assert session.scalar(select(func.count()).select_from(RenderingRow)) == 12
    whole(house.db)


def test_revocations_at_once_are_all_in_the_list(house: House, house_url: str) -> None:
    report = issue(
        house.db,
        house.keyring,
        issuer="acme",
        requests=[house.request(n) for n in range(6)],
        actor="t",
        now=NOW,
        randomness=house.randomness,
    )

    def revoking(number: int) -> Callable[[Database], bool]:
        def work(db: Database) -> bool:
            try:
                revoke(
                    db,
                    house.keyring,
                    credential_id=report.new[number % 6].id,
                    reason="x",
                    actor="t",
                    now=NOW + timedelta(minutes=number),
                )
            except TransitionRefused:
                return False
            return True

        return work

    done = at_once(house_url, [revoking(number) for number in range(8)])
    assert sum(done) == 6, "two were asked for twice"
    assert count_credentials(house.db, now=NOW + timedelta(hours=1)).revoked == 6
    assert audit.verify(house.db).whole


def test_the_secret_of_links_is_the_same_for_all_who_make_it_at_once(house: House, house_url: str) -> None:
    made = at_once(house_url, [lambda db: link_secret(db, SystemRandom().randbytes)] * 6)
    assert set(made) == {known_link_secret(house.db)}
    assert len(made[0]) == 32
