"""An installation in a temporary directory, with credentials in it, and its web server on a core."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import httpx2

import keys
from issuer.issue import issue
from issuer.issuer_file import IssuerDefinition
from issuer.programs import apply_program
from portal.installing import install
from portal.service import open_service
from portal.settings import load_settings
from tests.bench.badges import BASE_URL, award, program

PROJECT = Path(keys.__file__).resolve().parents[1]
ISSUER = "brightmoor"
_START_SECONDS = 120


@dataclass(frozen=True)
class House:
    """A home directory, and the ids of the credentials that were issued there."""

    home: Path
    ids: tuple[str, ...]

    def bodies(self, count: int) -> list[bytes]:
        """The signed bytes of the first credentials."""
        service = open_service(load_settings(self.home, {}), _now)
        try:
            found = [service.documents.find(f"/credentials/{one}.json") for one in self.ids[:count]]
            return [one.body for one in found if one is not None]
        finally:
            service.close()


def found(home: Path, *, database_url: str | None = None) -> None:
    """A new installation with keys and the bench's program, and nobody in it."""
    now = _now()
    definition = IssuerDefinition(slug=ISSUER, name="Brightmoor Academy", url="https://brightmoor.example")
    install(
        home,
        definition,
        base_url=BASE_URL,
        database_url=database_url,
        passphrase_file=None,
        actor="bench",
        now=now,
    )
    service = open_service(load_settings(home, {}), _now)
    try:
        apply_program(service.database, issuer=ISSUER, definition=program(), actor="bench", now=now)
    finally:
        service.close()


def build(home: Path, count: int, *, database_url: str | None = None) -> House:
    """A new installation with so many credentials of the bench's level."""
    found(home, database_url=database_url)
    service = open_service(load_settings(home, {}), _now)
    try:
        assert service.keyring is not None
        report = issue(
            service.database,
            service.keyring,
            issuer=ISSUER,
            requests=[award(number) for number in range(count)],
            actor="bench",
            now=_now(),
            randomness=Random(1).randbytes,  # noqa: S311  (the same ids in every run)
            chunk_size=1_000,
        )
    finally:
        service.close()
    return House(home, tuple(str(one.id) for one in report.credentials))


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@contextmanager
def house(count: int) -> Iterator[House]:
    """`build` in a directory that is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="guildmark-bench-") as folder:
        yield build(Path(folder) / "home", count)


@dataclass(frozen=True)
class Server:
    """A running server: where it listens, and its process."""

    port: int
    pid: int

    @property
    def url(self) -> str:
        """Its address, on this machine."""
        return f"http://127.0.0.1:{self.port}"

    def pids(self) -> tuple[int, ...]:
        """The server's process and all that it started, at this moment."""
        found = [self.pid]
        for pid in found:
            for task in Path(f"/proc/{pid}/task").glob("*/children"):
                found += [int(child) for child in task.read_text().split()]
        return tuple(found)


@contextmanager
def serving(home: Path, *, module: Sequence[str] = ("portal", "serve"), core: int | None = None) -> Iterator[Server]:
    """The server on a free port, kept on one core; `module` is what Python runs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    settings = {"GUILDMARK_JOBS": "false", "GUILDMARK_VERIFY_PER_MINUTE": "0"}
    environment = {**os.environ, **settings, "PYTHONPATH": str(PROJECT)}
    with (home.parent / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *module, "--home", str(home), "--port", str(port), "--host", "127.0.0.1"],
            cwd=home.parent,
            env=environment,
            stdout=log,
            stderr=log,
        )
    if core is not None:
        os.sched_setaffinity(process.pid, {core})
    try:
        _wait(process, port, home.parent / "server.log")
        yield Server(port, process.pid)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            if httpx2.get(f"http://127.0.0.1:{port}/healthz", timeout=2).status_code == 200:
                return
        except httpx2.HTTPError:
            time.sleep(0.1)
    raise RuntimeError(f"the server did not start: {log.read_text()[-500:]}")
