"""What every test may use: the standards' vectors, and the rule that CI skips nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from issuer import store
from tests.shared_compilation import sharing

PROJECT = Path(__file__).resolve().parent.parent
store.create_engine = sharing(store.create_engine)  # type: ignore[assignment]
VECTORS = PROJECT.parent / "shared" / "vectors"
LATE = ("peer", "postgres", "browser", "slow")


def vectors(*parts: str) -> Path:
    """The folder or file of the standards' test vectors, or a skip that says why."""
    path = VECTORS.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"the standards' test vectors are not beside this checkout (../shared/vectors/{'/'.join(parts)})")
    return path


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Quick tests first, so that an ordinary mistake is seen in seconds."""
    items.sort(key=lambda item: sum(name in item.keywords for name in LATE))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Under CI=true a skipped test is a failure: green must mean that everything ran."""
    if os.environ.get("CI") != "true" or hasattr(session.config, "workerinput"):
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = len(reporter.stats.get("skipped", ())) if reporter else 0
    if reporter and skipped and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        reporter.write_line(f"\nCI: {skipped} test(s) were skipped; in CI everything must run", red=True)
