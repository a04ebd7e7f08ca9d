"""Several things verified for one request: some at a time, and all of them within a time that browsers wait."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Protocol

from credentials.problems import Problem, own_type
from portal.verifying.desk import Desk
from portal.verifying.places import Overloaded
from verifier.presentation import PresentationResult
from verifier.result import Check, CheckName, Outcome, VerificationResult

NOT_LOOKED_AT = own_type("not-looked-at")
AT_A_TIME = 4
PATIENCE = 60.0
"""Seconds for all of them; what is under way then may end."""


class Thing(Protocol):
    """Something to verify, read when its turn comes so that not all lie in memory at once."""

    async def content(self) -> bytes | str:
        """The document."""
        ...


async def verify_several(
    desk: Desk, things: Sequence[Thing], *, zone: tzinfo, now: datetime
) -> list[VerificationResult | PresentationResult]:
    """The results, in the order of the things; one that there was no room or time for is said to be unchecked."""
    turns, end = asyncio.Semaphore(AT_A_TIME), time.monotonic() + PATIENCE

    async def one(thing: Thing) -> VerificationResult | PresentationResult:
        async with turns:
            await asyncio.sleep(0)  # others' requests have a turn between any two
            if time.monotonic() > end:
                return _not_looked_at("There was no time left to look at this one. Give fewer at a time.", now)
            try:
                return await desk.judge(await thing.content(), zone=zone)
            except Overloaded as error:
                return _not_looked_at(f"{error} Try this one again in a moment.", now)

    return list(await asyncio.gather(*(one(thing) for thing in things)))


def _not_looked_at(sentence: str, now: datetime) -> VerificationResult:
    problem = Problem(NOT_LOOKED_AT, "Not looked at", sentence)
    check = Check(CheckName.EXTRACT, Outcome.INCOMPLETE, sentence, (problem,))
    return VerificationResult((check,), None, "unknown", "", now, None)
