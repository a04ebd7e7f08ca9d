"""Line 11: `guildmark verify FILE` in a process of its own, from its start to its end."""

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
        ways = {
            "guildmark verify": [sys.executable, "-m", "portal", "verify", str(badge)],
            "python -m verifier": [sys.executable, "-m", "verifier", str(badge)],
            "Python alone": [sys.executable, "-c", "pass"],
        }
        said = subprocess.run(
            ways["guildmark verify"], cwd=folder, env=_environment(), capture_output=True, text=True, check=False
        )
        assert said.stdout.startswith("VALID"), said.stdout + said.stderr
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        for _ in range(bench.rounds):
            for name, command in ways.items():
                taken[name].append(_seconds(command, folder))
    cpu = {name: statistics.median(one[0] for one in pairs) for name, pairs in taken.items()}
    wall = {name: statistics.median(one[1] for one in pairs) for name, pairs in taken.items()}
    measured = f"processor time; on the wall {wall['guildmark verify']:.2f} s"
    yield judged(LINE, "cold start of guildmark verify", _GOAL, cpu["guildmark verify"], measured)
    words = f"python -m verifier {cpu['python -m verifier']:.2f} s, Python alone {cpu['Python alone']:.2f} s"
    yield told(LINE, "for comparison", words, **cpu)


def _seconds(command: list[str], folder: str) -> tuple[float, float]:
    """Processor time and time on the wall of a command that must end well."""
    begun = time.monotonic()
    process = subprocess.Popen(
        command, cwd=folder, env=_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
    return used.ru_utime + used.ru_stime, time.monotonic() - begun


def _environment() -> dict[str, str]:
    """As a shell has it, with this checkout's modules."""
    return {**os.environ, "PYTHONPATH": str(PROJECT)}
