"""A company at work: an installation made, filled and served by the command line, in processes of its own."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from tests.conftest import PROJECT
from tests.journeys.command import GoingOn, Ran, run

if TYPE_CHECKING:
    from playwright.sync_api import Browser

EXAMPLES = PROJECT / "examples"
READY_WITHIN = 120
"""Seconds for a server to start: one, on a machine with nothing else to do."""
_PEOPLE = count()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; one for each module, since Playwright's loop must not outlive it."""
    from tests.journeys.browser import chromium

    with chromium() as found:
        yield found


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
    server: GoingOn | None = field(default=None)

    @property
    def base_url(self) -> str:
        """The address that everything it issues names."""
        return f"http://localhost:{self.port}"

    def command(self, *arguments: str) -> Ran:
        """Run `guildmark` on this installation."""
        return run(*arguments, "--home", str(self.home))

    def issue_one(self, name: str, level: str, *more: str) -> dict[str, Any]:
        """Issue one award to somebody new; what `issue --json` says of it."""
        email = f"person{next(_PEOPLE)}@brightmoor.example"
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
        # verify: there is no TLS here, and reading the world's certificates takes longer than most answers
        return httpx2.get(f"{self.base_url}{path}", headers={"Accept": accept}, timeout=60, verify=False)

    def start(self) -> None:
        """Start the server and wait until it is ready."""
        self.server = GoingOn("serve", "--home", str(self.home), "--port", str(self.port), folder=self.home.parent)
        deadline = time.monotonic() + READY_WITHIN
        while time.monotonic() < deadline and not self.server.ended:
            try:
                if self.get("/readyz").status_code == 200:
                    return
            except httpx2.HTTPError:
                pass
            time.sleep(0.05)
        raise AssertionError(f"the server did not become ready: {self.server.said[-2000:]}")

    def stop(self) -> None:
        """Stop the server as Ctrl-C does."""
        if self.server is not None:
            server, self.server = self.server, None
            server.stop()

    @contextmanager
    def closed(self) -> Iterator[None]:
        """For the time of the block there is no server."""
        self.stop()
        try:
            yield
        finally:
            self.start()


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


@pytest.fixture(scope="session")
def brightmoor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """One company for all journeys: making one takes longer than most. Each journey issues its own credentials."""
    with company(tmp_path_factory.mktemp("company")) as made:
        yield made
