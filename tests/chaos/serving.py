"""A real `guildmark serve` (and `guildmark worker`) on a ground, and clients that speak HTTP to it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.chaos.ground import Ground
from tests.conftest import PROJECT
from tests.journeys.command import forks

PATIENCE = 30.0
"""Seconds for an answer: one that comes later is none."""


@dataclass(frozen=True)
class Answer:
    """What came back, and after how many seconds."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)


class Client:
    """One connection, made anew when it was lost. Not for several threads."""

    def __init__(self, port: int, token: str) -> None:
        self._port = port
        self._token = token
        self._line: http.client.HTTPConnection | None = None

    def ask(self, method: str, path: str, body: object = None, key: str | None = None) -> Answer:
        """The answer, whatever its status. Raises OSError or http.client.HTTPException if none came."""
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if key is not None:
            headers["Idempotency-Key"] = key
        if self._line is None:
            self._line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
        begun = time.monotonic()
        try:
            self._line.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = self._line.getresponse()
            data = answer.read()
        except BaseException:
            self.close()
            raise
        if answer.getheader("Connection", "").lower() == "close":
            self.close()
        return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, data, time.monotonic() - begun)

    def close(self) -> None:
        """Let the connection go."""
        if self._line is not None:
            self._line.close()
        self._line = None


@dataclass
class Site:
    """Servers at work, each of one process: by their ports, and the workers beside them. Ids of processes."""

    here: Ground
    servers: dict[int, int] = field(default_factory=dict)
    others: list[int] = field(default_factory=list)

    def client(self, number: int = 0) -> Client:
        """A client of one of the servers, with a token that may manage."""
        ports = list(self.servers)
        return Client(ports[number % len(ports)], self.here.token)

    def serve(self, port: int) -> None:
        """Start a server there."""
        self.servers[port] = start(self.here, "serve", "--port", str(port))

    def work(self) -> None:
        """Start a worker."""
        self.others.append(start(self.here, "worker"))

    def wait(self, seconds: float = 120) -> None:
        """Until all answer. Raises RuntimeError with the end of the log."""
        for port, pid in self.servers.items():
            wait_for(self.here, port, pid, seconds)

    def kill(self, port: int) -> None:
        """Kill the server there, and start another in its place, as whoever looks after it would."""
        os.kill(self.servers[port], signal.SIGKILL)
        forks.order(ended=self.servers[port], wait=True)
        self.serve(port)

    def end(self) -> None:
        """Stop all, as an operator would; who does not stop within 20 s is killed."""
        pids = [*self.others, *self.servers.values()]
        for one in pids:
            with suppress(ProcessLookupError):
                os.kill(one, signal.SIGTERM)
        for one in pids:
            end(one)


def end(pid: int, seconds: float = 20) -> None:
    """Wait for a process that was told to stop; then kill it."""
    until = time.monotonic() + seconds
    while is_alive(pid) and time.monotonic() < until:
        time.sleep(0.02)
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    forks.order(ended=pid, wait=True)


def wait_for(here: Ground, port: int, pid: int, seconds: float = 120) -> None:
    """Until a server answers. Raises RuntimeError with the end of the log."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and is_alive(pid):
        client = Client(port, here.token)
        with suppress(OSError, http.client.HTTPException):
            if client.ask("GET", "/healthz").status == 200:
                return
        client.close()
        time.sleep(0.05)
    raise RuntimeError(f"no answer at port {port}: {said(here)[-2000:]}")


def said(here: Ground) -> str:
    """What all commands of a ground wrote."""
    return "".join(path.read_text(errors="replace") for path in sorted(here.desk.glob("said-*/*")))


def _order(here: Ground, arguments: tuple[str, ...], *, goes_on: bool, files: Path) -> int:
    for name in ("in", "out", "err"):
        (files / name).touch()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GUILDMARK_")}
    environment = {
        **kept,
        "PYTHONPATH": str(PROJECT),
        "GUILDMARK_HOME": str(here.home),
        "GUILDMARK_VERIFY_PER_MINUTE": "0",  # all of the load comes from one network
        "GUILDMARK_DATABASE_URL": here.url,
    }
    return int(
        forks.order(
            arguments=arguments, module="portal", cwd=str(here.desk), environment=environment, files=str(files),
            goes_on=goes_on,
        )
    )  # fmt: skip


def start(here: Ground, *arguments: str) -> int:
    """A command that goes on; its process."""
    return _order(here, arguments, goes_on=True, files=Path(tempfile.mkdtemp(prefix="said-", dir=here.desk)))


def command(here: Ground, *arguments: str) -> str:
    """What a command says; raises RuntimeError with all its words if it fails."""
    files = Path(tempfile.mkdtemp(prefix="said-", dir=here.desk))
    code = _order(here, arguments, goes_on=False, files=files)
    if code:
        raise RuntimeError(f"guildmark {' '.join(arguments)} ended with {code}: {(files / 'err').read_text()[-1500:]}")
    return (files / "out").read_text()


@contextmanager
def served(here: Ground, *, servers: int = 1, worker: bool = False) -> Iterator[Site]:
    """The installation served at its port and further ones; with a worker beside."""
    site = Site(here)
    try:
        for port in (here.port, *(free_port() for _ in range(servers - 1))):
            site.serve(port)
        if worker:
            site.work()
        site.wait()
        yield site
    finally:
        site.end()


def family(pid: int) -> list[int]:
    """A process and all that come from it, at this moment."""
    found = [pid]
    for one in found:
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            with suppress(OSError):
                found += [int(child) for child in task.read_text().split()]
    return found


def is_alive(pid: int) -> bool:
    """Whether it runs; one that is dead and was not reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
