"""What a 1EdTechRevocationList says of a credential (Open Badges 3.0, verification step 4a).

The list is not signed: that it is the issuer's is known only from the signed credential, which names its address, and
from the connection to that address. So it must be https, and the answer says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from credentials.problems import STATUS_RETRIEVAL_ERROR, STATUS_VERIFICATION_ERROR, Unacceptable
from credentials.revocation_list import RevocationList
from credentials.sentence import sentence
from verifier.checks.status_lists import StatusTrouble, fetched
from verifier.inquiry import Inquiry
from verifier.parties import issuer_id, shown
from verifier.result import Outcome


def reason_of(entry: Mapping[str, Any], document: Mapping[str, Any], inquiry: Inquiry) -> str | None:
    """The reason for which the list says that this credential is revoked, perhaps empty; None if it is not.

    Raises `StatusTrouble`: incomplete if nobody can know, failed if the list is not what it must be.
    """
    url, credential = entry.get("id"), document.get("id")
    if not isinstance(url, str):
        raise StatusTrouble(Outcome.FAILED, STATUS_VERIFICATION_ERROR, sentence("Its status entry names no list."))
    if not url.lower().startswith("https://"):
        said = sentence(
            "The revocation list at {url} is unsigned and not served by https: anybody could have written it.",
            url=shown(url),
        )
        raise StatusTrouble(Outcome.INCOMPLETE, STATUS_RETRIEVAL_ERROR, said)
    if not isinstance(credential, str):
        said = sentence("It has no id, by which a revocation list could name it.")
        raise StatusTrouble(Outcome.INCOMPLETE, STATUS_VERIFICATION_ERROR, said)
    return _read(fetched(url, inquiry), url, document, inquiry).revoked.get(credential)


def _read(body: bytes, url: str, document: Mapping[str, Any], inquiry: Inquiry) -> RevocationList:
    none = sentence("Whether it was revoked could not be found out: {url} serves no revocation list.", url=shown(url))
    try:
        found = RevocationList.parse(body)
    except Unacceptable as refusal:
        first = refusal.problems[0]
        if first.type.endswith("MALFORMED_VALUE_ERROR"):
            said = sentence("The status list at {url} does not fit: {detail}", url=shown(url), detail=first.detail)
            raise StatusTrouble(Outcome.FAILED, first.type, said) from None
        raise StatusTrouble(Outcome.INCOMPLETE, STATUS_RETRIEVAL_ERROR, none) from None
    if found is None:
        raise StatusTrouble(Outcome.INCOMPLETE, STATUS_RETRIEVAL_ERROR, none)
    if found.id not in (None, url):
        said = sentence("At {url} lies another status list, {listed}.", url=shown(url), listed=shown(found.id))
        raise StatusTrouble(Outcome.FAILED, STATUS_VERIFICATION_ERROR, said)
    if inquiry.policy.require_issuer_signs_status and issuer_id(document) not in found.issuers:
        said = sentence(
            "The status list at {url} is not by the credential's issuer but by {listed}.",
            url=shown(url),
            listed=shown(", ".join(sorted(found.issuers))),
        )
        raise StatusTrouble(Outcome.FAILED, STATUS_VERIFICATION_ERROR, said)
    return found
