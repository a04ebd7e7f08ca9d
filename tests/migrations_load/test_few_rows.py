"""The harness runs, with few rows; an upgrade that others keep waiting or that was cut off comes to its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from issuer import schema_version
from issuer.errors import DatabaseUnreachable
from issuer.store import Database
from tests.migrations_load.__main__ import line
from tests.migrations_load.filling import fill
from tests.migrations_load.running import LONGEST_S, steps
from tests.postgres import PostgresServer, running_server, server_binaries

pytestmark = [pytest.mark.slow, pytest.mark.postgres]


@pytest.fixture(scope="module")
def postgres_server() -> Iterator[PostgresServer]:
    binaries = server_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server is installed (looked in /usr/lib/postgresql/*/bin and PATH for initdb)")
    with running_server(binaries) as server:
        yield server


@pytest.fixture
def first(postgres_server: PostgresServer) -> Iterator[Database]:
    """A database of the first version, with rows."""
    db = Database(postgres_server.create("few_rows"))
    schema_version.upgrade(db, to="0001")
    with psycopg.connect(postgres_server.url("few_rows"), autocommit=True) as connection:
        fill(connection, 200)
    yield db
    db.close()
    postgres_server.drop("few_rows")


def test_every_migration_goes_up_down_and_up_while_others_work(postgres_server: PostgresServer, tmp_path: Path) -> None:
    found = list(steps(postgres_server, 500, tmp_path))
    postgres_server.drop("migrations_load")
    versions = sorted(schema_version.known())
    again = versions[versions.index(schema_version.OLDEST) + 1 :]
    assert [(one.version, one.way) for one in found] == [
        *((version, "up") for version in versions[1:]),
        *((version, "down") for version in reversed(again)),
        *((version, "up") for version in again),
    ]
    assert [fault for one in found for fault in one.faults] == []
    assert sum(one.statements for one in found) > 1_000
    slow = [line(one) for one in found if one.longest > 10 * LONGEST_S]
    assert not slow, "the machine is busy, but not so busy"


def test_who_holds_a_table_is_not_waited_for_in_front_of_others(first: Database) -> None:
    """A transaction that has read the people stays open: the change steps back again and again, and is made at last."""
    holding, pauses = Event(), []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            holding.set()
            holder.join()

    def hold() -> None:
        with first.engine.connect() as connection:
            connection.exec_driver_sql("SELECT count(*) FROM people")
            begun.set()
            assert holding.wait(60)

    begun = Event()
    holder = Thread(target=hold)
    holder.start()
    assert begun.wait(60)
    assert schema_version.upgrade(first, pause=pause) == schema_version.newest()
    assert pauses == [0.2, 0.4, pytest.approx(0.6)]


def test_who_never_lets_go_is_named_and_what_was_done_stays(first: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema_version, "TRIES", 2)
    schema_version.upgrade(first, to="0003")
    with first.engine.connect() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM status_events")
        with pytest.raises(DatabaseUnreachable, match=r"backup.*Run this again"):
            schema_version.upgrade(first, pause=lambda _: None)
        assert schema_version.current(first) == "0008"
    assert schema_version.upgrade(first) == schema_version.newest()


@pytest.mark.parametrize("version", ["0002", "0004", "0007", "0008", "0009", "0010", "0017"])
def test_an_upgrade_that_was_cut_off_goes_on(first: Database, version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a migration did outside its transaction is there already when it begins anew."""
    before = f"{int(version) - 1:04}"
    schema_version.upgrade(first, to=before)

    with _cut_off(monkeypatch):
        schema_version.upgrade(first, to=version)
    assert schema_version.current(first) == before
    assert schema_version.upgrade(first) == schema_version.newest()
    assert _constraints(first) == []


@pytest.mark.parametrize("version", ["0010", "0017"])
def test_a_way_back_that_was_cut_off_goes_on(first: Database, version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = f"{int(version) - 1:04}"
    schema_version.upgrade(first, to=version)
    found = _tables(first)

    with _cut_off(monkeypatch):
        schema_version.downgrade(first, to=before)
    assert schema_version.current(first) == version
    schema_version.downgrade(first, to=before)
    assert schema_version.upgrade(first, to=version) == version
    assert _tables(first) == found


def test_an_index_whose_making_was_cut_off_is_made_anew(first: Database) -> None:
    schema_version.upgrade(first, to="0007")
    with first.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("INSERT INTO people (id, name, created_at) SELECT gen_random_uuid(), 'x', now()")
        connection.exec_driver_sql("INSERT INTO people (id, name, created_at) SELECT gen_random_uuid(), 'x', now()")
        with pytest.raises(DBAPIError):
            connection.exec_driver_sql("CREATE UNIQUE INDEX CONCURRENTLY ix_people_name ON people (name)")
    schema_version.upgrade(first)
    with first.engine.connect() as connection:
        made = connection.exec_driver_sql(
            "SELECT indexdef FROM pg_indexes WHERE indexname = 'ix_people_name'"
        ).scalar_one()
    assert "UNIQUE" not in made
    assert _constraints(first) == []


@contextmanager
def _cut_off(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The step in here ends before its version is written down."""
    from alembic.runtime.migration import HeadMaintainer

    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(HeadMaintainer, "update_to_step", cut)
        with pytest.raises(KeyboardInterrupt):
            yield


def _tables(db: Database) -> list[str]:
    with db.engine.connect() as connection:
        named = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' UNION SELECT indexname FROM pg_indexes"
        constraints = "SELECT conname FROM pg_constraint"
        return sorted(connection.exec_driver_sql(f"{named} UNION {constraints}").scalars())


def _constraints(db: Database) -> list[object]:
    """Constraints and indexes that do not hold for every row."""
    with db.engine.connect() as connection:
        return [
            *connection.exec_driver_sql("SELECT conname FROM pg_constraint WHERE NOT convalidated").scalars(),
            *connection.exec_driver_sql(
                "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid"
            ).scalars(),
        ]
