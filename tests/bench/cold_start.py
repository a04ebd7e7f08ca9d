"""Line 11: `guildmark verify FILE` in a process of its own, from its start to its end.

Byte code is there, as pip writes it when it installs a wheel: here it is in a directory of the bench's own, since the
environment may forbid to write it beside the modules. What a start without it takes is told as well.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from credentials.prepared import prepare
from credentials.proofs import data_integrity
from keys import multikey
from tests.bench.badges import Workshop
from tests.bench.harness import Bench, Goal, Row, judged, told
from tests.bench.house import PROJECT

LINE = 11
_GOAL = Goal(0.4, 0.2, "{:.2f} s", more_is_better=False)


def badge_that_needs_nobody(shop: Workshop) -> bytes:
    """A badge of a did:key and without a status, so that verifying it fetches nothing."""
    document = shop.document(1)
    key = multikey.encode(shop.signer.public_key)
    document["issuer"] = {**document["issuer"], "id": f"did:key:{key}"}
    del document["credentialStatus"]
    created = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    method = f"did:key:{key}#{key}"
    return data_integrity.add_proof(prepare(document), shop.signer, verification_method=method, created=created).body


def rows(bench: Bench) -> Iterator[Row]:
    """The command, and for comparison Python alone and Python with what every start imports."""
    with tempfile.TemporaryDirectory(prefix="guildmark-bench-") as folder:
        badge = Path(folder) / "badge.json"
        badge.write_bytes(badge_that_needs_nobody(bench.workshop))
        verify = [sys.executable, "-m", "portal", "verify", str(badge)]
        installed = _environment(Path(folder) / "byte-code")
        ways = {
            "guildmark verify": (verify, installed),
            "python -m verifier": ([sys.executable, "-m", "verifier", str(badge)], installed),
            "Python alone": ([sys.executable, "-c", "pass"], installed),
        }
        if not bench.quick:
            none = {**_environment(Path(folder) / "none"), "PYTHONDONTWRITEBYTECODE": "1"}
            ways |= {
                "without byte code": (verify, none),
                "guildmark --help": ([sys.executable, "-m", "portal", "--help"], installed),
            }
        said = subprocess.run(verify, cwd=folder, env=installed, capture_output=True, text=True, check=False)
        assert said.stdout.startswith("VALID"), said.stdout + said.stderr
        for command, environment in ways.values():  # whose byte code is written now
            _seconds(command, folder, environment)
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        for _ in range(bench.rounds):
            for name, (command, environment) in ways.items():
                taken[name].append(_seconds(command, folder, environment))
    cpu = {name: statistics.median(one[0] for one in pairs) for name, pairs in taken.items()}
    wall = statistics.median(one[1] for one in taken["guildmark verify"])
    measured = f"processor time; on the wall {wall:.2f} s"
    yield judged(LINE, "cold start of guildmark verify", _GOAL, cpu["guildmark verify"], measured)
    words = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in cpu.items() if name != "guildmark verify")
    yield told(LINE, "for comparison", words, **cpu)


def _seconds(command: list[str], folder: str, environment: dict[str, str]) -> tuple[float, float]:
    """Processor time and time on the wall of a command that must end well."""
    begun = time.monotonic()
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
    return used.ru_utime + used.ru_stime, time.monotonic() - begun


def _environment(byte_code: Path) -> dict[str, str]:
    """As a shell has it, with this checkout's modules and a place for their byte code."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": str(PROJECT), "PYTHONPYCACHEPREFIX": str(byte_code)}
