"""A sweep over the badges of others that people hold here: once a day each is asked about again."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

import structlog

from issuer.held import Due, addresses_of, due_for_check, note_check
from issuer.jobs.job import Parts
from portal.elsewhere.taking_in import names_one_of
from portal.service import Service
from portal.verifying.desk import patiently
from portal.verifying.places import Overloaded
from verifier.policy import ORDINARY
from verifier.result import Status, VerificationResult
from verifier.verify import verify

RUN: Final = timedelta(minutes=10)
"""What is not done by then is the oldest in the next run."""
DAILY: Final = timedelta(days=1)
AGAIN: Final = timedelta(hours=1)
"""When to try again what could not be found out."""
FINAL: Final = (Status.REVOKED, Status.EXPIRED)
"""What no check changes any more; its holder can still have it checked, on its page."""
MOST: Final = 2_000
log = structlog.get_logger("guildmark.elsewhere")


@dataclass(slots=True)
class Rechecked:
    """How many were looked at, how many have become something else, and how many could not be judged."""

    checked: int = 0
    changed: int = 0
    unclear: int = 0


def recheck(service: Service, parts: Parts, *, keep: Callable[[], None]) -> Rechecked:
    """Check what is due, the longest unchecked first. `keep` is called before each, and may raise to end the run."""
    begun, found, now = time.monotonic(), Rechecked(), parts.clock()
    due = due_for_check(
        parts.database,
        before=now - DAILY,
        unclear_before=now - AGAIN,
        unclear=Status.UNCHECKED,
        final=FINAL,
        most=MOST,
    )
    for one in due:
        if time.monotonic() - begun > RUN.total_seconds():
            break
        keep()
        _again(service, parts, one, found)
    return found


def _again(service: Service, parts: Parts, one: Due, found: Rechecked) -> None:
    now = parts.clock()  # before it is asked: what is brought meanwhile is newer, and stays
    question = partial(verify, one.body, policy=ORDINARY, zone=service.settings.zone)
    found.checked += 1
    try:
        result = patiently(service, question)
    except Overloaded:  # it was not too much when it was brought
        log.warning("a badge from elsewhere takes too long to be checked again", badge=str(one.id))
        found.unclear += 1
        return
    assert isinstance(result, VerificationResult)  # noqa: S101  (what `verify` gives)
    found.unclear += result.status is Status.UNCHECKED
    found.changed += result.status.value != one.status
    document = result.document or {}
    note_check(
        parts.database,
        one.id,
        status=result.status.value,
        why=str(result.sentence),
        names_holder=names_one_of(document, addresses_of(parts.database, one.person_id)),
        now=now,
    )
