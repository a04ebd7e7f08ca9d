"""Line 5: a list of awards issued in the background on PostgreSQL, by one worker and by two.

The line asks for an idle machine, and for cores for both workers and the database. The wall says what two workers gain
here and now; the processor time that a worker takes for each credential says what the database's locks cost it, and
that does not depend on who else is busy.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random

from issuer.jobs.bulk_issue import issue_in_background
from portal.service import open_service
from portal.settings import load_settings
from tests.bench.badges import NOW, award
from tests.bench.harness import Bench, Goal, Row, judged, left_out, told
from tests.bench.house import ISSUER, PROJECT, found
from tests.postgres import PostgresServer, running_server, server_binaries

LINE = 5
_GOAL = Goal(1.7, None, "{:.2f} ×")
_WHAT = "PostgreSQL: two workers, × one"


def rows(bench: Bench) -> Iterator[Row]:
    """One worker, then two, each on a new database with the same list."""
    binaries = server_binaries()
    if binaries is None or bench.quick:
        why = "takes longer: run without QUICK=1" if binaries else "no PostgreSQL server is installed here"
        yield left_out(LINE, _WHAT, _GOAL, why)
        return
    count = 100_000 if bench.full else 10_000
    before = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    if before is not None:
        os.sched_setaffinity(0, range(os.cpu_count() or 1))  # two workers and a server do not share one core
    try:
        with running_server(binaries) as server:
            one, two = (_issued(server, workers, count) for workers in (1, 2))
    finally:
        if before is not None:
            os.sched_setaffinity(0, before)
    cores, load = os.cpu_count() or 1, os.getloadavg()[0]
    rates = f"{one['rate']:,.0f} and {two['rate']:,.0f}/s on the wall"
    measured = f"{rates}; {cores} cores for workers and server, load {load:.1f}"
    yield judged(LINE, _WHAT, _GOAL, two["rate"] / one["rate"], measured, one=one["rate"], two=two["rate"])
    words = f"{one['cpu']:,.0f} µs with one worker, {two['cpu']:,.0f} µs with two"
    yield told(LINE, "a worker's processor time for each", words, one_us=one["cpu"], two_us=two["cpu"])


def _issued(server: PostgresServer, workers: int, count: int) -> dict[str, float]:
    """Credentials a second on the wall, from the start of the workers to the end of the last; µs of theirs for each."""
    with tempfile.TemporaryDirectory(prefix="guildmark-bench-") as folder:
        home = Path(folder) / "home"
        found(home, database_url=server.create(f"bench_{workers}"))
        _begin(home, count)
        running = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.bench.worker_child", str(home)],
                cwd=PROJECT,
                env={**os.environ, "PYTHONPATH": str(PROJECT)},
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(workers)
        ]
        answers = [json.loads(process.communicate()[0]) for process in running]
    assert sum(answer["done"] for answer in answers) == count, answers
    seconds = max(answer["ended"] for answer in answers) - min(answer["begun"] for answer in answers)
    return {"rate": count / seconds, "cpu": 1e6 * sum(answer["cpu"] for answer in answers) / count}


def _begin(home: Path, count: int) -> None:
    service = open_service(load_settings(home, {}), lambda: NOW)
    try:
        issue_in_background(
            service.database,
            issuer=ISSUER,
            requests=[award(number) for number in range(count)],
            actor="bench",
            now=NOW,
            randomness=Random(5).randbytes,  # noqa: S311
        )
    finally:
        service.close()
