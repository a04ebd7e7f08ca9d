"""Issuing a list in the background: refused as a whole or begun as a whole, watched, cancelled, never done twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from sqlalchemy import select

from issuer import audit
from issuer.catalogue import count_credentials
from issuer.erasure import erase_person
from issuer.errors import AwardsRefused, IdempotencyConflict, Refused
from issuer.issue import issue
from issuer.jobs import bulk_work
from issuer.jobs.bulk import Bulk, BulkState, UnknownBulk, cancel_bulk, find_bulk, list_bulks, outcomes
from issuer.jobs.bulk_issue import _depths, issue_in_background
from issuer.jobs.bulk_work import BulkStep, Worked, work_on_bulk, work_on_bulks
from issuer.jobs.job import Parts
from issuer.program_file import read_program
from issuer.programs import apply_program
from issuer.signing import Step
from issuer.store import Database
from issuer.tables import BulkItemRow
from keys.errors import KeysError
from tests.issuer.conftest import NOW, House
from tests.issuer.jobs.conftest import Clock, Crash, CrashAt
from tests.issuer.test_concurrency import at_once
from tests.issuer.test_crash import whole


def begin(house: House, count: int = 5, **more: object) -> Bulk:
    requests = [house.request(number) for number in range(count)]
    return issue_in_background(
        house.db, issuer="acme", requests=requests, actor="cli:ana", now=NOW, randomness=house.randomness, **more
    )  # type: ignore[arg-type]


def issued(db: Database) -> int:
    return count_credentials(db, now=NOW).issued


def test_a_list_is_issued_by_whoever_comes_and_says_what_became_of_each(
    house: House, parts: Parts, clock: Clock
) -> None:
    bulk = begin(house)
    assert (bulk.state, bulk.total, bulk.waiting) == (BulkState.WAITING, 5, 5)
    assert bulk.rate(NOW) is None
    assert work_on_bulk(parts, bulk.id, chunk_size=2) == Worked(done=2)
    now = clock.turn(seconds=4)
    half = find_bulk(house.db, bulk.id, issuer="acme")
    assert (half.done, half.waiting, half.rate(now), half.remaining(now)) == (2, 3, 0.5, timedelta(seconds=6))
    assert work_on_bulks(parts, chunk_size=2) == Worked(done=3)
    ended = find_bulk(house.db, bulk.id)
    assert (ended.state, ended.done, ended.ended_at, ended.remaining(now)) == (BulkState.DONE, 5, now, None)
    assert issued(house.db) == 5
    every = outcomes(house.db, bulk.id)
    assert [(one.origin, one.state) for one in every] == [(f"row {number}", "done") for number in range(1, 6)]
    assert len({one.credential_id for one in every}) == 5
    assert work_on_bulks(parts).idle
    assert [one.id for one in list_bulks(house.db, issuer="acme")] == [bulk.id]
    actions = [(event.action, event.actor) for event in audit.events(house.db, subject=f"bulk:{bulk.id}")]
    assert actions == [("bulk started", "cli:ana"), ("bulk done", "first")]
    whole(house.db)


def test_what_is_kept_of_an_item_that_is_done_names_nobody(house: House, parts: Parts) -> None:
    bulk = begin(house, 2)
    work_on_bulks(parts)
    with house.db.read() as session:
        assert session.scalars(select(BulkItemRow.work)).all() == [{"origin": "row 1"}, {"origin": "row 2"}]
    assert "Ana" not in str([event.details for event in audit.events(house.db, subject=f"bulk:{bulk.id}")])


def test_one_wrong_award_and_nothing_is_begun(house: House) -> None:
    wrong = house.request(2, email="nobody", level="chief")
    same = house.request(1, origin="row 9")
    with pytest.raises(AwardsRefused) as refused:
        issue_in_background(
            house.db,
            issuer="acme",
            requests=[house.request(1), wrong, same],
            actor="t",
            now=NOW,
            randomness=house.randomness,
        )
    assert [fault.where for fault in refused.value.faults] == ["row 3, email", "row 3, level", "row 9"]
    with pytest.raises(Refused, match="there is nothing in it"):
        begin(house, 0)
    assert list_bulks(house.db) == ()


def test_an_idempotency_key_begins_one_bulk(house: House) -> None:
    first = begin(house, 2, idempotency_key="monday")
    assert begin(house, 2, idempotency_key="monday").id == first.id
    with pytest.raises(IdempotencyConflict, match="used for other work"):
        begin(house, 3, idempotency_key="monday")
    assert len(list_bulks(house.db)) == 1
    assert begin(house, 2).id != first.id


def test_what_turns_out_wrong_later_fails_alone(house: House, parts: Parts) -> None:
    bulk = begin(house, 4)
    other = house.request(2, narrative="Something else than the list says.")
    issue(house.db, house.keyring, issuer=None, requests=[other], actor="t", now=NOW, randomness=house.randomness)
    assert work_on_bulks(parts) == Worked(done=3, failed=1)
    (failed,) = outcomes(house.db, bulk.id, state="failed")
    assert failed.origin == "row 3"
    assert failed.fault is not None
    assert "made before with other content" in failed.fault
    assert find_bulk(house.db, bulk.id).state is BulkState.DONE
    assert issued(house.db) == 4


def test_cancelled_what_was_done_stays_and_what_waits_is_not_begun(house: House, parts: Parts) -> None:
    bulk = begin(house, 5)
    work_on_bulk(parts, bulk.id, chunk_size=2)
    asked = cancel_bulk(house.db, bulk.id, actor="cli:ana", now=NOW)
    assert (asked.state, asked.cancel_asked_at) == (BulkState.WAITING, NOW)
    assert work_on_bulks(parts, chunk_size=2) == Worked(cancelled=3)
    ended = find_bulk(house.db, bulk.id)
    assert (ended.state, ended.done, ended.cancelled, ended.waiting) == (BulkState.CANCELLED, 2, 3, 0)
    assert issued(house.db) == 2
    assert cancel_bulk(house.db, bulk.id, actor="cli:ana", now=NOW + timedelta(hours=1)) == ended
    with pytest.raises(UnknownBulk):
        cancel_bulk(house.db, uuid4(), actor="t", now=NOW)
    with pytest.raises(UnknownBulk):
        find_bulk(house.db, bulk.id, issuer="other")


ISSUING = (Step.READ, Step.ALLOCATE, Step.PREPARE, Step.SIGN, Step.VERIFY, Step.STORE, Step.DONE)
STEPS = [BulkStep.CLAIM, BulkStep.DO, *(f"issue {step.value}" for step in ISSUING), BulkStep.RECORD, BulkStep.END]


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS)
def test_a_worker_that_dies_before_any_step_is_succeeded(
    house: House, parts: Parts, second: Parts, clock: Clock, step: str
) -> None:
    bulk = begin(house, 3)
    with pytest.raises(Crash):
        work_on_bulks(parts, chunk_size=2, reached=CrashAt(step))
    whole(house.db)
    clock.turn(minutes=3)
    work_on_bulks(second, chunk_size=2)
    ended = find_bulk(house.db, bulk.id)
    assert (ended.state, ended.done, ended.failed) == (BulkState.DONE, 3, 0)
    assert issued(house.db) == 3
    assert len(audit.events(house.db, subject=f"bulk:{bulk.id}")) == 2
    assert audit.verify(house.db).whole
    whole(house.db)


def test_what_keeps_a_bulk_from_going_on_is_said_and_keeps_no_other(
    house: House, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    bulk = begin(house, 2)
    monkeypatch.setattr("issuer.jobs.bulk_kinds.issue", _raises(KeysError("the key cannot be opened")))
    assert work_on_bulks(parts) == Worked(stuck=1)
    stuck = find_bulk(house.db, bulk.id)
    assert (stuck.state, stuck.waiting, stuck.fault) == (BulkState.WAITING, 2, "the key cannot be opened")
    monkeypatch.undo()
    assert work_on_bulks(parts) == Worked(done=2)
    assert find_bulk(house.db, bulk.id).fault is None


def _raises(error: Exception):  # type: ignore[no-untyped-def]
    def fails(*_: object, **__: object) -> None:
        raise error

    return fails


def test_a_worker_asked_to_stop_finishes_its_chunk(house: House, parts: Parts, second: Parts) -> None:
    begin(house, 5)
    asked: list[bool] = []

    def reached(step: str) -> None:
        if step == BulkStep.RECORD:
            asked.append(True)

    assert work_on_bulks(replace(parts, stopping=lambda: bool(asked)), chunk_size=2, reached=reached) == Worked(done=2)
    assert work_on_bulks(second) == Worked(done=3)


def test_a_worker_has_something_committed_at_once(house: House, parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_work, "_FIRST", 1)
    begin(house, 6)
    so_far: list[int] = []

    def reached(step: str) -> None:
        if step == BulkStep.END:
            so_far.append(issued(house.db))

    assert work_on_bulks(parts, chunk_size=2, reached=reached) == Worked(done=6)
    assert so_far[:4] == [1, 3, 5, 6]


def test_several_workers_at_once_do_each_item_once(house: House, house_url: str, parts: Parts, clock: Clock) -> None:
    bulk = begin(house, 12)

    def working(name: str):  # type: ignore[no-untyped-def]
        return lambda db: work_on_bulks(replace(parts, database=db, worker=name), chunk_size=2).done

    done = at_once(house_url, [working(str(number)) for number in range(3)])
    clock.turn(minutes=3)
    assert sum(done) + work_on_bulks(parts).done == 12
    assert find_bulk(house.db, bulk.id).state is BulkState.DONE
    assert issued(house.db) == 12
    whole(house.db)


LADDER = b"""
program: ladder
name: Ladder
levels:
  - {level: top, name: Top, criteria: Stands at the top., prerequisites: [middle]}
  - {level: middle, name: Middle, criteria: Climbed half of it., prerequisites: [foot]}
  - {level: foot, name: Foot, criteria: Took the first step.}
"""


def test_awards_that_others_build_on_come_first(house: House, parts: Parts) -> None:
    apply_program(house.db, issuer="acme", definition=read_program(LADDER), actor="test", now=NOW)
    names = ["top", "foot", "middle"]
    requests = [
        house.request(person, level, program="ladder", results=(), origin=f"{level} of {person}")
        for person in range(2)
        for level in names
    ]
    bulk = issue_in_background(
        house.db, issuer=None, requests=requests, actor="t", now=NOW, randomness=house.randomness
    )
    order = [one.origin.split()[0] for one in outcomes(house.db, bulk.id)]
    assert order == ["foot", "foot", "middle", "middle", "top", "top"]
    assert work_on_bulk(parts, bulk.id) == Worked(done=2), "a chunk never reaches into the next stage"
    assert work_on_bulks(parts) == Worked(done=4)


def test_levels_that_demand_all_before_them_are_ordered_at_once() -> None:
    names = [("all", f"l{number}") for number in range(40)]
    levels = {
        name: SimpleNamespace(
            prerequisites=[SimpleNamespace(of=[SimpleNamespace(program=None, level=one) for _, one in names[:number]])]
        )
        for number, name in enumerate(names)
    }
    assert _depths(levels) == {name: number for number, name in enumerate(names)}  # type: ignore[arg-type]


@pytest.mark.parametrize("address", ["zoë.kjær@exämple.example", "ana@example.org"])
def test_who_is_erased_is_not_issued_to_by_what_waits(house: House, address: str) -> None:
    requests = [house.request(1, email=address.upper()), house.request(2, email=f"sus{address}")]
    issue(
        house.db, house.keyring, issuer="acme", requests=[house.request(3, email=address)], actor="t", now=NOW,
        randomness=house.randomness,
    )  # fmt: skip
    bulk = issue_in_background(
        house.db, issuer="acme", requests=[*requests], actor="t", now=NOW, randomness=house.randomness
    )
    erase_person(house.db, email=address, actor="t", now=NOW)
    work_on_bulks(Parts(house.db, house.keyring, lambda: NOW, house.randomness, "w"))
    with house.db.read() as session:
        items = session.scalars(select(BulkItemRow).where(BulkItemRow.bulk_id == bulk.id)).all()
        assert sorted((one.state, one.work == {}) for one in items) == [("cancelled", True), ("done", False)]
