"""The database's version: made, upgraded, and refused when it is not ours to touch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from issuer import schema_version
from issuer.errors import DatabaseOutdated, DatabaseTooNew, DatabaseUnreachable
from issuer.store import Database
from issuer.tables import Table
from tests.conftest import PROJECT
from tests.issuer.conftest import TEMPLATE
from tests.postgres import PostgresServer


def test_an_empty_database_says_that_it_must_be_upgraded_and_then_is(empty_database_url: str) -> None:
    db = Database(empty_database_url)
    assert schema_version.current(db) is None
    with pytest.raises(DatabaseOutdated, match=r"is empty.*guildmark upgrade"):
        schema_version.check(db)
    assert schema_version.upgrade(db) == schema_version.newest()
    assert schema_version.upgrade(db) == schema_version.newest()
    schema_version.check(db)
    db.close()


def test_the_migrations_make_exactly_the_tables_that_the_code_uses(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": _is_of_all})
        assert compare_metadata(context, Table.metadata) == []


def _is_of_all(name: str | None, kind: str, _: object) -> bool:
    """Indexes by parts of names (tx_…) are PostgreSQL's alone, and only where its extension is there."""
    return kind != "index" or not (name or "").startswith("tx_")


@pytest.mark.postgres
def test_postgresql_finds_parts_of_names_by_an_index(postgres_server: PostgresServer) -> None:
    """Where its extension can be had; else a search looks at every name, and finds the same."""
    db = Database(postgres_server.url(TEMPLATE))
    with db.engine.connect() as connection:
        there = set(
            connection.exec_driver_sql("SELECT indexname FROM pg_indexes WHERE starts_with(indexname, 'tx_')").scalars()
        )
        known = connection.exec_driver_sql("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'").first()
    db.close()
    assert there == ({"tx_people_name", "tx_person_addresses_address"} if known else set())


def test_the_versions_that_are_known_are_those_of_the_migrations(database: Database) -> None:
    config = Config()
    config.set_main_option("script_location", str(PROJECT / "issuer" / "migrations"))
    scripts = ScriptDirectory.from_config(config)
    assert schema_version.newest() == scripts.get_current_head()
    assert schema_version.known() == {script.revision for script in scripts.walk_revisions()}


def test_a_database_of_a_newer_version_is_left_alone(database: Database) -> None:
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for touch in (schema_version.check, schema_version.upgrade):
        with pytest.raises(DatabaseTooNew, match=r"version 9999.*newer Guildmark"):
            touch(database)


@pytest.mark.slow
def test_two_upgrades_at_once_do_the_work_once(empty_database_url: str) -> None:
    faults: list[BaseException] = []

    def upgrade() -> None:
        db = Database(empty_database_url)
        try:
            schema_version.upgrade(db)
        except BaseException as error:  # noqa: BLE001 - shown below
            faults.append(error)
        db.close()

    threads = [Thread(target=upgrade) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("nonsense", "sqlite:///guildmark.db"),
        ("mysql://host/name", "not supported"),
        ("sqlite:////nonexistent/folder/guildmark.db", "cannot be opened"),
        ("postgresql://nobody:secret@127.0.0.1:1/none", "cannot be opened"),
    ],
)
def test_a_database_that_is_not_there_is_a_sentence_without_the_password(url: str, sentence: str) -> None:
    with pytest.raises(DatabaseUnreachable, match=sentence) as caught:
        schema_version.check(Database(url))
    assert "secret" not in str(caught.value)


def test_a_file_that_is_no_database_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("these are my notes " * 100)
    db = Database(f"sqlite:///{path}")
    with pytest.raises(DatabaseUnreachable, match="cannot be opened"):
        schema_version.check(db)


def write(db: Database, *statements: str) -> None:
    with db.write() as session:
        for statement in statements:
            session.execute(text(statement))


def test_what_lies_with_the_database_is_a_sentence_and_no_traceback(database: Database) -> None:
    is_sqlite = database.url_shown.startswith("sqlite")
    read_only = "PRAGMA query_only=ON" if is_sqlite else "SET TRANSACTION READ ONLY"
    with pytest.raises(DatabaseUnreachable, match="cannot be written"):
        write(database, read_only, "DELETE FROM issuers")
    with pytest.raises(ProgrammingError if not is_sqlite else OperationalError), database.read() as session:
        session.execute(text("SELECT * FROM nowhere"))


def test_a_database_that_another_process_holds_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("issuer.store.BUSY_TIMEOUT_MS", 1)
    one, other = (Database(f"sqlite:///{tmp_path / 'a.db'}") for _ in range(2))
    schema_version.upgrade(one)
    with one.write() as session:
        session.execute(text("DELETE FROM issuers"))
        with pytest.raises(DatabaseUnreachable, match=r"is busy.*try again"):
            write(other, "DELETE FROM issuers")
        with pytest.raises(DatabaseUnreachable, match=r"is busy.*try again"):
            schema_version.upgrade(other)
    one.close()
    other.close()


@pytest.mark.postgres
def test_what_a_server_says_by_its_code_is_a_sentence(postgres_server: PostgresServer) -> None:
    db = Database(postgres_server.url(TEMPLATE))
    for code, sentence in (
        ("40P01", "is busy.*try again"),
        ("40001", "is busy.*try again"),
        ("53100", "has no room left"),
        ("53300", "takes no more connections"),
    ):
        raising = f"DO $$ BEGIN RAISE EXCEPTION 'words' USING ERRCODE = '{code}'; END $$"
        with pytest.raises(DatabaseUnreachable, match=sentence):
            write(db, raising)
    with pytest.raises(DatabaseUnreachable, match="cannot be opened"):
        write(db, "SELECT pg_terminate_backend(pg_backend_pid())")
    db.close()
    with pytest.raises(DatabaseUnreachable, match="cannot be opened"):
        schema_version.check(Database(postgres_server.url("no_such_database")))


def test_sqlite_is_opened_as_the_house_wants_it(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path / 'a.db'}")
    with db.read() as session:
        wanted = {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 30_000}
        assert {name: session.execute(text(f"PRAGMA {name}")).scalar() for name in wanted} == wanted
    db.close()


def test_the_database_itself_forbids_what_must_never_be(database: Database) -> None:
    with database.write() as session:
        session.execute(
            text(
                "INSERT INTO issuers (id, slug, did, base_url, is_default, profile, created_at) VALUES "
                "(1, 'a', 'did:web:a', 'https://a', true, '{}', '2026-01-01T00:00:00.000000+00:00')"
            )
        )
    columns = "(id, issuer_id, purpose, ordinal, size, next_sequence, permutation_key, is_open, edition)"
    for values in (
        "('{0}', 1, 'revocation', 1, 1000, 0, '', true, 0)",
        "('{0}', 1, 'gossip', 1, 131072, 0, '', true, 0)",
        "('{0}', 1, 'revocation', 1, 131072, 131073, '', true, 0)",
        "('{0}', 7, 'revocation', 1, 131072, 0, '', true, 0)",
    ):
        row = values.format("00000000-0000-4000-8000-000000000000")
        with pytest.raises(IntegrityError), database.write() as session:
            session.execute(text(f"INSERT INTO status_lists {columns} VALUES {row}"))  # noqa: S608
    with pytest.raises(IntegrityError), database.write() as session:
        session.execute(
            text(
                "INSERT INTO issuers (id, slug, did, base_url, is_default, profile, created_at) VALUES "
                "(2, 'b', 'did:web:b', 'https://a', true, '{}', '2026-01-01T00:00:00.000000+00:00')"
            )
        )


@pytest.mark.slow
def test_the_migrations_run_away_from_the_checkout(tmp_path: Path) -> None:
    """As from an installed wheel: another working directory, no alembic.ini."""
    script = (
        "from issuer import schema_version as v; from issuer.store import Database; "
        f"db = Database('sqlite:///{tmp_path / 'w.db'}'); print(v.upgrade(db)); db.close()"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == schema_version.newest(), done.stderr
