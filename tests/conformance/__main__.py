"""`make conformance`: ask everybody who can be had, and write down what they said, measured in this very run."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.conformance.catalogue import JUDGES
from tests.conformance.outcomes import Outcomes
from tests.conformance.report import written

PROJECT = Path(__file__).resolve().parents[2]
REPORT = PROJECT / "docs" / "conformance.md"


def main() -> int:
    """0 if nothing failed. The report is written in either case."""
    files = [path for path in dict.fromkeys(judge.path for judge in JUDGES) if (PROJECT / path).exists()]
    outcomes = Outcomes()
    ended = pytest.main(["-q", "--tb=short", "-p", "no:cacheprovider", *files], plugins=[outcomes])
    if not outcomes.all:
        return int(ended) or 1
    REPORT.write_text(written(outcomes.all, datetime.now(UTC)), encoding="utf-8")
    sys.stdout.write(f"written: {REPORT}\n")
    return int(ended)


sys.exit(main())
