"""Digital Bazaar's libraries in a process of Node.js: installed from the lock file once, then driven line by line."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from credentials.instants import format_instant
from tests.bench.badges import NOW

FOLDER = Path(__file__).resolve().parent
LOCK_FILE = FOLDER / "package-lock.json"
INSTALLED = FOLDER / "node_modules"
TOLD = ("@digitalbazaar/vc", "@digitalbazaar/data-integrity", "@digitalbazaar/eddsa-rdfc-2022-cryptosuite", "jsonld",
        "rdf-canonize")  # fmt: skip
_INSTALL_SECONDS = 240


def install() -> None:
    """Exactly the locked packages. Raises RuntimeError with npm's words."""
    wanted = hashlib.sha256(LOCK_FILE.read_bytes()).hexdigest()
    stamp = INSTALLED / ".lock-sha256"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=_INSTALL_SECONDS, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"npm ci in {FOLDER} failed:\n{done.stdout}{done.stderr}")
    stamp.write_text(wanted)


def versions() -> dict[str, str]:
    """Node.js and the packages that do the work, as the lock file has them."""
    locked = json.loads(LOCK_FILE.read_text())["packages"]
    found = {name: str(locked[f"node_modules/{name}"]["version"]) for name in TOLD}
    try:
        node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        node = "not installed"
    return {"Node.js": node, **found}


class NodePeer:
    """A running `peer.mjs`. Raises RuntimeError with the peer's own sentence."""

    def __init__(self) -> None:
        install()
        self._process = subprocess.Popen(
            ["node", str(FOLDER / "peer.mjs")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def load(
        self,
        documents: Sequence[Mapping[str, Any]],
        signed: Sequence[bytes],
        *,
        key: Mapping[str, Any],
        addresses: Mapping[str, Any],
    ) -> None:
        """Badges unsigned and signed, the key to sign with, and what lies at the addresses that they name."""
        self._ask(
            "load",
            unsigned=[json.dumps(one) for one in documents],
            signed=[one.decode() for one in signed],
            documents=addresses,
            key=key,
            created=format_instant(NOW),
        )

    def run(self, work: str, times: int) -> float:
        """Do a work so many times; the seconds of processor time that the whole Node.js process took for it."""
        return float(self._ask("run", work=work, times=times)["seconds"])

    def result(self, work: str, text: str) -> Any:
        """What that work makes of one document."""
        return self._ask("result", work=work, text=text)

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=10)
        self._process.stdout.close()

    def _ask(self, command: str, **arguments: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"command": command, **arguments}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the peer ended during {command}")
        reply = json.loads(line)
        if "error" in reply:
            raise RuntimeError(f"{command}: {reply['error']}")
        return reply["answer"]
