"""Copies of rows are rows like any others: whole, in nobody's way, and what is issued next goes among them."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from tests.bench.bulk import issued
from tests.bench.copies import copy_rows
from tests.bench.house import found

_PEOPLE = 30


def test_copies_are_whole_and_more_can_be_issued_among_them(tmp_path: Path) -> None:
    home = tmp_path / "home"
    found(home)
    issued(home, _PEOPLE)
    database = home / "guildmark.db"
    copy_rows(database, 3)
    assert set(_counted(database).values()) == {3 * _PEOPLE}
    issued(home, 10, first=_PEOPLE)
    assert set(_counted(database).values()) == {3 * _PEOPLE + 10}
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        open_lists = connection.execute("SELECT count(*) FROM status_lists WHERE is_open").fetchone()
        own_address = connection.execute(
            "SELECT count(*) FROM credentials WHERE replace(document_id, '-', '') LIKE '%' || id"
        ).fetchone()
    assert (open_lists, own_address) == ((1,), (3 * _PEOPLE + 10,))


def _counted(database: Path) -> Mapping[str, int]:
    tables = ("people", "person_addresses", "awards", "credentials", "renderings", "status_entries", "notices")
    with closing(sqlite3.connect(database)) as connection:
        return {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}  # noqa: S608
