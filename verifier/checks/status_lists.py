"""What a status list of bits says of a credential: fetched, believed or not, and read (Bitstring Status List 1.0, 3.2).

What follows from trouble with a list:
- it cannot be had, or what is served is no credential, or it is out of date: incomplete. Nobody knows.
- it can be had and is not what it must be (signature, issuer, purpose, length, index): failed. An entry that
  leads to such a list is no proof that the credential still counts.

The list's issuer may be a text or an object with an `id`, as the data model has it for every credential; the identifier
is what is compared. (Lists that are made here say it as a text, because the standard's test suite reads no other.)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from credentials.problems import STATUS_RETRIEVAL_ERROR, STATUS_VERIFICATION_ERROR, Unacceptable
from credentials.proofs.envelope import DC_SD_JWT
from credentials.sentence import sentence, sentence_of
from credentials.status_entry import StatusEntry
from credentials.status_list import ReadableList
from verifier.checks.authenticity import authenticate, first_obstacle
from verifier.checks.examined import Examined, examine
from verifier.checks.known_lists import KnownList, known_list, remember
from verifier.checks.validity import check_validity, is_current
from verifier.extract import Address, Extracted, NotExtracted, extract
from verifier.fetcher import FetchError
from verifier.inquiry import Inquiry
from verifier.parties import issuer_id, shown
from verifier.proof_times import CLOCK_SKEW
from verifier.result import Outcome

ACCEPT_LIST = (
    "application/vc, application/vc+jwt, application/vc+sd-jwt;q=0.9, application/vc+cose;q=0.9, "
    "application/vc+ld+json;q=0.9, application/json;q=0.8, text/plain;q=0.7"
)
MAX_LIST_BYTES = 2 * 1024 * 1024
_FORMS = ("json", "jwt", "sd-jwt", "cose")
"""A list may come in whatever secures a credential (section 4)."""


class StatusTrouble(Exception):  # noqa: N818
    """One entry could not be answered, or its list is not what it must be."""

    def __init__(self, outcome: Outcome, type_: str, said: str) -> None:
        self.outcome = outcome
        self.type = type_
        self.sentence = said
        super().__init__(said)


def value_of(entry: StatusEntry, document: Mapping[str, Any], inquiry: Inquiry) -> int:
    """The value that its list has for the entry of this credential, 0 for “not set”. Raises `StatusTrouble`."""
    url = entry.url
    body, embedded = fetched(url, inquiry), inquiry.depth > 0
    known = known_list(body, embedded=embedded)
    if known is not None and known.is_believed(inquiry):
        _require_issuer_and_place(known.found.document, known.issuer, url, document, inquiry)
        return _value(known.readable, entry)
    found = known.found if known is not None else _read(body, url)
    issuer = issuer_id(found.document)
    examined = known.examined if known is not None else examine(found, embedded=embedded)
    _require_authentic(found, examined, url, inquiry)
    _require_issuer_and_place(found.document, issuer, url, document, inquiry)
    _require_current(found, url, inquiry)
    readable = known.readable if known is not None else _readable(found, url)
    value = _value(readable, entry)
    if known is None:
        known = KnownList(found, examined, readable, issuer)
        remember(body, known, embedded=embedded)
    known.believe(inquiry)
    return value


def fetched(url: str, inquiry: Inquiry) -> bytes:
    """What lies at a list's address. Raises `StatusTrouble`."""
    try:
        return inquiry.reach.fetch(url, accept=ACCEPT_LIST, max_bytes=MAX_LIST_BYTES).body
    except FetchError as error:
        said = sentence("Whether it was revoked could not be found out: {reason}.", reason=error.reason)
        raise StatusTrouble(Outcome.INCOMPLETE, STATUS_RETRIEVAL_ERROR, said) from None


def _readable(found: Extracted, url: str) -> ReadableList:
    try:
        return ReadableList.of(found.document)
    except Unacceptable as refusal:
        raise _does_not_fit(url, refusal) from None


def _value(readable: ReadableList, entry: StatusEntry) -> int:
    try:
        return readable.value(entry)
    except Unacceptable as refusal:
        raise _does_not_fit(entry.url, refusal) from None


def _does_not_fit(url: str, refusal: Unacceptable) -> StatusTrouble:
    first = refusal.problems[0]
    return StatusTrouble(
        Outcome.FAILED,
        first.type,
        sentence("The status list at {url} does not fit: {detail}", url=shown(url), detail=first.detail),
    )


def _read(body: bytes, url: str) -> Extracted:
    try:
        found = extract(body)
    except NotExtracted as nothing:
        said = sentence(
            "Whether it was revoked could not be found out: {url} serves no status list. {why}",
            url=shown(url),
            why=sentence_of(nothing),
        )
        raise StatusTrouble(Outcome.INCOMPLETE, STATUS_RETRIEVAL_ERROR, said) from None
    if isinstance(found, Address) or found.form not in _FORMS or _is_no_credential(found):
        said = sentence("Whether it was revoked could not be found out: {url} serves no status list.", url=shown(url))
        raise StatusTrouble(Outcome.INCOMPLETE, STATUS_RETRIEVAL_ERROR, said)
    return found


def _is_no_credential(found: Extracted) -> bool:
    """An SD-JWT VC has no type of the W3C's data model, so it is no list of it."""
    return found.envelope is not None and found.envelope.media_type == DC_SD_JWT


def _require_authentic(found: Extracted, examined: Examined, url: str, inquiry: Inquiry) -> None:
    obstacle = first_obstacle(authenticate(found, inquiry, examined))
    if obstacle is not None:
        said = sentence("The status list at {url} cannot be believed: {why}", url=shown(url), why=obstacle.sentence)
        raise StatusTrouble(obstacle.outcome, STATUS_VERIFICATION_ERROR, said)


def _require_issuer_and_place(
    listed: Mapping[str, Any], issuer: str, url: str, document: Mapping[str, Any], inquiry: Inquiry
) -> None:
    if inquiry.policy.require_issuer_signs_status and issuer != issuer_id(document):
        said = sentence(
            "The status list at {url} is not by the credential's issuer but by {listed}.",
            url=shown(url),
            listed=shown(issuer),
        )
        raise StatusTrouble(Outcome.FAILED, STATUS_VERIFICATION_ERROR, said)
    # One list of an issuer in the place of another would answer for other credentials.
    if listed.get("id", url) != url:
        said = sentence("At {url} lies another status list, {listed}.", url=shown(url), listed=shown(listed["id"]))
        raise StatusTrouble(Outcome.FAILED, STATUS_VERIFICATION_ERROR, said)


def _require_current(listed: Extracted, url: str, inquiry: Inquiry) -> None:
    """An old list may be an honest delay or a replay from before the revocation: both mean that nobody knows.

    One that begins in a moment is not old: it was published after this verification had looked at the clock, or by a
    machine whose clock is ahead of ours.
    """
    if not is_current(listed, inquiry.now, ahead=CLOCK_SKEW):
        validity = check_validity(listed, inquiry.now)
        said = sentence("The status list at {url} is not current: {why}", url=shown(url), why=validity.sentence)
        raise StatusTrouble(Outcome.INCOMPLETE, STATUS_VERIFICATION_ERROR, said)
