"""`make chaos QUICK=1`: every kind of fault once, and the figures are there."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.chaos.auditor.findings import Kind
from tests.chaos.results import Result, summary
from tests.conftest import PROJECT


def test_what_is_missed_is_no_success() -> None:
    good, bad = Result("good", kills=300, acknowledged=7), Result("bad", kills=200)
    assert summary([good, bad], kills=500)[1]
    assert not summary([good, bad], kills=501)[1]
    bad.violations[Kind.LOST] += 1
    lines, well = summary([good, bad], kills=500)
    assert not well
    assert "kills               500" in lines
    assert "lost                1" in lines
    assert bad.line().startswith("BAD")
    good.require(False, "too slow")
    assert not summary([good], kills=300)[1]


@pytest.mark.slow
@pytest.mark.postgres
def test_every_kind_of_fault_once() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.chaos"],
        env={**os.environ, "QUICK": "1"},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert "violations          0" in done.stdout
