"""Installs the Node.js peers once and talks to them: one line of JSON out, one line back."""

from __future__ import annotations

import fcntl
import hashlib
import json
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

FOLDER = Path(__file__).resolve().parent
LOCK_FILE = FOLDER / "package-lock.json"
INSTALLED = FOLDER / "node_modules"
INSTALL_SECONDS = 240
ANSWER_SECONDS = 60


class PeerRefused(Exception):  # noqa: N818  (a verdict of the peer, not an error of ours)
    """The peer answered a request with an error instead of a result."""


def install() -> None:
    """Exactly the locked packages in node_modules; workers that run at once wait for the first."""
    wanted = hashlib.sha256(LOCK_FILE.read_bytes()).hexdigest()
    stamp = INSTALLED / ".lock-sha256"
    with (FOLDER / ".install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_text() == wanted:
            return
        done = subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
            cwd=FOLDER,
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"npm ci in {FOLDER} failed:\n{done.stdout}{done.stderr}")
        stamp.write_text(wanted)


class Peer:
    """A running peer.mjs. `documents` is the file that maps URLs and DIDs to local JSON files, if any."""

    def __init__(self, documents: Path | None = None) -> None:
        arguments = ["node", str(FOLDER / "peer.mjs"), *([str(documents)] if documents else [])]
        self._process = subprocess.Popen(
            arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=ANSWER_SECONDS)
        self._process.stdout.close()

    def accepts(self, credential: Mapping[str, Any], documents: Mapping[str, Any] | None = None) -> bool:
        """Whether the peer verifies a credential with an embedded proof; a revoked one it does."""
        return bool(self.ask("verify-credential", credential=credential, documents=documents or {})["verified"])

    def ask(self, command: str, **arguments: Any) -> Any:
        """The peer's answer. Raises PeerRefused with its sentence; a peer that hangs is stopped."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        watchdog = threading.Timer(ANSWER_SECONDS, self._process.kill)
        watchdog.start()
        try:
            self._process.stdin.write(json.dumps({"command": command, **arguments}) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        finally:
            watchdog.cancel()
        if not line:
            raise PeerRefused(f"the peer process ended or was stopped after {ANSWER_SECONDS} s during {command}")
        reply = json.loads(line)
        if "error" in reply:
            raise PeerRefused(reply["error"])
        return reply["answer"]
