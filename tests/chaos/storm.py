"""The storm: processes at work, killed at steps and at random instants, while all that they stand on fails."""

from __future__ import annotations

import ctypes
import os
import random
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from issuer.errors import IdempotencyConflict
from issuer.issue import issue, resume
from issuer.jobs.bulk_work import work_on_bulks
from issuer.log.growing import grow
from issuer.status_lists import ensure_fresh_lists
from portal.worker import Runner
from tests.chaos.auditor.auditing import audit, bits_of
from tests.chaos.auditor.findings import Findings, Told
from tests.chaos.auditor.reading import hexed, reading
from tests.chaos.ground import Ground, request_of
from tests.chaos.lives import LIVES, TOLERATED, Life, Reached, dying_at, issuing

_WEIGHTS = (5, 4, 3, 3, 1, 1)
AT_ONCE = 3
_RESTART_EVERY, _CUT_EVERY = 20.0, 3.0
_LONGEST = 2.5
"""Seconds after which a process is killed wherever it is."""


@dataclass
class Storm:
    """What happened: kills by place, faults by kind, what strangers saw meanwhile, and errors nobody may see."""

    kills: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    seen: Told = field(default_factory=Told)
    strange: list[str] = field(default_factory=list)


def forked(work: Callable[[], int]) -> int:
    """A process of its own; the id. It ends with the number that the work returns, 70 for what nobody foresaw."""
    child = os.fork()
    if child:
        return child
    code = 70
    try:
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: nobody outlives a harness that is killed
        code = work()
    except BaseException as error:  # noqa: BLE001  (a child must not become a second harness)
        print(f"{type(error).__module__}.{type(error).__name__}: {str(error)[:300]}", file=sys.stderr)  # noqa: T201
    finally:
        os._exit(code)


def _living(here: Ground, life: Life, reached: Reached, *, skew: timedelta, full: bool) -> Callable[[], int]:
    def work() -> int:
        service = here.service(skew)
        if full and here.kind == "SQLite":
            largest = max(path.stat().st_size for path in Path(here.home.parent).glob("guildmark.db*"))
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest + 65_536, resource.RLIM_INFINITY))
        while True:
            try:
                life(here, service, reached)
            except TOLERATED:
                if full:
                    return 3
                time.sleep(0.05)

    return work


def storm(here: Ground, *, kills: int, seconds: float, seed: int, going: Callable[[], bool] = lambda: False) -> Storm:
    """Kill until so many are dead and nothing else is going on, or the time is over."""
    chance = random.Random(seed)  # noqa: S311
    found = Storm()
    begun = time.monotonic()
    restarted = cut = begun
    alive: dict[int, tuple[str, float]] = {}
    while (found.kills.total() < kills or going()) and time.monotonic() - begun < seconds:
        while len(alive) < AT_ONCE:
            alive.update([_begin(here, chance, found)])
        time.sleep(0.01)
        _reap(alive, found)
        now = time.monotonic()
        if here.server is not None and now - restarted > _RESTART_EVERY:
            here.server.die_and_return()
            found.faults["database killed"] += 1
            restarted = now
        if here.cutter is not None and now - cut > _CUT_EVERY:
            before = here.cutter.cuts
            here.cutter.cut()
            found.faults["connections cut"] += here.cutter.cuts - before
            cut = now
            look(here, found.seen)
    for one in alive:
        os.kill(one, signal.SIGKILL)
        os.waitpid(one, 0)
    return found


def _begin(here: Ground, chance: random.Random, found: Storm) -> tuple[int, tuple[str, float]]:
    ((life, steps),) = chance.choices(LIVES, _WEIGHTS)
    step = chance.choice((*steps, None))
    full = step is None and here.kind == "SQLite" and chance.random() < 0.5
    skew = timedelta(seconds=chance.choice((0, 0, chance.uniform(-3600, 3600))))
    found.faults["clocks skewed"] += bool(skew)
    found.faults["disks full"] += full
    child = forked(_living(here, life, dying_at(step, chance.choice((1, 2, 3, 5))), skew=skew, full=full))
    patience = _LONGEST if step is not None or full else chance.uniform(0.05, 1.5)
    return child, (f"{life.__name__}, {step or 'any instant'}", time.monotonic() + patience)


def _reap(alive: dict[int, tuple[str, float]], found: Storm) -> None:
    for one, (where, end) in list(alive.items()):
        if time.monotonic() > end:
            os.kill(one, signal.SIGKILL)
        child, status = os.waitpid(one, os.WNOHANG)
        if not child:
            continue
        del alive[one]
        if os.WIFSIGNALED(status):
            found.kills[where] += 1
        elif os.WEXITSTATUS(status) == 70:
            found.strange.append(where)


def look(here: Ground, seen: Told) -> None:
    """What a stranger sees of lists and the log now is remembered."""
    with reading(here.url) as reader:
        for identifier, edition, body in reader.rows("SELECT id, edition, body FROM status_lists"):
            if body is not None:
                editions = seen.lists.setdefault(hexed(identifier), [])
                if not editions or editions[-1][0] != edition:
                    editions.append((edition, bits_of(bytes(body))))
        seen.checkpoints += [(row[0], bytes(row[1])) for row in reader.rows("SELECT size, root FROM log")]


def settle(here: Ground) -> int:
    """One who lives: every request is repeated, what was left is finished; how many keys were refused another body."""
    refused = 0
    for wait in (timedelta(), timedelta(hours=2)):
        service = here.service(wait)
        db, keyring, now = service.database, service.keyring, service.clock()
        assert keyring is not None
        for one in here.notes("asked"):
            if not {note["key"] for note in here.notes("issued")}.issuperset(one["keys"]):
                issuing(here, service, dying_at(None))
        work_on_bulks(Runner(service)._parts())
        resume(db, keyring, actor="t", now=now)
        with reading(here.url) as reader:
            lists = [UUID(hexed(row[0])) for row in reader.rows("SELECT id FROM status_lists")]
        ensure_fresh_lists(db, keyring, now, lists)
        grow(db, keyring, now=now, randomness=os.urandom)
        service.close()
    service = here.service()
    assert service.keyring is not None
    for one in here.notes("asked")[:20]:
        try:
            issue(service.database, service.keyring, issuer=None,
                  requests=[request_of(one["keys"][0], "Somebody else")], actor="t", now=service.clock(),
                  randomness=os.urandom)  # fmt: skip
        except IdempotencyConflict:
            refused += 1
    assert refused == len(here.notes("asked")[:20]), "a key was taken for another body"
    service.close()
    return refused


def judge(here: Ground, found: Storm) -> Findings:
    """The audit of all that, against what was told and seen."""
    told = here.told()
    told.awards = {one["award"]: one["id"] for one in here.notes("issued")}
    told.lists, told.checkpoints = found.seen.lists, found.seen.checkpoints
    return audit(here.url, told)
