"""The mark of the database: the same while nothing is committed, another as soon as anything is, by whomever."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from sqlalchemy import select, update

from issuer.change_mark import ChangeMark
from issuer.store import Database
from issuer.tables import IssuerRow
from tests.issuer.conftest import House


@pytest.fixture
def mark(house: House) -> Iterator[ChangeMark]:
    mark = ChangeMark(house.db)
    yield mark
    mark.close()


def rename(db: Database, name: str) -> None:
    with db.write() as session:
        session.execute(update(IssuerRow).values(profile={"name": name}))


def stays(mark: ChangeMark, between: Callable[[], object] = lambda: None) -> bool:
    """Whether the mark is the same before and after. A PostgreSQL server's own upkeep moves it too, now and then."""
    for _ in range(20):
        before = mark.look()
        between()
        if mark.look() == before:
            return True
    return False


def test_reading_changes_nothing(house: House, mark: ChangeMark) -> None:
    def read() -> None:
        with house.db.read() as session:
            session.execute(select(IssuerRow)).all()

    assert stays(mark, read)


def test_every_commit_is_seen_and_nothing_before_it(house: House, mark: ChangeMark) -> None:
    seen = [mark.look()]
    for number in range(3):
        with house.db.write() as session:
            session.execute(update(IssuerRow).values(profile={"name": str(number)}))
            session.flush()
            assert stays(mark)
            under_way = mark.look()
        seen.append(mark.look())
        assert seen[-1] not in seen[:-1]
        assert seen[-1] != under_way
        assert stays(mark)


def test_what_was_taken_back_may_not_be_told_from_what_was_done_but_never_the_other_way(
    house: House, mark: ChangeMark
) -> None:
    """A mark may change for nothing; it must not stay for something."""
    with suppress(RuntimeError), house.db.write() as session:
        session.execute(update(IssuerRow).values(profile={"name": "never"}))
        raise RuntimeError
    before = mark.look()
    rename(house.db, "done")
    assert mark.look() != before


def test_another_process_is_seen_as_well(house: House, house_url: str, mark: ChangeMark) -> None:
    before = mark.look()
    script = (
        "import sys; from sqlalchemy import text; from issuer.store import Database\n"
        "db = Database(sys.argv[1])\n"
        "with db.write() as session: session.execute(text('UPDATE issuers SET slug = slug'))\n"
        "db.close()"
    )
    subprocess.run([sys.executable, "-c", script, house_url], check=True, timeout=60)
    assert mark.look() != before


def test_threads_may_look_while_others_write(house: House, mark: ChangeMark) -> None:
    """Whoever looks after a commit sees another mark than whoever looked before it, in every thread."""
    wrong: list[str] = []

    def write_and_look(name: str) -> None:
        for number in range(10):
            before = mark.look()
            rename(house.db, f"{name} {number}")
            if mark.look() == before:
                wrong.append(name)

    threads = [threading.Thread(target=write_and_look, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_mark_that_lost_its_connection_equals_none_from_before(house: House, mark: ChangeMark) -> None:
    before = mark.look()
    mark.close()
    assert mark.look() != before
    assert mark.look() == mark.look()


def test_a_database_that_is_not_there_has_no_mark_twice() -> None:
    mark = ChangeMark(Database("sqlite:////nowhere/at/all.db"))
    assert mark.look() != mark.look()
