"""The word, the line under it and the shape that say what a credential is worth now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from credentials.sentence import Sentence, in_zone, sentence, together
from portal.pages.dates import HumanDate, human_date, human_date_of
from verifier.parties import dates_of, is_older
from verifier.presentation import PresentationResult
from verifier.result import Check, CheckName, Outcome, Status, VerificationResult

WORDS = {
    Status.VALID: sentence("Valid"),
    Status.REVOKED: sentence("Revoked"),
    Status.SUSPENDED: sentence("Suspended"),
    Status.EXPIRED: sentence("Expired"),
    Status.NOT_YET_VALID: sentence("Not yet valid"),
    Status.INVALID: sentence("Not valid"),
    Status.UNCHECKED: sentence("Not fully checked"),
}

CHECK_TITLES = {
    "extract": sentence("Readable"),
    "conforms": sentence("Open Badges 3.0"),
    "proof": sentence("Signature"),
    "key-belongs-to-issuer": sentence("Issuer’s own key"),
    "refresh": sentence("Newest version"),
    "validity": sentence("Dates"),
    "status": sentence("Revocation"),
    "recipient": sentence("Recipient"),
    "endorsements": sentence("Endorsements"),
}

OUTCOME_WORDS = {
    Outcome.PASSED: sentence("Passed"),
    Outcome.FAILED: sentence("Failed"),
    Outcome.INCOMPLETE: sentence("Could not be checked"),
    Outcome.SKIPPED: sentence("Not made"),
}


_OUTCOME_OF = {Status.VALID: Outcome.PASSED, Status.UNCHECKED: Outcome.INCOMPLETE}


@dataclass(frozen=True, slots=True)
class StatusEvent:
    """What the issuer recorded when it revoked or suspended: when, and the reason it gave."""

    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class CheckView:
    """One check of the verifier, for people: title, word and sentence are said in the reader's language."""

    name: str
    title: str
    outcome: str
    word: str
    sentence: str


@dataclass(frozen=True, slots=True)
class StatusView:
    """The seal: `kind` chooses shape and colour, `word` and `line` say the same, `note` gives the reason."""

    kind: str
    word: str
    line: str
    note: str
    checked: HumanDate
    checks: tuple[CheckView, ...]

    @property
    def sentence(self) -> Sentence:
        """Word and line as one sentence, for titles and link previews."""
        return together(self.word, self.line)

    @property
    def tally(self) -> Sentence:
        """How many of the checks that apply have passed."""
        applicable = [check for check in self.checks if check.outcome != Outcome.SKIPPED.value]
        passed = sum(check.outcome == Outcome.PASSED.value for check in applicable)
        return sentence("{passed} of {all} checks passed", passed=passed, all=len(applicable))


def status_view(result: VerificationResult, *, zone: tzinfo, event: StatusEvent | None = None) -> StatusView:
    """The seal of a verification; `event` is known only for credentials of this server's own issuers."""
    status, older = result.status, is_older(result.document or {})
    return StatusView(
        kind=status.value,
        word=WORDS[status],
        line=_line(status, result.document or {}, zone, event),
        note=in_zone(_note(result, event), zone),
        checked=human_date(result.checked_at, zone),
        checks=tuple(_check_view(check, zone, older=older) for check in result.checks),
    )


def presented_view(result: PresentationResult, *, checked: datetime, zone: tzinfo) -> StatusView:
    """The seal of a presentation: the proof of whoever shows it, and each credential in it as one check."""
    holder = result.holder
    of_holder = CheckView(
        "holder-proof",
        sentence("The holder’s proof"),
        holder.outcome.value,
        OUTCOME_WORDS[holder.outcome],
        in_zone(holder.sentence, zone),
    )
    of_credentials = (
        CheckView(
            "credential",
            sentence("Credential {number}", number=number),
            _OUTCOME_OF.get(one.status, Outcome.FAILED).value,
            WORDS[one.status],
            in_zone(one.sentence, zone),
        )
        for number, one in enumerate(result.credentials, 1)
    )
    return StatusView(
        kind=result.status.value,
        word=WORDS[result.status],
        line="",
        note=in_zone(result.sentence, zone),
        checked=human_date(checked, zone),
        checks=(of_holder, *of_credentials),
    )


def _line(status: Status, document: Mapping[str, Any], zone: tzinfo, event: StatusEvent | None) -> str:
    if status is Status.VALID:
        until = human_date_of(dates_of(document)[1], zone)
        return sentence("until {day}", day=until.day) if until else sentence("without an end date")
    if status is Status.EXPIRED:
        until = human_date_of(dates_of(document)[1], zone)
        return sentence("since {day}", day=until.day) if until else ""
    if status is Status.NOT_YET_VALID:
        start = human_date_of(dates_of(document)[0], zone)
        return sentence("before {day}", day=start.day) if start else ""
    if event is not None and status is Status.REVOKED:
        return sentence("on {day}", day=human_date(event.at, zone).day)
    if event is not None and status is Status.SUSPENDED:
        return sentence("since {day}", day=human_date(event.at, zone).day)
    return ""


def _note(result: VerificationResult, event: StatusEvent | None) -> str:
    """The reason under the word: the issuer's own, or the sentence of the check that decided."""
    if event is not None and result.status in {Status.REVOKED, Status.SUSPENDED}:
        return sentence("Reason: {reason}", reason=event.reason) if event.reason else ""
    if result.status in {Status.EXPIRED, Status.NOT_YET_VALID}:
        return ""  # the line has said it
    decisive = result.deciding_check
    return decisive.sentence if decisive is not None else ""


def _check_view(check: Check, zone: tzinfo, *, older: bool = False) -> CheckView:
    title = CHECK_TITLES.get(check.name, check.name.replace("-", " ").capitalize())
    if older and check.name is CheckName.CONFORMS:
        title = sentence("Open Badges 2.0")
    said = in_zone(check.sentence, zone)
    return CheckView(check.name, title, check.outcome.value, OUTCOME_WORDS[check.outcome], said)
