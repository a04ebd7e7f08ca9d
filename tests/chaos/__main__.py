"""python -m tests.chaos: every figure that ADR 0046 names, a line for each, and their sum; 1 if one is missed.

MINUTES: for the storms, together. KILLS: so many at least, in all. QUICK=1: a minute of all that
needs no long time, in which nothing is missed for being late.
ONLY: scenarios whose names hold this. SEED: of the storms.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Callable, Iterator

from tests.chaos.answers_lost import answers_lost
from tests.chaos.batch import batch_killed
from tests.chaos.disks import disk_full
from tests.chaos.ground import somewhere
from tests.chaos.over_http import databases_killed, rotated_and_revoked, servers_killed
from tests.chaos.parents import parents_killed
from tests.chaos.restoring import restored
from tests.chaos.results import Result, summary
from tests.chaos.scenarios import slots_taken
from tests.chaos.storm import judge, settle, storm
from tests.journeys.command import forks

_ELSEWHERE = 302
"""Kills of the scenarios; the storms bring what is missing."""
Scenario = tuple[str, Callable[[], Result | list[Result]]]


def scenarios(*, quick: bool) -> Iterator[Scenario]:
    """All but the storms, by a short name."""
    yield "slots", slots_taken
    yield "rotation", lambda: rotated_and_revoked(12 if quick else 31)
    yield "database", lambda: databases_killed(1 if quick else 3, 8 if quick else 20)
    for postgres in (True, False) if not quick else (True,):
        yield "servers", lambda postgres=postgres: servers_killed(3 if quick else 10, postgres=postgres)
        yield "answers", lambda postgres=postgres: answers_lost(10 if quick else 40, postgres=postgres)
        yield "disk", lambda postgres=postgres: disk_full(1 if quick else 2, postgres=postgres)
        yield "restore", lambda postgres=postgres: restored(9 if quick else 30, postgres=postgres)
    yield "parent", parents_killed
    if quick:
        yield "batch", lambda: batch_killed(2_000, 10, postgres=True, seconds=30)
        return
    yield "batch", lambda: batch_killed(100_000, 200, postgres=True, seconds=240)
    yield "batch", lambda: batch_killed(5_000, 20, postgres=False, seconds=60)


def stormed(*, postgres: bool, kills: int, seconds: float, seed: int) -> Result:
    """Processes killed at every step and at any instant, while all that they stand on fails."""
    result = Result(f"a storm with seed {seed}, {'PostgreSQL' if postgres else 'SQLite'}")
    with somewhere(postgres=postgres) as here:
        found = storm(here, kills=kills, seconds=seconds, seed=seed)
        refused = settle(here)
        result.audited(judge(here, found))
        result.kills, result.acknowledged = found.kills.total(), len(here.notes("issued"))
        result.more |= {"places of kills": len(found.kills), **found.faults, "other bodies refused": refused}
        result.more |= {name: len(here.notes(name)) for name in ("renewed", "revoked", "rotated", "logged", "bulks")}
        result.missed += [f"unforeseen: {one}" for one in found.strange]
    return result


def main() -> int:
    """Print a line for each; the exit code."""
    minutes, kills = float(os.environ.get("MINUTES") or 10), int(os.environ.get("KILLS") or 500)
    quick, only = bool(os.environ.get("QUICK")), os.environ.get("ONLY", "")
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(10_000))
    kills, minutes = (30, 1.0) if quick else (kills, minutes)
    begun = time.monotonic()
    results: list[Result] = []

    def tell(name: str, found: Callable[[], Result | list[Result]]) -> None:
        if only not in name:
            return
        since = time.monotonic()
        try:
            made = found()
        except Exception as error:  # noqa: BLE001  (the others are wanted too)
            made = Result(name, missed=[f"it came to nothing: {type(error).__name__}: {str(error)[-1500:]}"])
        for one in made if isinstance(made, list) else [made]:
            results.append(one)
            say(f"{one.line()} [{time.monotonic() - since:.0f} s]")
            for words in one.missed:
                say(f"     ! {words[:1500]}")

    share = 10 if quick else -(-max(kills - _ELSEWHERE, kills // 3) // 2)
    for postgres in (True, False):
        tell(
            "storm",
            lambda postgres=postgres: stormed(postgres=postgres, kills=share, seconds=30 * minutes, seed=seed),  # type: ignore[misc]
        )
    for name, found in scenarios(quick=quick):
        tell(name, found)
    forks.close()
    lines, good = summary(results, kills=0 if only else kills)
    say(f"--- {time.monotonic() - begun:.0f} s")
    for line in lines:
        say(line)
    return 0 if good and results else 1


def say(words: str) -> None:
    """A line."""
    print(words, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
