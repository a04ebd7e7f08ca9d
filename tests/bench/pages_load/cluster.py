"""A PostgreSQL cluster that is kept: filled once, in a directory outside the checkout, started again by later runs.

The directory is GUILDMARK_BENCH_CACHE or `/var/tmp/guildmark-bench`. What is kept is known by its size and by the text
of what fills it; tables of an earlier version are upgraded in place, as an operator would.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

import psycopg

from issuer import schema_version
from issuer.errors import DatabaseTooNew
from issuer.store import Database
from tests.bench.pages_load.filling import Size, fill
from tests.postgres import _account, as_owner, server_binaries

_SETTINGS = (
    *("fsync=off", "synchronous_commit=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0"),
    *("shared_buffers=1GB", "work_mem=16MB", "effective_cache_size=4GB", "random_page_cost=1.1", "max_wal_size=8GB"),
    *("max_connections=40", "listen_addresses=", "log_min_messages=warning", "timezone=UTC"),
    *("max_parallel_workers=0", "max_parallel_maintenance_workers=0"),  # one core is all that it may take
)
_FILLERS = ("certified", "copying", "crowd", "filling", "running")
_DATABASE = "guildmark"
Say = Callable[[str], None]


class NoServerError(RuntimeError):
    """PostgreSQL's server programs are not installed."""


def place(size: Size) -> Path:
    """Where the cluster of that size is kept."""
    here = Path(__file__).parent
    text = b"".join((here / f"{name}.py").read_bytes() for name in _FILLERS)
    root = Path(os.environ.get("GUILDMARK_BENCH_CACHE", "/var/tmp/guildmark-bench"))
    return root / f"pages-{size.people}-{size.credentials}-{sha256(text).hexdigest()[:10]}"


@contextmanager
def kept(size: Size, say: Say) -> Iterator[Path]:
    """The home directory of an installation of that size on a running server; filled if it is not there yet."""
    folder = place(size)
    home, ready = folder / "home", folder / "filled"
    if ready.exists() and not _upgradable(folder, home):
        say("what is kept was written by a newer version: it is filled anew")
        ready.unlink()
    if not ready.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        folder.chmod(0o755)
        with running(folder, new=True) as url:
            fill(home, size, database_url=url, say=say)
        ready.touch()
    with running(folder) as url:
        db = Database(url)
        schema_version.upgrade(db)
        db.close()
        yield home


@contextmanager
def running(folder: Path, *, new: bool = False) -> Iterator[str]:
    """The server of a cluster, and its database's URL."""
    binaries = server_binaries()
    if binaries is None:
        raise NoServerError(
            "no PostgreSQL server is installed (looked in /usr/lib/postgresql/*/bin and PATH for initdb)"
        )
    account, data = _account(), folder / "data"
    if account is not None:
        shutil.chown(folder, account)
    if new:
        how = ("-U", "guildmark", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        as_owner(account, binaries / "initdb", "-D", data, *how)
    settings = " ".join(f"-c {setting}" for setting in (*_SETTINGS, f"unix_socket_directories={folder}"))
    if (data / "postmaster.pid").exists():  # of a run that was killed
        with suppress(RuntimeError):
            as_owner(account, binaries / "pg_ctl", "-D", data, "-m", "fast", "-w", "stop")
    as_owner(account, binaries / "pg_ctl", "-D", data, "-l", folder / "log", "-w", "-o", settings, "start")
    try:
        if new:
            with psycopg.connect(host=str(folder), user="guildmark", dbname="postgres", autocommit=True) as connection:
                connection.execute(f'CREATE DATABASE "{_DATABASE}"'.encode())
        yield f"postgresql://guildmark@/{_DATABASE}?host={quote(str(folder), safe='')}"
    finally:
        as_owner(account, binaries / "pg_ctl", "-D", data, "-m", "fast", "-w", "stop")


def _upgradable(folder: Path, home: Path) -> bool:
    if not home.exists():
        return False
    with running(folder) as url:
        db = Database(url)
        try:
            schema_version.upgrade(db)
        except DatabaseTooNew:
            return False
        finally:
            db.close()
    return True
