"""Shares of few people, told with how sure they are, and whether two of them differ by more than chance. Pure.

Intervals are Wilson's (1927); those of a difference are Newcombe's (1998, method 10), which are made of them. Both hold
for few people and for shares near 0 and 1, where the textbook's do not.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist, quantiles
from typing import Final

CONFIDENCE: Final = 0.95
FEWEST_TIMES: Final = 5
"""Fewer durations than these say nothing of the others."""


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `whole`, with the interval in which the share lies that these are a sample of."""

    part: int
    whole: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """Of 1."""
        return self.part / self.whole


def share_of(part: int, whole: int, *, confidence: float = CONFIDENCE) -> Share | None:
    """The share with its interval; None of nothing."""
    if whole <= 0:
        return None
    z = _z(confidence)
    share = part / whole
    middle = share + z * z / (2 * whole)
    half = z * sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole))
    below = 1 + z * z / whole
    low, high = max(0.0, (middle - half) / below), min(1.0, (middle + half) / below)
    # Rounding must not put the share itself outside.
    return Share(part, whole, min(low, share), max(high, share))


def difference(one: Share, other: Share) -> tuple[float, float]:
    """The interval in which the difference of two shares lies: one's less the other's."""
    gap = one.share - other.share
    down = sqrt((one.share - one.low) ** 2 + (other.high - other.share) ** 2)
    up = sqrt((one.high - one.share) ** 2 + (other.share - other.low) ** 2)
    return gap - down, gap + up


@dataclass(frozen=True, slots=True)
class Times:
    """So many durations in days: a quarter of them up to `low`, half up to `median`, three quarters up to `high`."""

    number: int
    low: int
    median: int
    high: int


def times_of(days: Counter[int]) -> Times | None:
    """What durations come to, each with how often it was; None of fewer than FEWEST_TIMES."""
    number = days.total()
    if number < FEWEST_TIMES:
        return None
    low, median, high = (round(one) for one in quantiles(sorted(days.elements()), n=4, method="inclusive"))
    return Times(number, low, median, high)


def _z(confidence: float) -> float:
    return NormalDist().inv_cdf((1 + confidence) / 2)
