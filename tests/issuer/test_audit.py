"""The audit trail: any event changed, removed or moved is found and named."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import text

from issuer import audit
from issuer.store import Database
from tests.issuer.conftest import NOW


def write(db: Database, number: int) -> None:
    with db.write() as session:
        audit.append(
            session,
            at=NOW + timedelta(seconds=number),
            actor="test",
            action="noted",
            subject=f"n:{number}",
            details={"number": number, "name": "ü"},
        )


@pytest.fixture
def trail(database: Database) -> Database:
    for number in range(1, 6):
        write(database, number)
    return database


def test_a_whole_trail_is_whole_and_reads_back(trail: Database) -> None:
    report = audit.verify(trail)
    assert report.whole
    assert report.events == 5
    assert report.head == audit.head(trail)
    assert [event.details["number"] for event in audit.events(trail, after=2)] == [3, 4, 5]
    assert [event.sequence for event in audit.events(trail, subject="n:4")] == [4]


def test_an_empty_trail_begins_at_genesis(database: Database) -> None:
    report = audit.verify(database)
    assert (report.whole, report.head) == (True, audit.Head(0, audit.GENESIS))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("UPDATE audit_events SET actor = 'someone else' WHERE sequence = 3", "event 3 .* altered"),
        ("UPDATE audit_events SET action = 'forgotten' WHERE sequence = 3", "event 3 .* altered"),
        ("UPDATE audit_events SET subject = 'n:9' WHERE sequence = 3", "event 3 .* altered"),
        ("UPDATE audit_events SET details = '{}' WHERE sequence = 3", "event 3 .* altered"),
        ("UPDATE audit_events SET at = '2020-01-01T00:00:00Z' WHERE sequence = 1", "event 1 .* altered"),
        ("UPDATE audit_events SET hash = previous WHERE sequence = 2", "event 2 .* altered"),
        ("DELETE FROM audit_events WHERE sequence = 3", "event 3 is missing"),
        ("DELETE FROM audit_events WHERE sequence = 1", "event 1 is missing"),
        (
            "UPDATE audit_events SET sequence = CASE sequence WHEN 2 THEN 90 ELSE 91 END WHERE sequence IN (2, 3);"
            "UPDATE audit_events SET sequence = CASE sequence WHEN 90 THEN 3 ELSE 2 END WHERE sequence IN (90, 91)",
            "event 2 does not follow",
        ),
        (
            "DELETE FROM audit_events WHERE sequence = 3;"
            "UPDATE audit_events SET sequence = 3 WHERE sequence = 4;UPDATE audit_events SET sequence = 4 "
            "WHERE sequence = 5",
            "event 3 does not follow",
        ),
        ("DELETE FROM audit_events WHERE sequence = 5", "event 5 was recorded as its end"),
    ],
)
def test_the_first_bad_event_is_named(trail: Database, change: str, named: str) -> None:
    with trail.write() as session:
        for statement in change.split(";"):
            session.execute(text(statement))
    report = audit.verify(trail)
    assert not report.whole
    assert report.fault is not None
    assert re.search(named, report.fault)


def cut_off(db: Database, keep: int) -> None:
    """Cut the end off and cover it up in the database's own head as well."""
    with db.write() as session:
        session.execute(text("DELETE FROM audit_events WHERE sequence > :keep"), {"keep": keep})
        session.execute(
            text(
                "UPDATE audit_head SET sequence = :keep, hash = (SELECT hash FROM audit_events WHERE sequence = :keep)"
            ),
            {"keep": keep},
        )


def test_an_end_cut_off_is_found_by_a_head_remembered_elsewhere(trail: Database) -> None:
    remembered = audit.head(trail)
    cut_off(trail, 3)
    assert audit.verify(trail).whole, "nothing inside the database can show this"
    report = audit.verify(trail, remembered_head=remembered)
    assert report.fault is not None
    assert "event 5 was remembered" in report.fault


def test_a_trail_written_anew_is_found_by_a_head_remembered_elsewhere(trail: Database) -> None:
    remembered = audit.head(trail)
    cut_off(trail, 3)
    for number in (7, 8, 9):
        write(trail, number)
    report = audit.verify(trail, remembered_head=remembered)
    assert report.fault is not None
    assert "written anew" in report.fault


def test_a_trail_that_grew_still_contains_the_head_remembered(trail: Database) -> None:
    remembered = audit.head(trail)
    write(trail, 6)
    assert audit.verify(trail, remembered_head=remembered).whole


def test_what_a_transaction_drops_is_not_in_the_trail(trail: Database) -> None:
    with suppress(RuntimeError), trail.write() as session:
        audit.append(session, at=NOW, actor="test", action="noted", subject="n:lost")
        raise RuntimeError
    write(trail, 6)
    assert audit.verify(trail).events == 6
    assert audit.verify(trail).whole


def test_appends_of_many_form_one_line(database_url: str) -> None:
    """Each with a connection pool of its own, as processes have."""

    def work(base: int) -> None:
        db = Database(database_url)
        for number in range(10):
            write(db, base + number)
        db.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(0, 400, 100)))
    db = Database(database_url)
    report = audit.verify(db)
    db.close()
    assert (report.events, report.fault) == (40, None)


def test_walks_trails_longer_than_a_page(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "_PAGE", 3)
    for number in range(8):
        write(database, number)
    assert audit.verify(database).events == 8
