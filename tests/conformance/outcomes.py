"""What became of each test of a run, as a pytest plugin collects it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.conformance.catalogue import JUDGES, Judge
from tests.conformance.clauses import Clause, clause_of


@dataclass
class Outcome:
    """`result` is passed, failed or skipped; `why` the last line of what was wrong, or the reason of a skip."""

    judge: Judge
    name: str
    clause: Clause | None
    result: str = ""
    why: str = ""

    @property
    def standard(self) -> str:
        """That of the clause, or of the file."""
        return self.clause.standard if self.clause is not None else self.judge.standard


class Outcomes:
    """The plugin. A test counts once, as failed if any part of it failed."""

    def __init__(self) -> None:
        self._found: dict[str, Outcome] = {}

    @property
    def all(self) -> list[Outcome]:
        """Those that were run, in their order."""
        return [one for one in self._found.values() if one.result]

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """What each test stands for."""
        for item in items:
            judge = _judge_of(item.nodeid)
            if judge is not None:
                self._found[item.nodeid] = Outcome(judge, item.nodeid.partition("::")[2], clause_of(item))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Called for setup, call and teardown of each test."""
        one = self._found.get(report.nodeid)
        if one is None or one.result == "failed" or (report.when != "call" and report.outcome == "passed"):
            return
        one.result = report.outcome
        if report.failed:
            lines = [line[1:].strip() for line in str(report.longreprtext).splitlines() if line.startswith("E ")]
            one.why = (lines or ["it ended with an error"])[0][:200]
        elif report.skipped and isinstance(report.longrepr, tuple):
            one.why = str(report.longrepr[2])[:200]


def _judge_of(nodeid: str) -> Judge | None:
    path, _, name = nodeid.partition("::")
    return next((one for one in JUDGES if one.path == path and one.named in name), None)
