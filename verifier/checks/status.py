"""Step 6: has the issuer taken it back, and what else does it say of it? (Bitstring Status List 1.0)

What a status that is set means, by its purpose:
- revocation, suspension: it is revoked, suspended. Trouble with such a list decides as well (`status_lists`).
- refresh: there is a newer version of it, and where. message: the issuer's word for the value. Neither says anything on
  its validity, so neither changes it, nor does trouble with such a list; that is told, and its problem is listed.
- others: they are named and not fetched. A verifier that took a purpose it does not know for a revocation would refuse
  good credentials, and an issuer that means to revoke has a purpose for that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from credentials.problems import Problem, Unacceptable, own_type, pointer
from credentials.sentence import Sentence, sentence, together
from credentials.status_entry import KINDS, MESSAGE, REFRESH, REVOCATION, SUSPENSION, StatusEntry
from verifier.checks.authenticity import first_obstacle
from verifier.checks.status_lists import StatusTrouble, value_of
from verifier.inquiry import Inquiry
from verifier.parties import objects, shown, types
from verifier.result import REVOKED, SUSPENDED, Check, CheckName, Outcome

UNKNOWN_STATUS = own_type("unknown-status-type")

_BIT_LISTS = frozenset(kind.entry for kind in KINDS)
_REVOCATION_LIST = "1EdTechRevocationList"
_MEANINGS = {
    REVOCATION: (REVOKED, "Revoked", sentence("The issuer revoked it.")),
    SUSPENSION: (SUSPENDED, "Suspended", sentence("The issuer suspended it for the time being.")),
}
_NOT_SET = {
    purpose: Check(CheckName.STATUS, Outcome.PASSED, said)
    for purpose, said in (
        (REVOCATION, sentence("Its issuer's list says that it has not been revoked.")),
        (SUSPENSION, sentence("Its issuer's list says that it has not been suspended.")),
    )
}


def _revoked_as(address: str) -> Sentence:
    return sentence("The issuer revoked it (it explains its statuses at {address}).", address=address)


def _suspended_as(address: str) -> Sentence:
    return sentence(
        "The issuer suspended it for the time being (it explains its statuses at {address}).", address=address
    )


_EXPLAINED: Mapping[str, Callable[[str], Sentence]] = {REVOCATION: _revoked_as, SUSPENSION: _suspended_as}


def check_status(document: Mapping[str, Any], inquiry: Inquiry) -> Check:
    """Passed if every entry's list says no. Only ever asked about a document whose signature is right.

    The purposes `revocation` and `suspension` decide; see above for the others.
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
        _answered(entry, pointer("credentialStatus", number) if several else "/credentialStatus", document, inquiry)
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
    return Check(CheckName.STATUS, Outcome.PASSED, together(*sentences), problems)


def _answered(status: Mapping[str, Any], place: str, document: Mapping[str, Any], inquiry: Inquiry) -> Check:
    kinds = types(status)
    known = [kind for kind in kinds if kind in _BIT_LISTS or kind == _REVOCATION_LIST]
    try:
        if len(known) == 1:
            by = _by_revocation_list if known == [_REVOCATION_LIST] else _by_bit_list
            return by(status, place, document, inquiry)
    except StatusTrouble as trouble:
        problem = Problem(trouble.type, "Status not known", trouble.sentence, place)
        return Check(CheckName.STATUS, trouble.outcome, trouble.sentence, (problem,))
    named = shown(", ".join(kinds)) or sentence("without a type")
    said = sentence(
        "Whether it was revoked is written in a form that this verifier does not read ({kind}).", kind=named
    )
    if "RevocationList2020Status" in kinds:
        said = sentence(
            "Whether it was revoked is written in a RevocationList2020, the predecessor of lists that this verifier "
            "reads; whoever checks it needs another program."
        )
    return _incomplete("Status not known", said, place)


def _by_bit_list(status: Mapping[str, Any], place: str, document: Mapping[str, Any], inquiry: Inquiry) -> Check:
    """Raises `StatusTrouble` where it decides on the validity."""
    try:
        # Before any decision: one value and an array of it are the same to a signature, but not to a reader.
        entry = StatusEntry.of(status)
    except Unacceptable as refusal:
        problems = tuple(replace(problem, pointer=place + problem.pointer) for problem in refusal.problems)
        return Check(CheckName.STATUS, Outcome.FAILED, problems[0].detail, problems)
    if entry.purpose in _MEANINGS:
        return _decided(entry, value_of(entry, document, inquiry), place)
    if entry.purpose not in (REFRESH, MESSAGE):
        said = sentence(
            "It also has a status for another purpose ({purpose}), which says nothing on its validity.",
            purpose=shown(entry.purpose),
        )
        return Check(CheckName.STATUS, Outcome.PASSED, said)
    try:
        value = value_of(entry, document, inquiry)
    except StatusTrouble as trouble:
        problem = Problem(trouble.type, "Status not known", trouble.sentence, place)
        said = sentence(
            "It also has a status that says nothing on its validity ({purpose}) and could not be read: {why}",
            purpose=entry.purpose,
            why=trouble.sentence,
        )
        return Check(CheckName.STATUS, Outcome.PASSED, said, (problem,))
    said = _newer(document) if entry.purpose == REFRESH and value else _told(entry, value)
    return Check(CheckName.STATUS, Outcome.PASSED, said)


def _decided(entry: StatusEntry, value: int, place: str) -> Check:
    if not value:
        return _NOT_SET[entry.purpose]
    type_, title, words = _MEANINGS[entry.purpose]
    said = _EXPLAINED[entry.purpose](shown(entry.references[0])) if entry.references else words
    if entry.messages:
        said = together(said, sentence("The issuer's word for it: “{message}”.", message=shown(entry.message(value))))
    return Check(CheckName.STATUS, Outcome.FAILED, said, (Problem(type_, title, said, place),))


def _newer(document: Mapping[str, Any]) -> Sentence:
    services = [one.get("id", one.get("url")) for one in objects(document.get("refreshService"))]
    addresses = [shown(one) for one in services if isinstance(one, str)]
    if not addresses:
        return sentence("Its issuer has a newer version of it, and does not say where.")
    return sentence("Its issuer has a newer version of it, at {address}.", address=addresses[0])


def _told(entry: StatusEntry, value: int) -> Sentence:
    """In the issuer's own word, which is neither translated nor taken for ours."""
    if entry.purpose == REFRESH:
        return sentence("Its issuer's list says that there is no newer version of it.")
    word = shown(entry.message(value))
    if not entry.references:
        return sentence("Its issuer's word on its status: “{message}”.", message=word)
    return sentence(
        "Its issuer's word on its status: “{message}” (it explains its statuses at {address}).",
        message=word,
        address=shown(entry.references[0]),
    )


def _by_revocation_list(status: Mapping[str, Any], place: str, document: Mapping[str, Any], inquiry: Inquiry) -> Check:
    """Raises `StatusTrouble`. The module is loaded for the few old badges that name such a list."""
    from verifier.checks.revocation_lists import reason_of

    reason = reason_of(status, document, inquiry)
    if reason is None:
        said = sentence(
            "Its issuer's list says that it has not been revoked; lists of this kind are not signed, so that is as "
            "certain as the connection to {url}.",
            url=shown(status["id"]),
        )
        return Check(CheckName.STATUS, Outcome.PASSED, said)
    type_, title, words = _MEANINGS[REVOCATION]
    said = sentence("The issuer revoked it: “{reason}”.", reason=shown(reason)) if reason.strip() else words
    return Check(CheckName.STATUS, Outcome.FAILED, said, (Problem(type_, title, said, place),))


def _incomplete(title: str, said: str, place: str) -> Check:
    problem = Problem(UNKNOWN_STATUS, title, said, place)
    return Check(CheckName.STATUS, Outcome.INCOMPLETE, said, (problem,))
