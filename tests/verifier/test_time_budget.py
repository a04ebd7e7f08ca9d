"""Slow servers cost one verification only so much, however many of them there are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.world import Issuer, World
from verifier.fetcher import Fetched
from verifier.policy import ORDINARY
from verifier.result import Outcome, Status, VerificationResult
from verifier.time_budget import TimeBudget
from verifier.verify import verify


class Slow:
    """A world in which each answer takes its time."""

    def __init__(self, world: World, seconds: float) -> None:
        self.world = world
        self.seconds = seconds
        self.now = 0.0

    def fetch(self, url: str, *, accept: str, max_bytes: int) -> Fetched:
        self.now += self.seconds
        return self.world.fetcher.fetch(url, accept=accept, max_bytes=max_bytes)

    def resolve(self, identifier: str) -> dict[str, Any]:
        self.now += self.seconds
        return self.world.resolver.resolve(identifier)


def _verified(slow: Slow, document: bytes) -> VerificationResult:
    budget = TimeBudget(slow, slow, length=timedelta(seconds=10), monotonic=lambda: slow.now)
    return verify(document, resolver=budget, fetcher=budget, policy=ORDINARY, now=slow.world.now)


def test_answers_in_time_are_used(world: World, acme: Issuer) -> None:
    assert _verified(Slow(world, 1), acme.issue().json).status is Status.VALID


def test_when_the_time_is_up_the_rest_is_unknown_and_not_forged(world: World, acme: Issuer) -> None:
    slow = Slow(world, 12)
    result = _verified(slow, acme.issue().json)
    assert result.status is Status.UNCHECKED
    assert result.check("status").outcome is Outcome.INCOMPLETE
    assert "long enough" in result.check("status").sentence
    assert slow.now == 12
