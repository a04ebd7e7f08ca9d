"""A worker that was killed is known to be dead at once: what he was at goes on without waiting for his lease."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from issuer.jobs import leases
from issuer.jobs.table import BULK
from portal.job_queue import open_queue, task
from portal.living import FOLDER, Life
from portal.worker import Runner, nudge
from tests.conftest import PROJECT
from tests.portal.conftest import House

CHILD = """
import sys, time
from pathlib import Path
from portal.living import Life
life = Life(Path(sys.argv[1]))
print(life.name, flush=True)
time.sleep(60)
"""
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LONG = timedelta(minutes=2)


def test_who_is_killed_is_gone_and_who_works_is_not(tmp_path: Path, house: House) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=PROJECT
    ) as child:
        assert child.stdout is not None
        holder = f"here:{child.pid}:{child.stdout.readline().strip()}:01234567"
        life = Life(tmp_path)
        mine = f"here:{os.getpid()}:{life.name}:89abcdef"
        assert leases.take(house.service.database, "bulk 1", holder=holder, now=NOW, length=LONG) is not None
        assert not life.is_gone(holder)
        assert not life.is_gone(mine)
        assert (
            leases.take(house.service.database, "bulk 1", holder=mine, now=NOW, length=LONG, gone=life.is_gone) is None
        )
        child.send_signal(signal.SIGKILL)
        child.wait()
    assert life.is_gone(holder)
    taken = leases.take(house.service.database, "bulk 1", holder=mine, now=NOW, length=LONG, gone=life.is_gone)
    assert taken is not None
    assert leases.take(house.service.database, "bulk 1", holder=holder, now=NOW, length=LONG, gone=life.is_gone) is None
    life.end()


def test_nothing_is_known_of_others(tmp_path: Path) -> None:
    life = Life(tmp_path)
    assert not life.is_gone("elsewhere:1:0123456789abcdef:01234567")
    assert not life.is_gone("done: 3 issued")
    assert life.name
    life.end()
    assert list((tmp_path / FOLDER).iterdir()) == []


def test_what_somebody_waits_for_comes_before_what_a_dead_worker_left(house: House) -> None:
    queue = open_queue(house.service)
    queue.flush()  # what other tests of this house left
    for name in ("lists", "elsewhere", BULK):
        nudge(house.service, name)
    task(queue, "job", Runner(house.service).run_on)
    assert [str(one.args[0]) for one in queue.pending()] == [BULK, "lists", "elsewhere"]
    queue.flush()
    queue.storage.close()
