"""For callers that have no time: a document that would take long raises `TakesLong` instead of being worked on.

An event loop verifies what takes some hundred microseconds itself and hands the rest to a process; which documents
those are shows only on the way. It is said around a call rather than to it, since it changes no result.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_in_haste: ContextVar[bool] = ContextVar("in_haste", default=False)


class TakesLong(Exception):  # noqa: N818
    """The slow road must be taken, or the full algorithm to tell blank nodes apart; neither has been begun."""


@contextmanager
def in_haste() -> Iterator[None]:
    """Within it, in this thread or task, canonicalization raises `TakesLong` rather than take long."""
    before = _in_haste.set(True)
    try:
        yield
    finally:
        _in_haste.reset(before)


def about_to_take_long() -> None:
    """Raises `TakesLong` for a caller in haste."""
    if _in_haste.get():
        raise TakesLong
