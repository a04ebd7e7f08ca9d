"""`python -m tests.bench.copies DATABASE TIMES`: copies of an installation's rows on SQLite, under other ids.

What a copy is like for an index is kept: ids that are random stay so, and those of one chunk lie side by side as they
did; ids in the order of time come later than all before; people, addresses, keys and status slots are as many. What a
copy is like for a reader is not: its signed bytes are those of the credential that it was copied from, and its entry in
the audit trail fits no chain. So only what does not read copies is to be measured among them.
"""

from __future__ import annotations

import re
import sqlite3
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from random import Random

NOBODY_YET = 5_000_000
"""People of this number and a few millions more are neither in what is copied nor among the copies."""
_NUMBERS = 10_000_000
"""So far apart are the numbers of a person and his copies."""

Change = Callable[[str | int | None], str | int | None]

_CACHE_KIB = 6 * 1024 * 1024
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PERSON = re.compile(r"person(\d+)@")
_VERSION_AND_VARIANT = 0xF000_C000_0000_0000_0000
_SIDE_BY_SIDE = 12  # bits, in which the ids of a chunk agree
_TIME = 48  # bits, with which ids in the order of time begin

_ID, _LATER_ID, _TEXT, _DIGEST, _KEY, _NUMBER, _CLOSED = "id", "later_id", "words", "digest", "key", "number", "closed"
_COLUMNS: Mapping[str, Mapping[str, str]] = {
    "people": {"id": _ID},
    "person_addresses": {"address": _TEXT, "shown": _TEXT, "person_id": _ID},
    "awards": {"id": _LATER_ID, "person_id": _ID, "idempotency_key": _DIGEST, "request_digest": _DIGEST},
    "credentials": {"id": _ID, "award_id": _LATER_ID, "document_id": _TEXT},
    "renderings": {"credential_id": _ID},
    "status_lists": {"id": _ID, "ordinal": _NUMBER, "is_open": _CLOSED},
    "status_entries": {"credential_id": _ID, "list_id": _ID},
    "notices": {"id": _NUMBER, "key": _KEY, "recipient_id": _ID, "about_id": _ID, "facts": _TEXT},
    "audit_events": {"sequence": _NUMBER, "subject": _TEXT, "previous": _DIGEST, "hash": _DIGEST},
}
"""What differs in a copy; everything else is the same."""


def copy_rows(database: Path, times: int) -> None:
    """Have `times` as many rows as there are of all that grows with credentials; nobody else may have it open."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=OFF")
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA foreign_keys=OFF")
        connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        last = {table: connection.execute(f"SELECT max(rowid) FROM {table}").fetchone()[0] for table in _COLUMNS}  # noqa: S608
        for copy in range(1, times):
            for table, changed in _COLUMNS.items():
                for name, change in _changes(copy, last[table]).items():
                    connection.create_function(name, 1, change, deterministic=True)
                names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
                columns = ", ".join(f'"{name}"' for name in names)
                values = ", ".join(f'{changed[name]}("{name}")' if name in changed else f'"{name}"' for name in names)
                connection.execute("BEGIN")
                connection.execute(
                    f"INSERT INTO {table} ({columns}) SELECT {values} FROM {table} WHERE rowid <= {last[table]}"  # noqa: S608
                )
                connection.execute("COMMIT")
        connection.execute("UPDATE audit_head SET sequence = (SELECT max(sequence) FROM audit_events)")
        connection.execute("PRAGMA journal_mode=WAL")


def _changes(copy: int, last: int) -> dict[str, Change]:
    """What this copy makes of the values of each kind; NULL stays what it is."""
    chance = Random(copy)  # noqa: S311
    mask = chance.getrandbits(128 - _SIDE_BY_SIDE) & ~_VERSION_AND_VARIANT
    digest = chance.getrandbits(256)
    later = copy << (128 - _TIME + 24)  # some hours

    def other_id(value: str) -> str:
        return f"{int(value, 16) ^ mask:032x}"

    def in_text(found: re.Match[str]) -> str:
        moved = other_id(found[0].replace("-", ""))
        return "-".join((moved[:8], moved[8:12], moved[12:16], moved[16:20], moved[20:]))

    def words(value: str) -> str:
        moved = _UUID.sub(in_text, value)
        return _PERSON.sub(lambda found: f"person{int(found[1]) + copy * _NUMBERS}@", moved)

    def other_key(value: str) -> str:
        moved = words(value)
        return moved if moved != value else f"{value} {copy}"

    def other_digest(value: str) -> str:
        beginning, separator, own = value.rpartition(":")
        return f"{beginning}{separator}{int(own, 16) ^ digest:064x}"

    made: dict[str, Callable[..., str | int]] = {
        _ID: other_id,
        _LATER_ID: lambda value: f"{int(value, 16) + later:032x}",
        _TEXT: words,
        _DIGEST: other_digest,
        _KEY: other_key,
        _NUMBER: lambda value: value + copy * last,
        _CLOSED: lambda _: 0,
    }
    return {name: _unless_null(change) for name, change in made.items()}


def _unless_null(change: Callable[..., str | int]) -> Change:
    return lambda value: None if value is None else change(value)


if __name__ == "__main__":
    copy_rows(Path(sys.argv[1]), int(sys.argv[2]))
