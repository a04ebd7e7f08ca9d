"""What a genuine assertion of Open Badges 2.0 and its issuer say: its dates, whether it was revoked, whose it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from credentials import identity
from credentials.problems import Problem
from credentials.sentence import moved_to, sentence, sentence_of
from verifier.checks.recipient import OTHER_RECIPIENT
from verifier.checks.status import UNKNOWN_STATUS
from verifier.inquiry import Inquiry
from verifier.older.assertion import Assertion
from verifier.older.surroundings import Surroundings, Unbelievable, Unreachable, at_its_address
from verifier.parties import shown
from verifier.result import EXPIRED, NOT_YET_VALID, REVOKED, Check, CheckName, Outcome

_KINDS = {"emailAddress": "email", "telephone": "telephone", "url": "url"}


def dates(assertion: Assertion, inquiry: Inquiry) -> Check:
    """Passed from `issuedOn` to `expires`; both were read before."""
    begins, ends = assertion.instant("issuedOn"), assertion.instant("expires")
    if begins is not None and inquiry.now < begins:
        said = sentence("This Open Badges 2.0 badge is dated {begins}.", begins=moved_to(begins, inquiry.zone))
        return _fact(CheckName.VALIDITY, NOT_YET_VALID, "Not yet valid", said, "/issuedOn")
    if ends is not None and inquiry.now > ends:
        said = sentence("This Open Badges 2.0 badge expired on {ends}.", ends=moved_to(ends, inquiry.zone))
        return _fact(CheckName.VALIDITY, EXPIRED, "Expired", said, "/expires")
    if ends is None:
        return Check(CheckName.VALIDITY, Outcome.PASSED, sentence("It has no end date."))
    said = sentence("It is valid until {until}.", until=moved_to(ends, inquiry.zone))
    return Check(CheckName.VALIDITY, Outcome.PASSED, said)


def revocation(assertion: Assertion, current: Mapping[str, Any], around: Surroundings, inquiry: Inquiry) -> Check:
    """Of a hosted one its address says it, of a signed one the list in its issuer's profile."""
    if assertion.token is None:
        return _revoked(current) if current.get("revoked") is True else _stands()
    url = around.issuer.get("revocationList")
    if not isinstance(url, str):
        return Check(CheckName.STATUS, Outcome.PASSED, sentence("Its issuer keeps no list of what it revoked."))
    try:
        listed = at_its_address(url, inquiry)
    except (Unreachable, Unbelievable) as error:
        said = sentence(
            "Whether this Open Badges 2.0 badge was revoked could not be found out: {why}.", why=sentence_of(error)
        )
        return Check(CheckName.STATUS, Outcome.INCOMPLETE, said, (Problem(UNKNOWN_STATUS, "Status not known", said),))
    names = {assertion.id, assertion.document.get("uid")} - {None}
    entries = listed.get("revokedAssertions")
    for entry in entries if isinstance(entries, list) else [entries]:
        about = entry if isinstance(entry, Mapping) else {"id": entry}
        if about.get("id") in names or about.get("uid") in names:
            return _revoked(about)
    return _stands()


def _revoked(about: Mapping[str, Any]) -> Check:
    reason = about.get("revocationReason")
    said = sentence("This Open Badges 2.0 badge was revoked by its issuer.")
    if isinstance(reason, str) and reason.strip():
        said = sentence("This Open Badges 2.0 badge was revoked by its issuer: {reason}", reason=shown(reason))
    return _fact(CheckName.STATUS, REVOKED, "Revoked", said, "/revoked")


def _stands() -> Check:
    return Check(CheckName.STATUS, Outcome.PASSED, sentence("Its issuer has not revoked it."))


def recipient(assertion: Assertion, inquiry: Inquiry) -> Check:
    """Passed if its recipient, plain or hashed, is the one that the policy names."""
    if inquiry.policy.recipient is None:
        return Check(CheckName.RECIPIENT, Outcome.SKIPPED, sentence("Nobody asked whose it is."))
    kind, value = inquiry.policy.recipient
    given: Mapping[str, Any] = assertion.document["recipient"]
    as_of_3_0 = {
        "identityType": kind if given.get("type") == _KINDS.get(kind, kind) else None,
        "hashed": given.get("hashed", False),
        "identityHash": given.get("identity"),
        "salt": given.get("salt", ""),
    }
    if identity.matches(as_of_3_0, value, kind):
        return Check(CheckName.RECIPIENT, Outcome.PASSED, sentence("It was given to {wanted}.", wanted=shown(value)))
    said = sentence("This Open Badges 2.0 badge was not given to {wanted}.", wanted=shown(value))
    return _fact(CheckName.RECIPIENT, OTHER_RECIPIENT, "Another recipient", said, "/recipient")


def _fact(name: CheckName, type_: str, title: str, said: str, place: str) -> Check:
    return Check(name, Outcome.FAILED, said, (Problem(type_, title, said, place),))
