"""How much work something may be: processor time, so that a test on a busy machine fails for its own reasons only."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def work_of_at_most(seconds: float) -> Iterator[None]:
    """Fails if what is done within takes this process more than so many seconds of processor time.

    Bounds are several times what a slow machine takes; they are there for work that grows beyond all proportion.
    """
    begun = time.process_time()
    yield
    spent = time.process_time() - begun
    assert spent < seconds, f"it took {spent:.1f} s of work, and {seconds:g} s are allowed"
