"""A real PostgreSQL server for tests: started from the system's own binaries, thrown away afterwards.

It listens on a Unix socket in a temporary directory only, so it needs no free port, and it does not care for disks:
what a test loses, a test can make again.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

_FAST = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "shared_buffers=32MB",
    "max_connections=60",
    "listen_addresses=",
    "log_min_messages=warning",
    "timezone=Pacific/Auckland",
)


@dataclass(frozen=True)
class PostgresServer:
    """A running server: its socket's directory, the superuser's name, and a connection to make databases with."""

    sockets: Path
    user: str
    connection: psycopg.Connection[tuple[object, ...]]

    def url(self, database: str) -> str:
        """A database's URL as settings have it."""
        return f"postgresql://{self.user}@/{database}?host={quote(str(self.sockets), safe='')}"

    def create(self, database: str, template: str = "template0") -> str:
        """Make a database as a copy of a template, and return its URL."""
        # As files: page by page through the log, as servers from 15 on do it otherwise, takes four times as long.
        how = " STRATEGY file_copy" if self.connection.info.server_version >= 150_000 else ""
        self._run(f'CREATE DATABASE "{database}" TEMPLATE "{template}"{how}')
        return self.url(database)

    def drop(self, database: str) -> None:
        """Remove a database, whoever is connected."""
        self._run(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def _run(self, statement: str) -> None:
        self.connection.execute(statement.encode())


def server_binaries() -> Path | None:
    """The directory that holds initdb and pg_ctl, newest version first; None if no server is installed."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    on_path = shutil.which("initdb")
    candidates = [*versions, *([Path(on_path).resolve().parent] if on_path else [])]
    return next((path for path in candidates if (path / "initdb").exists() and (path / "pg_ctl").exists()), None)


@contextmanager
def running_server(binaries: Path) -> Iterator[PostgresServer]:
    """Start a server with an empty cluster of its own; stop and remove it at the end."""
    root = Path(tempfile.mkdtemp(prefix="guildmark-postgres-"))
    account = _account()
    try:
        if account is not None:
            shutil.chown(root, account)
        data = root / "data"
        as_owner(
            account,
            binaries / "initdb",
            "-D",
            data,
            "-U",
            "guildmark",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
        )
        settings = " ".join(f"-c {setting}" for setting in (*_FAST, f"unix_socket_directories={root}"))
        with _ended_with_us(account, binaries / "pg_ctl", root):
            as_owner(account, binaries / "pg_ctl", "-D", data, "-l", root / "log", "-w", "-o", settings, "start")
            try:
                with psycopg.connect(
                    host=str(root), user="guildmark", dbname="postgres", autocommit=True
                ) as connection:
                    yield PostgresServer(root, "guildmark", connection)
            finally:
                as_owner(account, binaries / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(root, ignore_errors=True)


@contextmanager
def _ended_with_us(account: str | None, pg_ctl: Path, root: Path) -> Iterator[None]:
    """Stop and remove the server if this process is killed: a shell waits for the end of a pipe that we hold."""
    user = pwd.getpwnam(account) if account is not None else None
    watching = subprocess.Popen(
        ["/bin/sh", "-c", 'read over || { "$1" -D "$2/data" -m immediate -w stop; rm -rf "$2"; }', "sh", pg_ctl, root],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        user=user.pw_uid if user else None,
        group=user.pw_gid if user else None,
        extra_groups=[] if user else None,
        start_new_session=True,  # what ends us from the terminal must not end it
    )
    try:
        yield
    finally:
        watching.communicate(b"over\n")


def _account() -> str | None:
    """PostgreSQL refuses to run as root: the account to run it as then, or None to run it as ourselves."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise RuntimeError("running as root, and there is neither an account postgres nor nobody")


def as_owner(account: str | None, *command: object) -> None:
    """Run one of the server's programs as that account; its output is in the error if it fails."""
    arguments: Sequence[str] = [str(part) for part in command]
    user = pwd.getpwnam(account) if account is not None else None
    with tempfile.TemporaryFile() as output:  # not a pipe: the server inherits it and would hold it open
        done = subprocess.run(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            check=False,
            timeout=120,
            cwd="/",
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            extra_groups=[] if user else None,
        )
        if done.returncode != 0:
            output.seek(0)
            raise RuntimeError(f"{arguments[0]} failed:\n{output.read().decode(errors='replace')}")
