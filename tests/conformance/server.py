"""A started conformance server, and how it is asked: plain HTTP, as a public test suite does."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

SECONDS_TO_START = 30


@dataclass(frozen=True)
class Answer:
    """Status, media type, and what was said."""

    status: int
    media_type: str
    said: Any

    @property
    def problem_types(self) -> frozenset[str]:
        """The types of all problems, by the word that the standards end them with."""
        found = [*self.said.get("problemDetails", []), *self.said.get("errors", [])]
        return frozenset(str(problem["type"]).rpartition("#")[2] for problem in found)


@dataclass(frozen=True)
class Server:
    """One that listens at a port of this machine."""

    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str) -> Answer:
        """GET of a path, or of an address of this server."""
        return self._ask("GET", path.removeprefix(self.url), None)

    def post(self, path: str, body: Any) -> Answer:
        """POST of a JSON value."""
        return self._ask("POST", path, json.dumps(body).encode())

    def _ask(self, method: str, path: str, body: bytes | None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json", "Accept": "application/json"})
            answer = connection.getresponse()
            data = answer.read()
            return Answer(answer.status, answer.headers.get_content_type(), json.loads(data) if data else None)
        finally:
            connection.close()


@contextmanager
def started() -> Iterator[Server]:
    """`guildmark serve --conformance`, as its user starts it, until the end of the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        server = Server(free.getsockname()[1])
    command = [sys.executable, "-m", "portal", "serve", "--conformance", "--port", str(server.port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _await(server, process)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=15)


def _await(server: Server, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < until and process.poll() is None:
        try:
            if server.get("/").status == 200:
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"the conformance server did not begin to answer within {SECONDS_TO_START} s")
