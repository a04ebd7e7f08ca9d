"""`python -m tests.migrations_load`: every migration up, down and up again with ROWS rows, others at work meanwhile.

    ROWS=1000000  of each large table: credentials, people, awards, status entries, the trail, mails, the log

Prints a line for each step: how long it took, the longest that a statement of somebody else took meanwhile, and the
longest that it held a lock that keeps others out. Exits with 1 if somebody waited for more than a second.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime

from tests.migrations_load.running import LONGEST_S, Step, run


def main() -> int:
    """See the module."""
    rows = int(os.environ.get("ROWS") or 1_000_000)
    print(f"{rows:,} rows, {datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores")  # noqa: T201
    print(HEAD, flush=True)  # noqa: T201
    steps = []
    for step in run(rows):
        steps.append(step)
        print(line(step), flush=True)  # noqa: T201
    worst = max(steps, key=lambda step: step.longest)
    print(f"\nNobody waited longer than {worst.longest:.2f} s (version {worst.version}, {worst.way})")  # noqa: T201
    faults = [fault for step in steps for fault in step.faults]
    for fault in sorted(set(faults)):
        print(f"failed meanwhile, {faults.count(fault)} times: {fault}")  # noqa: T201
    return 1 if worst.longest > LONGEST_S or faults else 0


HEAD = (
    "| version | way | took s | longest wait s | of | longest lock s | of | statements |\n"
    + "|---|---|---|---|---|---|---|---|"
)


def line(step: Step) -> str:
    """A row of the table."""
    return (
        f"| {step.version} | {step.way} | {step.took:.1f} | {step.longest:.2f} | {step.what} "
        f"| {step.held:.2f} | {step.lock} | {step.statements:,} |"
    )


if __name__ == "__main__":
    sys.exit(main())
