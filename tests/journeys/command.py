"""Commands of ours as a user runs them, each in a process of its own (see `tests.journeys.forked`)."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from threading import Lock
from typing import Any

from tests.conftest import PROJECT


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
    """The process from which commands are forked; it is started with the first of them."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process: subprocess.Popen[str] | None = None

    def order(self, **members: object) -> Any:
        """What it answers to an order."""
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
            self._process.stdin.write(json.dumps(members) + "\n")
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        """End the process, and with it what goes on."""
        if self._process is not None:
            self._process.communicate(timeout=60)
            self._process = None


forks = _Forks()


def _environment() -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GUILDMARK_")}
    return environment | {"PYTHONPATH": str(PROJECT), "COLUMNS": "140", "NO_COLOR": "1"}


def _orders(files: Path, arguments: tuple[str, ...], module: str, cwd: Path | None, stdin: str) -> Mapping[str, object]:
    for name, content in (("in", stdin), ("out", ""), ("err", "")):
        (files / name).write_text(content, encoding="utf-8")
    return {
        "arguments": arguments,
        "module": module,
        "cwd": str(cwd or PROJECT),
        "environment": _environment(),
        "files": str(files),
    }


def run(*arguments: str, module: str = "portal", cwd: Path | None = None, stdin: str | None = None) -> Ran:
    """Run a command of ours as a user would, in a process of its own; none may ever show a traceback."""
    with TemporaryDirectory() as folder:
        files = Path(folder)
        code = forks.order(**_orders(files, arguments, module, cwd, stdin or ""), goes_on=False)
        out, err = ((files / name).read_text(encoding="utf-8") for name in ("out", "err"))
    assert "Traceback" not in err + out, err
    return Ran(code, out, err)


class GoingOn:
    """A command that does not end by itself: a server."""

    def __init__(self, *arguments: str, folder: Path) -> None:
        self._files = Path(mkdtemp(dir=folder, prefix="going-on-"))
        self._process: int = forks.order(**_orders(self._files, arguments, "portal", None, ""), goes_on=True)

    @property
    def ended(self) -> bool:
        """Whether it has ended although nobody stopped it."""
        return forks.order(ended=self._process, wait=False) is not None

    @property
    def said(self) -> str:
        """What it wrote to standard error."""
        return (self._files / "err").read_text(encoding="utf-8")

    def stop(self) -> None:
        """End it as Ctrl-C does."""
        os.kill(self._process, signal.SIGINT)
        code = forks.order(ended=self._process, wait=True)
        assert code in (0, -signal.SIGINT, 128 + signal.SIGINT), f"the server ended with {code}: {self.said[-2000:]}"
