"""Step 4: is there a newer version of it? (Open Badges 3.0, section 8 step 3)

Only if the policy asks, only after the proof was right, and only once. A refresh that does not work leaves the
credential as it is: that is what the standard says, and the status list still has the last word.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from credentials.equality import are_the_same
from credentials.instants import parse_instant
from credentials.sentence import sentence, sentence_of
from verifier.checks.authenticity import authenticate, first_obstacle
from verifier.extract import MAX_TEXT_BYTES, Address, Extracted, NotExtracted, extract
from verifier.fetcher import FetchError
from verifier.inquiry import Inquiry
from verifier.parties import issuer_id, objects, shown, types
from verifier.result import Check, CheckName, Outcome

ACCEPT_CREDENTIAL = (
    "application/vc, application/vc+jwt, application/vc+ld+json;q=0.9, application/ld+json;q=0.8, "
    "application/json;q=0.8, text/plain;q=0.7, image/png;q=0.6, image/svg+xml;q=0.6"
)
_TYPE = "1EdTechCredentialRefresh"


_NO_SERVICE = Check(
    CheckName.REFRESH, Outcome.SKIPPED, sentence("It names no service that would have a newer version of it.")
)


class _NotRefreshed(Exception):  # noqa: N818
    """The service gave no newer version of this credential; the message says why."""


def check_refresh(found: Extracted, inquiry: Inquiry) -> tuple[Check, Extracted]:
    """The check, and the credential to judge from here on: the refreshed one, or the same as before."""
    if "refreshService" not in found.document:
        return _NO_SERVICE, found
    services = [s for s in objects(found.document.get("refreshService")) if _TYPE in types(s)]
    if not services:
        return _NO_SERVICE, found
    if not inquiry.policy.refresh:
        return _skipped(sentence("It names a service for newer versions of it, which nobody asked to use.")), found
    try:
        refreshed = _refreshed(services[0], found, inquiry)
    except _NotRefreshed as reason:
        return _skipped(
            sentence("There is no newer version to be had, so it is judged as it is: {reason}.", reason=reason)
        ), found
    said = sentence("The issuer's newest version of it was fetched, and is what was judged.")
    if refreshed.document.get("id") != found.document.get("id"):
        said = sentence(
            "It has a successor: {value} was fetched, and is what was judged.",
            value=shown(refreshed.document.get("id")),
        )
    return Check(CheckName.REFRESH, Outcome.PASSED, said), refreshed


def _refreshed(service: Mapping[str, Any], found: Extracted, inquiry: Inquiry) -> Extracted:
    url = service.get("id")
    if not isinstance(url, str):
        raise _NotRefreshed(sentence("the refresh service has no address"))
    try:
        fetched = inquiry.reach.fetch(url, accept=ACCEPT_CREDENTIAL, max_bytes=MAX_TEXT_BYTES)
        refreshed = extract(fetched.body)
    except FetchError as error:
        raise _NotRefreshed(error.reason) from None
    except NotExtracted as error:
        raise _NotRefreshed(sentence("{url} serves none ({why})", url=shown(url), why=sentence_of(error))) from None
    if isinstance(refreshed, Address):
        raise _NotRefreshed(sentence("{url} serves only another address", url=shown(url)))
    _require_successor(refreshed.document, found.document)
    obstacle = first_obstacle(authenticate(refreshed, inquiry))
    if obstacle is not None:
        raise _NotRefreshed(
            sentence("what {url} serves cannot be believed ({why})", url=shown(url), why=obstacle.sentence)
        )
    return refreshed


def _require_successor(new: Mapping[str, Any], old: Mapping[str, Any]) -> None:
    """The same credential of the same issuer (Open Badges 3.0, "Credential equality and comparison"), or another that
    the same issuer gave the same subject for the same achievement, as after a recertification; and not older.
    """
    if not (are_the_same(new, old) or (issuer_id(new) == issuer_id(old) and _same_award(new, old))):
        raise _NotRefreshed(sentence("the refresh service answered with another credential"))
    try:
        older = parse_instant(str(_beginning(new))) < parse_instant(str(_beginning(old)))
    except ValueError:
        raise _NotRefreshed(
            sentence("the refresh service answered with a credential without a readable date")
        ) from None
    if older:
        raise _NotRefreshed(sentence("the refresh service answered with an older version"))


def _beginning(document: Mapping[str, Any]) -> Any:
    """From when it is valid, as its version of the data model says it."""
    return document.get("validFrom", document.get("issuanceDate"))


def _same_award(new: Mapping[str, Any], old: Mapping[str, Any]) -> bool:
    """Whether both say of one and the same subject, by its id, that it has the same achievement, by its id."""
    return _award(new) == _award(old) is not None


def _award(document: Mapping[str, Any]) -> tuple[str, str] | None:
    subject = document.get("credentialSubject")
    achievement = subject.get("achievement") if isinstance(subject, Mapping) else None
    ids = [one.get("id") if isinstance(one, Mapping) else None for one in (subject, achievement)]
    return (ids[0], ids[1]) if isinstance(ids[0], str) and isinstance(ids[1], str) else None


def _skipped(said: str) -> Check:
    return Check(CheckName.REFRESH, Outcome.SKIPPED, said)
