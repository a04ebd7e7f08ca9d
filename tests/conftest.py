"""What every test may use: the standards' vectors, the order of tests, the rules that CI skips nothing and is quick."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from issuer import store
from tests import frugal
from tests.nothing_skipped import pytest_sessionfinish
from tests.shared_compilation import sharing

__all__ = [
    "LATE",
    "PROJECT",
    "VECTORS",
    "pytest_collection",
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_sessionfinish",
    "vectors",
]

PROJECT = Path(__file__).resolve().parent.parent
store.create_engine = sharing(store.create_engine)  # type: ignore[assignment]
VECTORS = PROJECT.parent / "shared" / "vectors"
LATE = ("peer", "postgres", "browser", "slow")


# A busy machine is no counterexample. Under CI=true hypothesis tries the same examples in every run: these settings
# are its own for that case, with our changes.
settings.register_profile(
    "house", settings(), max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("house")
settings.register_profile("fuzz", settings(), max_examples=int(os.environ.get("FUZZ_EXAMPLES", "10000")))


def pytest_configure(config: pytest.Config) -> None:
    """CI fails for a test that is dear, too."""
    config.pluginmanager.register(frugal, "frugal")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None]:
    """What is collected stays to the end: the collector of garbage looks neither while it comes, nor at it again.

    It took a sixth of collecting; afterwards it comes less often, as there is nothing that would have to go at once.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(20_000, 20, 20)
        gc.enable()


@pytest.fixture(scope="session", autouse=True)
def forks_end() -> Iterator[None]:
    """The process from which commands are forked ends with the run: after all that was started from it."""
    yield
    if (commands := sys.modules.get("tests.journeys.command")) is not None:
        commands.forks.close()


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
