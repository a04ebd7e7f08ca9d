"""What a learning system reports, read into one form whatever it was sent in: who did what, when, and how well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from typing import Any

import rfc8785

from issuer.awards import Evidence
from issuer.errors import Fault, IdempotencyConflict, Refused
from issuer.learning.rules import Member, Verb

MOST_REPORTS = 200
"""So many are taken at once: each may lead to a signature."""
_SCALED = Decimal(1)
_MOST = Decimal(10**12)  # so that six decimal places beside it are exact


class ReportUnreadable(Refused):
    """What a learning system sent has not the form of a report; nothing of it was taken."""


class ReportConflict(IdempotencyConflict):
    """An id that was taken before came with another content; nothing of what came with it was taken."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(faults)
        self.args = ("Taken before with other content: " + "; ".join(map(str, self.faults)),)


class Known(StrEnum):
    """By what a report names a person; the last two name nobody here."""

    ADDRESS = "e-mail address"
    DIGEST = "mbox_sha1sum"
    NUMBER = "employee number"
    ACCOUNT = "account"
    OPENID = "openid"
    GROUP = "group"


@dataclass(frozen=True, slots=True)
class Learner:
    """Who a report is about. `value` is never shown or logged; `home_page` is an account's."""

    by: Known
    value: str = field(repr=False)
    home_page: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """One report. `event_id` is unique within its system; the same id with another `digest` is a conflict.

    `verb` is None for one of which no level follows; `verb_said` is as it was written. `at` or `day` says when, None of
    both: now. `program`, `level`, `results` and `evidence` are there in events of our own form only.
    """

    event_id: str
    digest: str
    verb: Verb | None
    verb_said: str
    learner: Learner
    activity: str | None = None
    at: datetime | None = None
    day: date | None = None
    score: Mapping[Member, Decimal] = field(default_factory=dict)
    success: bool | None = None
    completion: bool | None = None
    program: str | None = None
    level: str | None = None
    results: tuple[tuple[str, str], ...] = ()
    evidence: tuple[Evidence, ...] = ()

    @property
    def contradiction(self) -> str | None:
        """How the verb and the result contradict each other, in words."""
        if self.verb is Verb.PASSED and self.success is False:
            return "the verb says passed, and result.success says false"
        if self.verb is Verb.COMPLETED and self.completion is False:
            return "the verb says completed, and result.completion says false"
        return None


def digest_of(value: Any) -> str:
    """SHA-256 of a JSON value in canonical form (RFC 8785), in hex."""
    return sha256(rfc8785.dumps(value)).hexdigest()


def score_of(given: Any, where: str) -> tuple[dict[Member, Decimal], list[Fault]]:
    """A score's members, and what is wrong with them (xAPI, section 4.2.2.5.1)."""
    if not isinstance(given, dict):
        return {}, [Fault(where, "this must be an object", "with scaled, raw, min, max, as far as they are known")]
    known = {member.value.removeprefix("score."): member for member in Member}
    faults = [
        Fault(f"{where}/{name[:60]}", "a score has no such member", f"there are: {', '.join(known)}")
        for name in given
        if name not in known
    ]
    score: dict[Member, Decimal] = {}
    for name, member in known.items():
        value = given.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            score[member] = Decimal(str(value))
            if abs(score[member]) > _MOST:
                faults.append(Fault(f"{where}/{name}", "this is out of range", f"no score is beyond {_MOST:,}"))
        elif name in given:
            faults.append(Fault(f"{where}/{name}", "this must be a number", "write it like 0.83, without quotes"))
    if not -_SCALED <= score.get(Member.SCALED, _SCALED) <= _SCALED:
        faults.append(Fault(f"{where}/scaled", "this is out of range", "it must be from -1 to 1"))
    low, high = score.get(Member.MIN), score.get(Member.MAX)
    if low is not None and high is not None and low >= high:
        faults.append(Fault(f"{where}/min", "this is not below max", "correct one of them"))
    raw = score.get(Member.RAW)
    if raw is not None and ((low is not None and raw < low) or (high is not None and raw > high)):
        faults.append(Fault(f"{where}/raw", "this is out of range", "it must be from min to max"))
    return score, faults


def result_value(score: Decimal, member: Member, *, percent: bool) -> str:
    """A member of a score as the value of a result: a scaled score is hundredths of a Percent."""
    number = round(score * 100 if percent and member is Member.SCALED else score, 6)
    return f"{number.normalize():f}" if number else "0"
