"""Step 8: do those who endorse it really do so? (Open Badges 3.0, section 8 step 6 and section 9)

An endorsement is a credential of its own, embedded in the badge, its achievement or a profile.
Each is verified like the badge itself, and must be about the thing in which it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from credentials.problems import Problem, own_type, pointer
from credentials.sentence import counted, sentence, sentence_of
from verifier.extract import Address, Extracted, NotExtracted, from_text, from_value
from verifier.inquiry import Inquiry
from verifier.parties import issuer_words, objects, shown, types
from verifier.result import Check, CheckName, Outcome, Status, status_of

BAD_ENDORSEMENT = own_type("bad-endorsement")
UNCHECKED_ENDORSEMENT = own_type("unchecked-endorsement")

_HELD = ("endorsement", "endorsementJwt")
_NONE = Check(CheckName.ENDORSEMENTS, Outcome.SKIPPED, sentence("Nobody else endorses it."))

_NOT_VALID = {
    Status.REVOKED: sentence("revoked"),
    Status.SUSPENDED: sentence("suspended"),
    Status.EXPIRED: sentence("expired"),
    Status.NOT_YET_VALID: sentence("not yet valid"),
    Status.INVALID: sentence("invalid"),
}

Judge = Callable[[Extracted, Inquiry], tuple[Check, ...]]
"""The whole flow from step 2 on, for one credential."""


@dataclass(frozen=True, slots=True)
class _Endorsement:
    """One embedded endorsement: what it is, where it stands, and the id of the thing in which it stands."""

    value: Any
    place: str
    endorsed: object


def check_endorsements(found: Extracted, inquiry: Inquiry, judge: Judge) -> Check:
    """Passed if every embedded endorsement is valid and about the thing in which it stands."""
    endorsements = list(_endorsements(found.document)) if _may_hold_any(found) else []
    if not endorsements:
        return _NONE
    if inquiry.depth >= inquiry.policy.max_endorsement_depth:
        return _too_many(sentence("Its endorsements are themselves endorsed, deeper than is looked up."))
    if not inquiry.reach.may_follow(len(endorsements)):
        return _too_many(sentence("It holds {number} endorsements, more than are looked up.", number=len(endorsements)))
    problems = [problem for each in endorsements if (problem := _problem(each, inquiry.deeper(), judge))]
    if not problems:
        said = counted(len(endorsements), "The endorsement in it is valid.", "All {n} endorsements in it are valid.")
        return Check(CheckName.ENDORSEMENTS, Outcome.PASSED, said)
    bad = [problem for problem in problems if problem.type == BAD_ENDORSEMENT]
    outcome = Outcome.FAILED if bad else Outcome.INCOMPLETE
    return Check(CheckName.ENDORSEMENTS, outcome, (bad or problems)[0].detail, tuple(problems))


def _endorsements(document: Mapping[str, Any]) -> Iterator[_Endorsement]:
    """In every object of the badge: RDF merges objects of one id, so an endorsement of the issuer may stand in any."""
    yield from _beneath(document, "")


def _may_hold_any(found: Extracted) -> bool:
    """Whether the text has the word that both members' names begin with; True where that cannot be seen in the text."""
    text = found.text
    escaped = "\\" in text and "\\u" in text  # one character is found at once
    hidden = found.envelope is not None or not text or escaped
    return hidden or _HELD[0] in text


def _beneath(holder: Mapping[str, Any], place: str) -> Iterator[_Endorsement]:
    yield from _held_by(holder, place)
    for name, value in holder.items():
        if name not in _HELD:
            for number, inner in enumerate(objects(value)):
                step = pointer(name, number) if isinstance(value, list) else pointer(name)
                yield from _beneath(inner, place + step)


def _held_by(holder: Mapping[str, Any], place: str) -> Iterator[_Endorsement]:
    for member in _HELD:
        value = holder.get(member)
        items = value if isinstance(value, list) else [] if value is None else [value]
        for number, item in enumerate(items):
            yield _Endorsement(item, place + pointer(member, number), holder.get("id"))


def _problem(each: _Endorsement, inquiry: Inquiry, judge: Judge) -> Problem | None:
    try:
        found = from_text(each.value) if isinstance(each.value, str) else from_value(each.value, "", "json")
    except NotExtracted as nothing:
        return Problem(
            BAD_ENDORSEMENT,
            "Unreadable endorsement",
            sentence("An endorsement in it: {why}", why=sentence_of(nothing)),
            each.place,
        )
    if isinstance(found, Address) or "EndorsementCredential" not in types(found.document):
        return Problem(
            BAD_ENDORSEMENT, "No endorsement", sentence("What stands as an endorsement is none."), each.place
        )
    who = issuer_words(found.document)
    checks = judge(found, inquiry)
    status = status_of(checks)
    if status is Status.UNCHECKED:
        said = sentence(
            "The endorsement by {who} could not be checked: {why}", who=who, why=_why(checks, Outcome.INCOMPLETE)
        )
        return Problem(UNCHECKED_ENDORSEMENT, "Endorsement not checked", said, each.place)
    if status is not Status.VALID:
        said = sentence(
            "The endorsement by {who} is {status}: {why}",
            who=who,
            status=_NOT_VALID.get(status, status.words),
            why=_why(checks, Outcome.FAILED),
        )
        return Problem(BAD_ENDORSEMENT, "Bad endorsement", said, each.place)
    about = [subject.get("id") for subject in objects(found.document.get("credentialSubject"))]
    if about != [each.endorsed]:
        said = sentence(
            "The endorsement by {who} is about something else ({what}).",
            who=who,
            what=shown(about[0]) if about else sentence("nothing"),
        )
        return Problem(BAD_ENDORSEMENT, "Endorses something else", said, each.place)
    return None


def _why(checks: tuple[Check, ...], outcome: Outcome) -> str:
    return next((check.sentence for check in checks if check.outcome is outcome), "")


def _too_many(said: str) -> Check:
    problem = Problem(UNCHECKED_ENDORSEMENT, "Endorsements not checked", said)
    return Check(CheckName.ENDORSEMENTS, Outcome.INCOMPLETE, said, (problem,))
