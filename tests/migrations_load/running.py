"""Up from the oldest version, down to where there is a way back, and up again; each step measured."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from issuer import schema_version
from issuer.store import Database
from tests.migrations_load.filling import fill, fill_later
from tests.migrations_load.life import KINDS
from tests.postgres import PostgresServer, running_server, server_binaries

LONGEST_S = 1.0
"""Longer than this nobody is to wait."""
PROJECT = Path(__file__).resolve().parents[2]
SETTINGS = (
    *("fsync=on", "synchronous_commit=on", "shared_buffers=512MB", "max_connections=60", "max_wal_size=4GB"),
    *("listen_addresses=", "log_min_messages=warning", "timezone=UTC"),
)
"""As a server has them that is to be believed: what is committed is on the disk."""
_STRONG = ("ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock")
_HELD = (
    "SELECT l.pid, c.relname, l.mode FROM pg_locks l JOIN pg_class c ON c.oid = l.relation "
    "WHERE l.granted AND l.locktype = 'relation' AND l.mode = ANY(%s) AND c.relkind = 'r' AND c.relname = ANY(%s)"
)
MAIN = (
    *("people", "person_addresses", "awards", "credentials", "renderings", "status_entries", "status_events"),
    *("audit_events", "signing_keys", "messages", "log_entries"),
)


@dataclass(frozen=True)
class Step:
    """One migration: how long it took; the longest statement of others meanwhile; the longest lock that it held."""

    version: str
    way: str
    took: float
    longest: float
    what: str
    held: float
    lock: str
    statements: int
    faults: tuple[str, ...]


class _Locks(threading.Thread):
    """Looks every ten milliseconds at which locks there are that keep readers or writers out."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self._url = url
        self.over = threading.Event()
        self.longest: tuple[float, str] = (0.0, "")

    def run(self) -> None:
        """Until told that it is over."""
        since: dict[tuple[object, ...], float] = {}
        with psycopg.connect(self._url, autocommit=True) as connection:
            while not self.over.wait(0.01):
                now = time.monotonic()
                seen = {tuple(row) for row in connection.execute(_HELD, (list(_STRONG), list(MAIN)))}
                since = {key: since.get(key, now) for key in seen}
                for key, begun in since.items():
                    self.longest = max(self.longest, (now - begun, f"{key[1]} {key[2]}"))


def run(rows: int) -> Iterator[Step]:
    """Every step, on a server of its own."""
    binaries = server_binaries()
    assert binaries is not None, "no PostgreSQL server programs on this machine (Debian: postgresql)"
    with running_server(binaries, SETTINGS) as server, tempfile.TemporaryDirectory() as folder:
        yield from steps(server, rows, Path(folder))


def steps(server: PostgresServer, rows: int, folder: Path) -> Iterator[Step]:
    """Every step, in a new database of that server."""
    url = server.create("migrations_load")
    db = Database(url)
    versions = sorted(schema_version.known())
    try:
        schema_version.upgrade(db, to=versions[0])
        with psycopg.connect(url, autocommit=True) as connection, ExitStack() as stack:
            fill(connection, rows)
            notes = stack.enter_context(life(url, rows, folder))
            for filled in (True, False):
                at = schema_version.current(db)
                for version in versions[versions.index(at or "") + 1 :]:
                    yield _measured(db, url, version, "up", notes)
                    if filled:
                        fill_later(connection, version, rows)
                if filled:
                    for version in reversed([one for one in versions if one >= schema_version.OLDEST][:-1]):
                        yield _measured(db, url, version, "down", notes)
    finally:
        db.close()


@contextmanager
def life(url: str, rows: int, folder: Path) -> Iterator[list[Path]]:
    """One of each kind, at work from the first row to the end; their notes."""
    with ExitStack() as stack:
        notes = []
        for kind in KINDS:
            path = folder / kind
            path.touch()
            notes.append(path)
            command = [sys.executable, "-m", "tests.migrations_load.life", url, kind, str(rows), str(path)]
            stack.enter_context(_killed(subprocess.Popen(command, cwd=PROJECT)))
        yield notes


@contextmanager
def _killed(process: subprocess.Popen[bytes]) -> Iterator[None]:
    try:
        yield
    finally:
        process.kill()
        process.wait()


def _measured(db: Database, url: str, version: str, way: str, notes: list[Path]) -> Step:
    locks = _Locks(url)
    locks.start()
    time.sleep(0.3)
    before = [len(_whole_lines(path)) for path in notes]
    begun = time.monotonic()
    if way == "up":
        schema_version.upgrade(db, to=version)
    else:
        schema_version.downgrade(db, to=version)
    took = time.monotonic() - begun
    time.sleep(0.3)  # whoever waits at the end is told of, too
    locks.over.set()
    locks.join()
    done = [json.loads(line) for path, start in zip(notes, before, strict=True) for line in _whole_lines(path)[start:]]
    _, longest, what = max(done, key=lambda one: one[1], default=(0, 0.0, ""))
    faults = tuple(one[2] for one in done if one[1] < 0)
    return Step(
        version if way == "up" else f"{int(version) + 1:04}",
        way,
        took,
        longest,
        _words(what),
        *locks.longest,
        len(done),
        faults,
    )


def _whole_lines(path: Path) -> list[str]:
    """Those written so far; a file may be read while its last line is half there."""
    return [line for line in path.read_text().splitlines(keepends=True) if line.endswith("\n")]


def _words(statement: str) -> str:
    """The beginning of a statement, up to what is in brackets."""
    return " ".join(statement.partition("(")[0].split()[:6])
