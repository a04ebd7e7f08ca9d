"""Real workers on PostgreSQL, killed between every pair of numbered steps: nothing is lost, nothing happens twice."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from issuer.jobs.bulk_work import BulkStep
from issuer.signing import Step
from tests.journeys.chaos import at_last, bulk_worker, check, forked, ground, storm
from tests.postgres import server_binaries

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

ISSUING = (Step.READ, Step.ALLOCATE, Step.PREPARE, Step.SIGN, Step.VERIFY, Step.STORE, Step.DONE)
STEPS = [BulkStep.CLAIM, BulkStep.DO, *(f"issue {step.value}" for step in ISSUING), BulkStep.RECORD, BulkStep.END]


def test_two_workers_of_which_one_is_killed_before_each_step(tmp_path: Path) -> None:
    if server_binaries() is None:
        pytest.skip("no PostgreSQL server programs on this machine (Debian: postgresql)")
    with ground(tmp_path) as here:
        for step in STEPS:
            here.begin(2)
            dying = forked(bulk_worker(here, dies_at=str(step)))
            assert os.WTERMSIG(os.waitpid(dying, 0)[1]) == signal.SIGKILL, step
            living = forked(bulk_worker(here))
            assert os.waitpid(living, 0)[1] == 0, step
        here.begin(6)
        killed = storm(here, minutes=0.03, seed=7)
        assert killed >= 1
        at_last(here)
        numbers = check(here)
    assert numbers["issued"] >= 2 * len(STEPS) + 6
