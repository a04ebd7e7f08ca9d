"""What the three places have in common: a question that waits for a world to ask, and the ways to decline it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from credentials.sentence import Sentence
from verifier.fetcher import Fetched
from verifier.presentation import PresentationResult
from verifier.result import VerificationResult

Answer = VerificationResult | PresentationResult


class World(Protocol):
    """What one verification may ask others: a `Fetcher` and a `Resolver` in one."""

    def fetch(self, url: str, *, accept: str, max_bytes: int) -> Fetched:
        """See `verifier.fetcher.Fetcher`."""
        ...

    def resolve(self, identifier: str) -> dict[str, Any]:
        """See `verifier.resolve.Resolver`."""
        ...

    def renew(self, identifier: str) -> bool:
        """See `verifier.resolve.Renews`."""
        ...


class Question(Protocol):
    """`verify` or `verify_presentation` with all its arguments but these; it can be pickled."""

    def __call__(self, *, fetcher: World, resolver: World, now: datetime) -> Answer:
        """The answer. Raises `verifier.presentation.NotAPresentation`."""
        ...


Clock = Callable[[], datetime]


class MustWait(Exception):  # noqa: N818
    """What is asked for is not in memory, and this is no place to wait."""


class Unfamiliar(Exception):  # noqa: N818
    """No level is known that this is a badge of."""


class Overloaded(Exception):  # noqa: N818
    """There is no room, or no time, for this verification now. `seconds`: when to try again."""

    def __init__(self, why: Sentence, seconds: int) -> None:
        self.sentence = why
        self.seconds = seconds
        super().__init__(why)
