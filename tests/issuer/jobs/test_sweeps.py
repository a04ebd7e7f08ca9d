"""The sweeps over people: everybody is told what happened, once, whenever the sweeps come and wherever they crash."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from issuer.bulk_status import change_many
from issuer.errors import Refused
from issuer.jobs.dependents import NAME as DEPENDENTS
from issuer.jobs.dependents import keep_dependents
from issuer.jobs.job import Job, Outcome, Parts, Stopped, run_job
from issuer.jobs.leases import leases
from issuer.jobs.recertify import NAME as RECERTIFY
from issuer.jobs.recertify import recertify
from issuer.messages.bundling import bundle
from issuer.status_transitions import Change
from issuer.store import Database
from issuer.tables import CredentialRow, NoticeRow, StatusEventRow
from keys.keyring import Keyring
from tests.issuer.conftest import House
from tests.issuer.jobs.company import BEGIN, OWNER, Company, days
from tests.issuer.jobs.conftest import Clock, Crash

HOUR = timedelta(hours=1)


@pytest.fixture
def company(house: House) -> Company:
    return Company(house.db, house.keyring, house.randomness).begin()


def sweep(parts: Parts, clock: Clock, at: datetime) -> None:
    clock.now = at
    for job in (Job(DEPENDENTS, HOUR, "", keep_dependents), Job(RECERTIFY, HOUR, "", recertify)):
        ran = run_job(job, parts)
        assert ran.error is None, ran.error
        assert ran.outcome is Outcome.DONE


def test_everybody_is_told_what_happens_to_him(company: Company, parts: Parts, clock: Clock) -> None:
    for at in days(80)[::4]:
        sweep(parts, clock, at)
    assert Counter(company.notices()) == {
        ("reminder", "ben"): 1,  # 7 days before 10 February; 30 days before it nothing was assigned yet
        ("escalated to owner", OWNER): 2,  # he has no manager: the owner hears of it in the manager's place
        ("window opens", "ana"): 1,
        ("reminder", "ana"): 2,
        ("expired", "ana"): 1,
        ("lapsed", "ana"): 1,
        ("dependent", "ana"): 1,
    }
    with company.db.read() as session:
        row = session.scalars(select(NoticeRow).where(NoticeRow.kind == "dependent")).one()
        assert (row.facts["level"], row.facts["because"], row.facts["effect"]) == ("safety/top", "Base", "suspend")
        assert row.about_id == company.people["ana"]
        assert row.due_at.hour == 7, "eight o’clock in Berlin"
        suspended = session.scalars(select(CredentialRow).where(CredentialRow.suspended_at.is_not(None))).one()
        assert suspended.suspension_reason == "The level “Base”, which this one builds on, has lapsed."


def test_what_is_held_again_brings_back_what_builds_on_it(company: Company, parts: Parts, clock: Clock) -> None:
    for at in days(2, 70):
        sweep(parts, clock, at)
    company.award("ana", "base", days(1, 73)[0])
    sweep(parts, clock, days(1, 74)[0])
    sweep(parts, clock, days(1, 75)[0])
    with company.db.read() as session:
        events = session.execute(select(StatusEventRow.change, StatusEventRow.actor).order_by(StatusEventRow.id)).all()
        assert [tuple(event) for event in events] == [("suspended", "rule"), ("reinstated", "rule")]
    assert ("reinstated", "ana") in company.notices()


def test_a_new_installation_tells_nothing_of_the_past(company: Company, parts: Parts, clock: Clock) -> None:
    sweep(parts, clock, days(1, 62)[0])
    assert company.notices() == []
    assert leases(company.db, [RECERTIFY])[RECERTIFY].last_done_at == days(1, 62)[0]


def test_the_lapsed_are_suspended_however_late_the_sweep_comes(company: Company, parts: Parts, clock: Clock) -> None:
    sweep(parts, clock, days(1)[0])
    sweep(parts, clock, days(1, 90)[0])
    assert Counter(company.notices())["lapsed", "ana"] == 1
    assert Counter(company.notices())["dependent", "ana"] == 1


def test_what_lapsed_before_the_first_sweep_suspends_too(company: Company, parts: Parts, clock: Clock) -> None:
    sweep(parts, clock, days(1, 90)[0])
    with company.db.read() as session:
        suspended = session.scalars(select(CredentialRow).where(CredentialRow.suspended_at.is_not(None))).one()
        assert suspended.suspension_reason == "The level “Base”, which this one builds on, has lapsed."
    assert company.notices() == [("suspended", "ana")], "told of today’s suspension, not of days long gone"


def test_what_a_person_reinstated_no_rule_suspends_again(company: Company, parts: Parts, clock: Clock) -> None:
    for at in (days(1)[0], days(1, 80)[0]):
        sweep(parts, clock, at)
    with company.db.read() as session:
        row = session.scalars(select(CredentialRow).where(CredentialRow.suspended_at.is_not(None))).one()
    given_back = {"credential_ids": [row.id], "change": Change.REINSTATED, "reason": "He begins next week."}
    change_many(company.db, company.keyring, **given_back, actor="user:admin", now=days(1, 81)[0])
    for at in days(3, 82):
        sweep(parts, clock, at)
    with company.db.read() as session:
        changes = session.scalars(select(StatusEventRow.change).order_by(StatusEventRow.id)).all()
    assert changes == ["suspended", "reinstated"]


def test_a_worker_asked_to_stop_leaves_the_rest_to_the_next(company: Company, parts: Parts, clock: Clock) -> None:
    sweep(parts, clock, days(1, 1)[0])
    clock.now = days(1, 29)[0]
    stopping = replace(parts, stopping=lambda: True)
    with pytest.raises(Stopped):
        recertify(stopping, clock.now, days(1, 1)[0], page=1)
    ran = run_job(Job(RECERTIFY, HOUR, "", lambda p, n, last: recertify(p, n, last, page=1)), stopping)
    assert (ran.outcome, ran.sentence) == (Outcome.STOPPED, "stopped")
    assert leases(company.db, [RECERTIFY])[RECERTIFY].last_done_at == days(1, 1)[0], "the cursor stays"
    sweep(parts, clock, clock.now)
    assert Counter(company.notices())["reminder", "ben"] == 1


def test_a_job_that_fails_says_so_and_stays_due(parts: Parts, clock: Clock) -> None:
    def fails(*_: object) -> dict[str, int]:
        raise Refused("The list", [])

    job = Job("sweep", HOUR, "", fails)
    ran = run_job(job, parts)
    assert (ran.outcome, ran.sentence) == (Outcome.FAILED, "failed: The list has 0 faults")
    assert run_job(job, parts).outcome is Outcome.FAILED, "due at once"
    well = replace(job, run=lambda *_: {"things": 2, "others": 0})
    assert run_job(well, parts).sentence == "done: 2 things"
    assert run_job(well, parts).outcome is Outcome.NOT_DUE
    assert run_job(well, parts, force=True).outcome is Outcome.DONE
    assert run_job(replace(well, needs_keys=True), replace(parts, keyring=None)).outcome is Outcome.LOCKED
    clock.turn(hours=1)
    assert run_job(well, replace(parts, worker="second")).outcome is Outcome.DONE


@pytest.fixture(scope="session")
def company_file(furnished_sqlite: Path, keyring: Keyring) -> Path:
    path = furnished_sqlite.with_name("company.db")
    shutil.copy(furnished_sqlite, path)
    db = Database(f"sqlite:///{path}")
    Company(db, keyring, Random("company").randbytes).begin()  # noqa: S311
    db.close()
    return path


def life(path: Path, keyring: Keyring, visits: list[tuple[int, int | None]]) -> tuple[Counter[object], list[object]]:
    """What was told and mailed when a worker came on these days, and died at that step; at last one comes who lives."""
    db = Database(f"sqlite:///{path}")
    clock = Clock()
    company = Company(db, keyring, Random(1).randbytes)  # noqa: S311
    company.people = {"boss": _id(1), "ana": _id(2), "ben": _id(3)}
    try:
        for number, (day, dies) in enumerate([(0, None), *sorted(visits, key=lambda one: one[0]), (80, None)]):
            clock.now = BEGIN + timedelta(days=day, hours=3, minutes=number)
            parts = Parts(db, keyring, clock, Random(2).randbytes, f"worker {number}")  # noqa: S311
            left = [dies]

            def reached(_: object, left: list[int | None] = left) -> None:
                if left[0] is not None:
                    left[0] -= 1
                    if left[0] < 0:
                        raise Crash

            try:
                for name, work in ((DEPENDENTS, keep_dependents), (RECERTIFY, recertify)):
                    job = Job(name, HOUR, "", lambda p, n, last, w=work, r=reached: w(p, n, last, page=2, reached=r))
                    run_job(job, parts, force=True)
                reached("bundle")
                bundle(db, now=clock.now, time_zone="UTC")
            except Crash:
                pass
        with db.read() as session:
            told = Counter(tuple(row) for row in session.execute(select(NoticeRow.key, NoticeRow.kind)))
            status = [
                tuple(row) for row in session.execute(select(StatusEventRow.change, StatusEventRow.credential_id))
            ]
        mails = company.mails()
        assert len(mails) == len(set(mails)), mails
        return told, sorted(status)
    finally:
        db.close()


def _id(number: int):  # type: ignore[no-untyped-def]
    from uuid import UUID

    return UUID(int=number)


VISITS = st.lists(st.tuples(st.integers(1, 79), st.none() | st.integers(0, 9)), max_size=4)


@pytest.fixture(scope="session")
def undisturbed(company_file: Path, keyring: Keyring) -> object:
    """What is told and suspended when one worker comes at the end of all days."""
    path = company_file.with_name("undisturbed.db")
    shutil.copy(company_file, path)
    return life(path, keyring, [])


@pytest.mark.slow
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(visits=VISITS)
def test_no_schedule_of_crashes_tells_or_suspends_twice_or_never(
    company_file: Path, keyring: Keyring, tmp_path: Path, undisturbed: object, visits: list[tuple[int, int | None]]
) -> None:
    path = tmp_path / "crashing.db"
    for old in tmp_path.glob("crashing.db*"):
        old.unlink()
    shutil.copy(company_file, path)
    assert life(path, keyring, visits) == undisturbed
