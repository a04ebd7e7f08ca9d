"""A batch of 100,000 is killed again and again; how long it takes until the next worker has got on with it."""

from __future__ import annotations

import os
import random
import signal
import time
from uuid import uuid4

from issuer.jobs.bulk_issue import issue_in_background
from portal.worker import working
from tests.chaos.auditor.auditing import audit
from tests.chaos.auditor.reading import reading
from tests.chaos.ground import Ground, request_of, somewhere
from tests.chaos.over_http import audited
from tests.chaos.results import Result
from tests.chaos.serving import start
from tests.chaos.storm import forked
from tests.journeys.command import forks

_RESUMED = 2.0
_SAMPLE = 500


def batch_killed(size: int, times: int, *, postgres: bool, seconds: float) -> Result:
    """Resumed: credentials are issued again (committed, not only begun). Every tenth worker is a `guildmark worker`
    that was just started; it is told apart how long that takes with its start.

    In the end two workers finish it, for at most so many seconds; what is not finished then is counted, and not lost.
    """
    result = Result(f"a batch of {size:,} killed at {times} instants, {'PostgreSQL' if postgres else 'SQLite'}")
    waits, commands, chance = [], [], random.Random(1)  # noqa: S311
    with somewhere(postgres=postgres) as here:
        service = here.service()
        begun = time.monotonic()
        issue_in_background(
            service.database,
            issuer=None,
            requests=[request_of(uuid4().hex) for _ in range(size)],
            actor="t",
            now=service.clock(),
            randomness=os.urandom,
        )
        service.close()
        result.more["begun in"] = f"{time.monotonic() - begun:.0f} s"
        for number in range(times):
            own = number % 10 == 9
            before, begun = _issued(here), time.monotonic()
            child = start(here, "worker") if own else forked(lambda: _work(here))
            wait = _until_more(here, before, begun)
            (commands if own else waits).append(wait)
            time.sleep(chance.uniform(0, 0.3))
            os.kill(child, signal.SIGKILL)
            _ = forks.order(ended=child, wait=True) if own else os.waitpid(child, 0)
            result.kills += 1
        result.more["issued when killed last"] = _issued(here)
        children = [forked(lambda: _work(here)) for _ in range(2 if postgres else 1)]
        until = time.monotonic() + seconds
        while (done := _done(here)) < size and time.monotonic() < until:
            time.sleep(0.25)
        for child in children:
            os.kill(child, signal.SIGTERM if done == size else signal.SIGKILL)
            os.waitpid(child, 0)
        result.resume = max(waits)
        result.more["items done"] = f"{done} of {size}"
        result.more["with the start of `guildmark worker`"] = f"{max(commands, default=0):.2f} s"
        result.in_time(result.resume < _RESUMED, "it took longer than 2 s until it went on")
        if done == size:
            audited(here, result, sample=_SAMPLE)
            result.require(result.more["credentials"] == size + 1, "not one credential for each item")
        else:
            result.audited(audit(here.url, here.told(), at_rest=False, logged=False, sample=_SAMPLE))
    return result


def _work(here: Ground) -> int:
    """All that `guildmark worker` does, in a process that need not import it; silent."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    own = here.service()
    with working(own):
        while True:
            time.sleep(1)


def _until_more(here: Ground, before: int, begun: float) -> float:
    """Seconds until more is issued; 30 if nothing is."""
    while time.monotonic() - begun < 30:
        if _issued(here) > before:
            break
        time.sleep(0.02)
    return time.monotonic() - begun


def _issued(here: Ground) -> int:
    with reading(here.url) as reader:
        ((number,),) = reader.rows("SELECT count(*) FROM credentials WHERE state = 'issued'")
    return int(number)


def _done(here: Ground) -> int:
    with reading(here.url) as reader:
        ((number,),) = reader.rows("SELECT count(*) FROM bulk_items WHERE state = 'done'")
    return int(number)
