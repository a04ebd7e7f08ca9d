"""The rule that `make test` stays quick: a plugin of `tests/conftest.py`, by itself so that it can be tried by itself.

What is measured is the processor, not the clock: a machine that is busy with something else makes no test dear.
"""

from __future__ import annotations

import os
import time
from collections.abc import Generator, Iterable

import pytest

SECONDS = float(os.environ.get("FRUGAL_SECONDS", "10"))
"""Of the processor, by the process that runs the test. Those that may take two take four on a slow machine."""
ELSEWHERE = frozenset({"slow", "peer", "browser"})
"""Marks of what `make test` does not run, or cannot have for less."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Note what the test itself took; what a fixture makes for many is no debt of the first of them."""
    begun = time.process_time()
    try:
        return (yield)
    finally:
        item.user_properties.append(("processor", time.process_time() - begun))


def dear(reports: Iterable[pytest.TestReport]) -> list[str]:
    """A line for each test that took more than it may."""
    found = []
    for report in reports:
        took = float(dict(report.user_properties).get("processor", 0))  # type: ignore[arg-type]
        if took > SECONDS and not ELSEWHERE & set(report.keywords):
            found.append(f"{took:.1f} s of the processor: {report.nodeid}")
    return found


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Under CI=true a test that is dear and not marked `slow` is a failure."""
    if os.environ.get("CI") != "true" or hasattr(session.config, "workerinput"):
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    found = dear(report for report in (reporter.stats.get("passed", ()) if reporter else ()))
    if reporter and found and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        reporter.write_line(
            f"\nCI: more than {SECONDS:g} s: make these tests frugal, or mark them slow (CONTRIBUTING.md)", red=True
        )
        for line in found:
            reporter.write_line(line, red=True)
