"""A worker at the house's disposal, and a clock that the test turns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from issuer.jobs.job import Parts
from tests.issuer.conftest import NOW, House


class Crash(BaseException):
    """Not an Exception: nothing may catch it."""


@dataclass
class Clock:
    """A clock that stands still until it is turned."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **length: float) -> datetime:
        self.now += timedelta(**length)
        return self.now


@dataclass
class CrashAt:
    """Crashes when a step is reached for the `nth` time; keeps what was reached."""

    step: str
    nth: int = 1
    reached: list[str] = field(default_factory=list)

    def __call__(self, step: str) -> None:
        self.reached.append(str(step))
        if step == self.step and self.reached.count(step) == self.nth:
            raise Crash


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def parts(house: House, clock: Clock) -> Parts:
    return Parts(house.db, house.keyring, clock, house.randomness, worker="first")


@pytest.fixture
def second(parts: Parts) -> Parts:
    """Another worker on the same database."""
    return replace(parts, worker="second")


Reached = Callable[[str], None]
