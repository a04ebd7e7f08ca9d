"""The answer of a verification: one check for each question, and one word for people.

A result has no truth value: `if result:` raises, so that "there is a result" is never taken for "it is valid". Read
`.verified` or call `.require()`. The word is always computed from the checks, so the two cannot disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NoReturn

from credentials.instants import format_instant
from credentials.problems import Problem, own_type
from credentials.sentence import together

REVOKED = own_type("revoked")
SUSPENDED = own_type("suspended")
EXPIRED = own_type("expired")
NOT_YET_VALID = own_type("not-yet-valid")


class Outcome(StrEnum):
    """What became of one check. Incomplete: it could not be answered, which is neither good nor forged."""

    PASSED = "passed"
    FAILED = "failed"
    INCOMPLETE = "incomplete"
    SKIPPED = "skipped"


_NAMING_A_PROBLEM = (Outcome.FAILED, Outcome.INCOMPLETE)


class CheckName(StrEnum):
    """The checks, in the order in which they are made and reported."""

    EXTRACT = "extract"
    CONFORMS = "conforms"
    PROOF = "proof"
    KEY_BELONGS_TO_ISSUER = "key-belongs-to-issuer"
    REFRESH = "refresh"
    VALIDITY = "validity"
    STATUS = "status"
    RECIPIENT = "recipient"
    ENDORSEMENTS = "endorsements"


class Status(StrEnum):
    """The one word for people; `words` is how it is written in a sentence."""

    VALID = "valid"
    REVOKED = "revoked"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    INVALID = "invalid"
    UNCHECKED = "unchecked"

    @property
    def words(self) -> str:
        """The status as people read it: “not yet valid”."""
        return self.value.replace("-", " ")


@dataclass(frozen=True, slots=True)
class Check:
    """One question and its answer: a sentence for a manager, and the problems if it failed or is incomplete."""

    name: CheckName
    outcome: Outcome
    sentence: str
    problems: tuple[Problem, ...] = ()

    def __post_init__(self) -> None:
        if not self.problems and self.outcome in _NAMING_A_PROBLEM:
            raise ValueError(f"the check {self.name} is {self.outcome} and names no problem")

    @property
    def problem(self) -> Problem | None:
        """The first problem, or None."""
        return self.problems[0] if self.problems else None

    def as_dict(self) -> dict[str, Any]:
        """Members `check`, `outcome`, `sentence`, and `problems` if there are any."""
        members: dict[str, Any] = {
            "check": str(self.name),
            "outcome": str(self.outcome),
            "sentence": self.sentence,
        }
        if self.problems:
            members["problems"] = [problem.as_dict() for problem in self.problems]
        return members


class NotVerified(Exception):  # noqa: N818  (a verdict, not an error of ours)
    """Raised by `VerificationResult.require()`; `result` is the whole answer."""

    def __init__(self, result: VerificationResult) -> None:
        self.result = result
        super().__init__(result.sentence)


# The checks that decide whether the document is what it says at all; nothing else counts before them.
_FOUNDATION = (CheckName.EXTRACT, CheckName.CONFORMS, CheckName.PROOF, CheckName.KEY_BELONGS_TO_ISSUER)

# What an authentic document's own issuer or dates say, the most final first.
_FACTS = (
    (REVOKED, Status.REVOKED),
    (SUSPENDED, Status.SUSPENDED),
    (EXPIRED, Status.EXPIRED),
    (NOT_YET_VALID, Status.NOT_YET_VALID),
)


def status_of(checks: tuple[Check, ...]) -> Status:
    """The word for a set of checks. Precedence, first match wins:

    1. `invalid`: extract, conforms, proof or key-belongs-to-issuer failed (a forgery is only ever a forgery)
    2. `unchecked`: one of these is incomplete, or no proof check passed
    3. `revoked`, `suspended`, `expired`, `not-yet-valid`, in this order
    4. `invalid`: any other check failed (another recipient, a bad endorsement, a forged status list)
    5. `unchecked`: any other check is incomplete
    6. `valid`
    """
    troubled = proven = False
    for check in checks:
        troubled = troubled or bool(check.problems)
        proven = proven or (check.name is CheckName.PROOF and check.outcome is Outcome.PASSED)
    if not troubled:  # so none failed and none is incomplete, as with nearly all
        return Status.VALID if proven else Status.UNCHECKED
    foundation = {check.outcome for check in checks if check.name in _FOUNDATION}
    if Outcome.FAILED in foundation:
        return Status.INVALID
    if Outcome.INCOMPLETE in foundation or not proven:
        return Status.UNCHECKED
    found = {p.type for check in checks if check.outcome is Outcome.FAILED for p in check.problems}
    for type_, status in _FACTS:
        if type_ in found:
            return status
    outcomes = {check.outcome for check in checks}
    if Outcome.FAILED in outcomes:
        return Status.INVALID
    return Status.UNCHECKED if Outcome.INCOMPLETE in outcomes else Status.VALID


@dataclass(frozen=True, slots=True)
class VerificationResult:
    """Everything that was found about one document at one instant.

    `document` is the credential that was judged, as parsed (after a refresh, the refreshed one), or None if
    there was none to read; it is only what somebody claims unless the proof check passed. `form` is how it
    came: json, jwt, sd-jwt, cose, png, svg, pdf, qr or unknown. `source` is the address it was fetched from, or empty.
    `issuer_trusted` is None if the policy names no trusted issuers, and never changes the status.
    `secured` is the exact text that was judged, JSON or a token, for whoever wants to judge it again.
    """

    checks: tuple[Check, ...]
    document: Mapping[str, Any] | None
    form: str
    source: str
    checked_at: datetime
    issuer_trusted: bool | None
    secured: str = ""

    @property
    def status(self) -> Status:
        """The word for people (see `status_of`)."""
        return status_of(self.checks)

    @property
    def verified(self) -> bool:
        """True only if no check failed or is incomplete and the proof check passed."""
        return self.status is Status.VALID

    @property
    def exit_code(self) -> int:
        """0 valid, 1 not valid, 2 could not be checked."""
        return {Status.VALID: 0, Status.UNCHECKED: 2}.get(self.status, 1)

    @property
    def sentence(self) -> str:
        """What explains the status: the sentence of the check that decided it, or who signed it and for how long."""
        return self._sentence(self.status)

    def _sentence(self, status: Status) -> str:
        deciding = self._deciding(status)
        if deciding is not None:
            return deciding.sentence
        told = (CheckName.PROOF, CheckName.VALIDITY)
        return together(*(check.sentence for check in self.checks if check.name in told))

    @property
    def deciding_check(self) -> Check | None:
        """The check that made the status what it is; None if the credential is valid."""
        return self._deciding(self.status)

    def _deciding(self, status: Status) -> Check | None:
        if status is Status.VALID:
            return None
        wanted = Outcome.INCOMPLETE if status is Status.UNCHECKED else Outcome.FAILED
        types = {type_ for type_, fact in _FACTS if fact is status}
        candidates = [check for check in self.checks if check.outcome is wanted]
        for check in candidates:
            if not types or any(problem.type in types for problem in check.problems):
                return check
        return candidates[0] if candidates else None

    def check(self, name: str) -> Check:
        """The check of that name; KeyError if it was not made."""
        for check in self.checks:
            if check.name == name:
                return check
        raise KeyError(name)

    def require(self) -> VerificationResult:
        """This result if it is verified; raises `NotVerified` otherwise."""
        if not self.verified:
            raise NotVerified(self)
        return self

    def as_dict(self) -> dict[str, Any]:
        """The result as JSON values; `document` is left out if there is none."""
        status = self.status
        members: dict[str, Any] = {
            "verified": status is Status.VALID,
            "status": status.value,
            "sentence": self._sentence(status),
            "form": self.form,
            "checkedAt": format_instant(self.checked_at),
            "issuerTrusted": self.issuer_trusted,
            "checks": [check.as_dict() for check in self.checks],
        }
        if self.source:
            members["source"] = self.source
        if self.document is not None:
            members["document"] = dict(self.document)
        return members

    def __bool__(self) -> NoReturn:
        raise TypeError("a verification result is neither true nor false: read .verified or call .require()")
