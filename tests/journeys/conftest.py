"""A company at work: an installation made, filled and served by the command line, in processes of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any

import httpx2
import pytest

from tests.conftest import PROJECT

EXAMPLES = PROJECT / "examples"


@dataclass
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)


class _Forks:
    """The process from which commands are forked: see `tests.journeys.forked`."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process: subprocess.Popen[str] | None = None

    def run(self, order: dict[str, Any]) -> int:
        """The exit status of a command."""
        with self._lock:
            if self._process is None:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "tests.journeys.forked"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                    cwd=PROJECT,
                    env=_environment(),
                )
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            return int(self._process.stdout.readline())

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.communicate(timeout=30)
            self._process = None


_forks = _Forks()


@pytest.fixture(scope="session", autouse=True)
def forks_end() -> Iterator[None]:
    """What commands are forked from ends with the tests."""
    yield
    _forks.close()


def _environment() -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GUILDMARK_")}
    return environment | {"PYTHONPATH": str(PROJECT), "COLUMNS": "140", "NO_COLOR": "1"}


def run(*arguments: str, module: str = "portal", cwd: Path | None = None, stdin: str | None = None) -> Ran:
    """Run a command of ours as a user would, in a process of its own; none may ever show a traceback."""
    with TemporaryDirectory() as files:
        for name, content in (("in", stdin or ""), ("out", ""), ("err", "")):
            (Path(files) / name).write_text(content, encoding="utf-8")
        order = {
            "arguments": arguments,
            "module": module,
            "cwd": str(cwd or PROJECT),
            "environment": _environment(),
            "files": files,
        }
        code = _forks.run(order)
        out, err = ((Path(files) / name).read_text(encoding="utf-8") for name in ("out", "err"))
    assert "Traceback" not in err + out, err
    return Ran(code, out, err)


def free_port() -> int:
    """A port of the loopback interface that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Company:
    """An installation and its server."""

    home: Path
    port: int
    server: subprocess.Popen[bytes] | None = field(default=None)

    @property
    def base_url(self) -> str:
        """The address that everything it issues names."""
        return f"http://localhost:{self.port}"

    def command(self, *arguments: str) -> Ran:
        """Run `guildmark` on this installation."""
        return run(*arguments, "--home", str(self.home))

    def issue_one(self, name: str, level: str, *more: str) -> dict[str, Any]:
        """Issue one award; what `issue --json` says of it."""
        email = f"{abs(hash((name, level)))}@brightmoor.example"
        done = self.command(
            "issue", "--json", "--name", name, "--email", email, "--program", "first-aid", "--level", level, *more
        )
        assert done.code == 0, done.err
        return done.json["issued"][0]  # type: ignore[no-any-return]

    def stranger(self, *arguments: str) -> Ran:
        """Verify without the installation: `python -m verifier`, told only that this http address is meant."""
        return run(*arguments, "--allow-origin", self.base_url, module="verifier")

    def get(self, path: str, accept: str = "*/*") -> httpx2.Response:
        """A GET request to the server."""
        return httpx2.get(f"{self.base_url}{path}", headers={"Accept": accept}, timeout=20)

    def start(self) -> None:
        """Start the server and wait until it is ready."""
        environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
        self.server = subprocess.Popen(
            [sys.executable, "-m", "portal", "serve", "--home", str(self.home), "--port", str(self.port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                if self.get("/readyz").status_code == 200:
                    return
            except httpx2.HTTPError:
                time.sleep(0.1)
        raise AssertionError("the server did not become ready")

    def stop(self) -> None:
        """Stop the server as Ctrl-C does."""
        if self.server is not None:
            self.server.send_signal(signal.SIGINT)
            self.server.wait(15)
            self.server = None


PROGRAM = """\
program: first-aid
name: First aid at work
time_zone: Europe/Berlin
levels:
  - name: First aider
    criteria: Passed the two-day course and its practical test.
    validity: 24 months
    image: first-aider.svg
  - name: Instructor
    criteria: Taught ten courses.
    status: [revocation, suspension]
    image: first-aider.svg
"""


@contextmanager
def company(directory: Path, *, database_url: str | None = None) -> Iterator[Company]:
    """A company with a program of two levels, served until the end of the block; on SQLite unless told otherwise."""
    made = Company(directory / "home", free_port())
    database = ["--database-url", database_url] if database_url else []
    done = made.command("init", "--name", "Brightmoor Systems", "--base-url", made.base_url, *database)
    assert done.code == 0, done.err
    (directory / "program.yaml").write_text(PROGRAM, encoding="utf-8")
    (directory / "first-aider.svg").write_bytes((EXAMPLES / "badges" / "associate.svg").read_bytes())
    done = made.command("program", "apply", str(directory / "program.yaml"))
    assert done.code == 0, done.err
    made.start()
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def brightmoor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """One company for the journeys of a module; each journey issues its own credentials."""
    with company(tmp_path_factory.mktemp("company")) as made:
        yield made
