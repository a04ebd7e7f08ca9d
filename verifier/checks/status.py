"""Step 6: has the issuer taken it back? (Bitstring Status List 1.0, section 3.2 "Validate Algorithm")

What follows from trouble with a list:
- it cannot be had, or what is served is no credential, or it is out of date: incomplete. Nobody knows.
- it can be had and is not what it must be (signature, issuer, purpose, length, index): failed. An entry that
  leads to such a list is no proof that the credential still counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from credentials import status_list
from credentials.problems import (
    STATUS_RETRIEVAL_ERROR,
    STATUS_VERIFICATION_ERROR,
    Problem,
    Unacceptable,
    own_type,
    pointer,
)
from credentials.sentence import Sentence, sentence, sentence_of, together
from verifier.checks.authenticity import authenticate, first_obstacle
from verifier.checks.examined import Examined, examine
from verifier.checks.known_lists import KnownList, known_list, remember
from verifier.checks.validity import check_validity, is_current
from verifier.extract import Address, Extracted, NotExtracted, extract
from verifier.fetcher import FetchError
from verifier.inquiry import Inquiry
from verifier.parties import issuer_id, objects, shown, types
from verifier.result import REVOKED, SUSPENDED, Check, CheckName, Outcome

ACCEPT_LIST = (
    "application/vc, application/vc+jwt, application/vc+ld+json;q=0.9, application/json;q=0.8, text/plain;q=0.7"
)
MAX_LIST_BYTES = 2 * 1024 * 1024
UNKNOWN_STATUS = own_type("unknown-status-type")

_MEANINGS = {
    "revocation": (REVOKED, "Revoked", sentence("The issuer revoked it.")),
    "suspension": (SUSPENDED, "Suspended", sentence("The issuer suspended it for the time being.")),
}
_NOT_SET = {
    purpose: Check(CheckName.STATUS, Outcome.PASSED, said)
    for purpose, said in (
        ("revocation", sentence("Its issuer's list says that it has not been revoked.")),
        ("suspension", sentence("Its issuer's list says that it has not been suspended.")),
    )
}


def _revoked_as(address: str) -> Sentence:
    return sentence("The issuer revoked it (it explains its statuses at {address}).", address=address)


def _suspended_as(address: str) -> Sentence:
    return sentence(
        "The issuer suspended it for the time being (it explains its statuses at {address}).", address=address
    )


_EXPLAINED = {"revocation": _revoked_as, "suspension": _suspended_as}


class _Trouble(Exception):  # noqa: N818
    """One entry could not be answered, or its list is not what it must be."""

    def __init__(self, outcome: Outcome, type_: str, said: str) -> None:
        self.outcome = outcome
        self.type = type_
        self.sentence = said
        super().__init__(said)


def check_status(document: Mapping[str, Any], inquiry: Inquiry) -> Check:
    """Passed if every entry's list says no. Only ever asked about a document whose signature is right.

    The purposes `revocation` and `suspension` decide; others are mentioned and their lists not fetched.
    """
    if "credentialStatus" not in document:
        said = sentence("Its issuer set it up so that it cannot be revoked or suspended.")
        return Check(CheckName.STATUS, Outcome.SKIPPED, said)
    given = document["credentialStatus"]
    several = isinstance(given, list)
    entries = objects(given)
    if not entries or len(entries) != (len(given) if several else 1):
        return _incomplete(
            "No readable status", sentence("It names a status that cannot be read."), "/credentialStatus"
        )
    answers = [
        _answer(entry, pointer("credentialStatus", number) if several else "/credentialStatus", document, inquiry)
        for number, entry in enumerate(entries[: inquiry.policy.max_status_entries])
    ]
    if len(entries) > len(answers):
        said = sentence(
            "It names {number} statuses, more than the {most} that are looked up.",
            number=len(entries),
            most=len(answers),
        )
        answers.append(_incomplete("Too many statuses", said, "/credentialStatus"))
    return _together(answers)


def _together(answers: list[Check]) -> Check:
    """The worst answer, with the problems of all: revoked before suspended before any other trouble."""
    if len(answers) == 1:
        return answers[0]
    problems = tuple(problem for answer in answers for problem in answer.problems)
    found = {problem.type for problem in problems}
    for type_ in (REVOKED, SUSPENDED):
        if type_ in found:
            worst = next(answer for answer in answers if answer.problem and answer.problem.type == type_)
            return Check(CheckName.STATUS, Outcome.FAILED, worst.sentence, problems)
    worst_or_none = first_obstacle(tuple(answers))
    if worst_or_none is not None:
        return Check(CheckName.STATUS, worst_or_none.outcome, worst_or_none.sentence, problems)
    sentences = dict.fromkeys(answer.sentence for answer in answers)
    return Check(CheckName.STATUS, Outcome.PASSED, together(*sentences))


def _answer(entry: Mapping[str, Any], place: str, document: Mapping[str, Any], inquiry: Inquiry) -> Check:
    if "BitstringStatusListEntry" not in types(entry):
        kind = shown(", ".join(types(entry))) or sentence("without a type")
        said = sentence(
            "Whether it was revoked is written in a form that this verifier does not read ({kind}).", kind=kind
        )
        return _incomplete("Status not known", said, place)
    try:
        # Before any decision: one value and an array of it are the same to a signature, but not to a reader.
        purpose, _, _ = status_list.entry_of(entry)
    except Unacceptable as refusal:
        return Check(CheckName.STATUS, Outcome.FAILED, refusal.problems[0].detail, refusal.problems)
    if purpose not in _MEANINGS:
        said = sentence(
            "It also has a status for another purpose ({purpose}), which says nothing on its validity.",
            purpose=shown(purpose),
        )
        return Check(CheckName.STATUS, Outcome.PASSED, said)
    try:
        is_set = _is_set(entry, document, inquiry)
    except _Trouble as trouble:
        problem = Problem(trouble.type, "Status not known", trouble.sentence, place)
        return Check(CheckName.STATUS, trouble.outcome, trouble.sentence, (problem,))
    if not is_set:
        return _NOT_SET[purpose]
    type_, title, words = _MEANINGS[purpose]
    where = _where_explained(entry)
    said = _EXPLAINED[purpose](where) if where else words
    return Check(CheckName.STATUS, Outcome.FAILED, said, (Problem(type_, title, said, place),))


def _is_set(entry: Mapping[str, Any], document: Mapping[str, Any], inquiry: Inquiry) -> bool:
    url = entry.get("statusListCredential")
    if not isinstance(url, str):
        raise _Trouble(Outcome.FAILED, STATUS_VERIFICATION_ERROR, sentence("Its status entry names no list."))
    body, embedded = _fetch(url, inquiry), inquiry.depth > 0
    known = known_list(body, embedded=embedded)
    if known is not None and known.is_believed(inquiry):
        _require_issuer_and_place(known.found.document, url, document, inquiry)
        return _bit(known.readable, entry, url)
    found = known.found if known is not None else _read(body, url)
    examined = known.examined if known is not None else examine(found, embedded=embedded)
    _require_authentic(found, examined, url, inquiry)
    _require_issuer_and_place(found.document, url, document, inquiry)
    _require_current(found, url, inquiry)
    readable = known.readable if known is not None else _readable(found, url)
    is_set = _bit(readable, entry, url)
    if known is None:
        known = KnownList(found, examined, readable)
        remember(body, known, embedded=embedded)
    known.believe(inquiry)
    return is_set


def _readable(found: Extracted, url: str) -> status_list.ReadableList:
    try:
        return status_list.ReadableList.of(found.document)
    except Unacceptable as refusal:
        raise _does_not_fit(url, refusal) from None


def _bit(readable: status_list.ReadableList, entry: Mapping[str, Any], url: str) -> bool:
    try:
        return readable.is_set(entry)
    except Unacceptable as refusal:
        raise _does_not_fit(url, refusal) from None


def _does_not_fit(url: str, refusal: Unacceptable) -> _Trouble:
    first = refusal.problems[0]
    return _Trouble(
        Outcome.FAILED,
        first.type,
        sentence("The status list at {url} does not fit: {detail}", url=shown(url), detail=first.detail),
    )


def _fetch(url: str, inquiry: Inquiry) -> bytes:
    try:
        return inquiry.reach.fetch(url, accept=ACCEPT_LIST, max_bytes=MAX_LIST_BYTES).body
    except FetchError as error:
        said = sentence("Whether it was revoked could not be found out: {reason}.", reason=error.reason)
        raise _Trouble(Outcome.INCOMPLETE, STATUS_RETRIEVAL_ERROR, said) from None


def _read(body: bytes, url: str) -> Extracted:
    try:
        found = extract(body)
    except NotExtracted as nothing:
        said = sentence(
            "Whether it was revoked could not be found out: {url} serves no status list. {why}",
            url=shown(url),
            why=sentence_of(nothing),
        )
        raise _Trouble(Outcome.INCOMPLETE, STATUS_RETRIEVAL_ERROR, said) from None
    if isinstance(found, Address) or found.form not in ("json", "jwt"):
        said = sentence("Whether it was revoked could not be found out: {url} serves no status list.", url=shown(url))
        raise _Trouble(Outcome.INCOMPLETE, STATUS_RETRIEVAL_ERROR, said)
    return found


def _require_authentic(found: Extracted, examined: Examined, url: str, inquiry: Inquiry) -> None:
    obstacle = first_obstacle(authenticate(found, inquiry, examined))
    if obstacle is not None:
        said = sentence("The status list at {url} cannot be believed: {why}", url=shown(url), why=obstacle.sentence)
        raise _Trouble(obstacle.outcome, STATUS_VERIFICATION_ERROR, said)


def _require_issuer_and_place(
    listed: Mapping[str, Any], url: str, document: Mapping[str, Any], inquiry: Inquiry
) -> None:
    if inquiry.policy.require_issuer_signs_status and issuer_id(listed) != issuer_id(document):
        said = sentence(
            "The status list at {url} is not by the credential's issuer but by {listed}.",
            url=shown(url),
            listed=shown(issuer_id(listed)),
        )
        raise _Trouble(Outcome.FAILED, STATUS_VERIFICATION_ERROR, said)
    # One list of an issuer in the place of another would answer for other credentials.
    if listed.get("id", url) != url:
        said = sentence("At {url} lies another status list, {listed}.", url=shown(url), listed=shown(listed["id"]))
        raise _Trouble(Outcome.FAILED, STATUS_VERIFICATION_ERROR, said)


def _require_current(listed: Extracted, url: str, inquiry: Inquiry) -> None:
    """An old list may be an honest delay or a replay from before the revocation: both mean that nobody knows."""
    if not is_current(listed, inquiry.now):
        validity = check_validity(listed, inquiry.now)
        said = sentence("The status list at {url} is not current: {why}", url=shown(url), why=validity.sentence)
        raise _Trouble(Outcome.INCOMPLETE, STATUS_VERIFICATION_ERROR, said)


def _incomplete(title: str, said: str, place: str) -> Check:
    problem = Problem(UNKNOWN_STATUS, title, said, place)
    return Check(CheckName.STATUS, Outcome.INCOMPLETE, said, (problem,))


def _where_explained(entry: Mapping[str, Any]) -> str:
    reference = entry.get("statusReference")
    references = [item for item in (reference if isinstance(reference, list) else [reference]) if isinstance(item, str)]
    return shown(references[0]) if references else ""
