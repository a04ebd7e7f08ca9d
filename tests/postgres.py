"""A real PostgreSQL server for tests: started from the system's own binaries, thrown away afterwards.

It listens on a Unix socket in a temporary directory only, so it needs no free port, and it does not care for disks:
what a test loses, a test can make again.
"""

from __future__ import annotations

import os
import pwd
import shlex
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

    def die_and_return(self) -> None:
        """Kill the server as a crash would (`pg_ctl -m immediate`), and start it again with the options it had."""
        self.connection.close()
        self._ctl("-m", "immediate", "restart")

    def die(self) -> None:
        """Kill the server as a crash would."""
        self.connection.close()
        self._ctl("-m", "immediate", "stop")

    def is_up(self) -> bool:
        """Whether its first process runs."""
        try:
            self._ctl("status")
        except RuntimeError:
            return False
        return True

    def return_(self) -> None:
        """Start the server that died, with the options it had."""
        words = shlex.split((self.sockets / "data" / "postmaster.opts").read_text())
        given = [word for word in words[1:] if word not in ("-D", str(self.sockets / "data"))]
        self._ctl("-o", shlex.join(given), "start")

    def _ctl(self, *arguments: str) -> None:
        binaries = server_binaries()
        assert binaries is not None
        data, log = self.sockets / "data", self.sockets / "log"
        as_owner(_account(), binaries / "pg_ctl", "-D", data, "-l", log, "-w", *arguments)

    def stop(self) -> None:
        """Stop the server as an operator would who is in haste; `come_back` starts it again."""
        self.connection.close()
        self._control("-m", "fast", "stop")

    def come_back(self) -> None:
        """Start the server again with the options it had."""
        self._control("-l", self.sockets / "log", "restart")

    def _control(self, *arguments: object) -> None:
        binaries = server_binaries()
        assert binaries is not None
        as_owner(_account(), binaries / "pg_ctl", "-D", self.sockets / "data", "-w", *arguments)

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


DURABLE = ("fsync=off", "synchronous_commit=on", "shared_buffers=64MB", "max_connections=200", *_FAST[5:])
"""For servers that are killed: what was committed outlives the processes, though not a loss of power."""


@contextmanager
def running_server(
    binaries: Path, settings: Sequence[str] = _FAST, *, at: Path | None = None
) -> Iterator[PostgresServer]:
    """Start a server with an empty cluster of its own, in that directory if one is named; stop and remove it at the
    end."""
    root = Path(tempfile.mkdtemp(prefix="guildmark-postgres-", dir=at))
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
        asked = " ".join(f"-c {setting}" for setting in (*settings, f"unix_socket_directories={root}"))
        with _ended_with_us(account, binaries / "pg_ctl", root):
            as_owner(account, binaries / "pg_ctl", "-D", data, "-l", root / "log", "-w", "-o", asked, "start")
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
