"""`python -m tests.bench [LINE…]`: measure, print the table, write build/bench.json.

    QUICK=1  less than a minute: short turns, and rows that take longer are left out
    FULL=1   also what takes very long: a million credentials
    LINE…    only these lines of the table (1 to 11)

Exit status: 0, also if a target was missed; 1 if a bench did not run to its end.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.bench import node
from tests.bench.harness import Bench, Row, Verdict, left_columns, stay_on_one_core
from tests.bench.lines import LINES

PROJECT = Path(__file__).resolve().parents[2]
RESULT = PROJECT / "build" / "bench.json"
_PACKAGES = ("PyLD", "PyNaCl", "cryptography", "openbadges-bakery", "qrcode", "sqlalchemy", "uvicorn")


def machine(core: int | None) -> dict[str, Any]:
    """On what it was measured, and how busy that was."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "core": core,
        "load at start": [round(load, 2) for load in os.getloadavg()],
        "Python": platform.python_version(),
        **node.versions(),
        **{name: importlib.metadata.version(name) for name in _PACKAGES},
        "commit": _commit(),
        "at": time.strftime("%Y-%m-%d %H:%M %Z"),
    }


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


def _commit() -> str:
    """The checkout's commit, and whether files were changed since."""
    try:
        head = _git("rev-parse", "--short", "HEAD")
        return f"{head} with changes" if _git("status", "--porcelain") else head
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=PROJECT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def measure(bench: Bench, wanted: Sequence[int]) -> list[Row]:
    """The rows of these lines, in the table's order. What breaks a bench becomes its row: the others go on."""
    found: list[Row] = []
    for line in LINES:
        if wanted and line.number not in wanted:
            continue
        begun = time.monotonic()
        _say(f"{line.number:>2}  {line.what} …")
        try:
            found += line.rows(bench)
        except Exception as error:  # noqa: BLE001  (whatever it is, it is told, and the others are measured)
            words = f"{type(error).__name__}: {error}".splitlines()[0][:160]
            found.append(Row(line.number, line.what, "", "", words, Verdict.BROKEN))
        _say(f"    {time.monotonic() - begun:.0f} s")
    return found


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def main(arguments: Sequence[str]) -> int:
    """See the module."""
    wanted = [int(argument) for argument in arguments]
    core = stay_on_one_core()
    bench = Bench(quick=os.environ.get("QUICK", "") not in ("", "0"), full=os.environ.get("FULL", "") not in ("", "0"))
    begun = time.monotonic()
    told = machine(core)
    try:
        rows = measure(bench, wanted)
    finally:
        bench.close()
    seconds = round(time.monotonic() - begun)
    told["method"] = f"medians of {bench.rounds} turns of {bench.turn} s each, after {bench.warm_up} s to warm up"
    told["seconds"] = seconds
    RESULT.parent.mkdir(exist_ok=True)
    result = {"machine": told, "quick": bench.quick, "full": bench.full, "rows": [vars_of(row) for row in rows]}
    RESULT.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")
    print("\n".join(left_columns(rows)))  # noqa: T201
    print("\n" + "; ".join(f"{name} {value}" for name, value in told.items()))  # noqa: T201
    return 1 if any(row.verdict is Verdict.BROKEN for row in rows) else 0


def vars_of(row: Row) -> dict[str, Any]:
    """A row as JSON."""
    return {
        "line": row.line,
        "what": row.what,
        "must": row.must,
        "aim": row.aim,
        "measured": row.measured,
        "verdict": row.verdict.value,
        "figures": row.figures,
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
