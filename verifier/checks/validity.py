"""Step 5: is it within its dates? (Open Badges 3.0, verification step 4b)"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any

from credentials.instants import parse_instant
from credentials.problems import MALFORMED_VALUE_ERROR, Problem
from credentials.proofs import jose, vc_claim
from credentials.sentence import Sentence, moved_to, sentence, sentence_of
from verifier.extract import Extracted
from verifier.proof_times import expiry_of, has_expired, proofs_that_secure
from verifier.result import EXPIRED, NOT_YET_VALID, Check, CheckName, Outcome

_BEGINS = ("validFrom", "issuanceDate")
_ENDS = ("validUntil", "expirationDate")


def check_validity(found: Extracted, now: datetime, zone: tzinfo = UTC) -> Check:
    """Passed from `validFrom` to `validUntil`, both included, and until the first `expires` of a proof, not included.

    In credentials of VCDM 1.1 it is `issuanceDate` and `expirationDate` that say it.

    Asked of documents whose proofs have the right form. The sentence tells the time of `zone`.
    """
    try:
        begins, ends = _dates(found)
    except ValueError as error:
        problem = Problem(MALFORMED_VALUE_ERROR, "Unreadable date", str(error))
        return Check(
            CheckName.VALIDITY,
            Outcome.FAILED,
            sentence("Its dates cannot be read: {why}.", why=sentence_of(error)),
            (problem,),
        )
    if begins is not None and now < begins:
        said = sentence("It is not valid yet: it begins on {begins}.", begins=moved_to(begins, zone))
        return _outside(NOT_YET_VALID, "Not yet valid", said, "/" + _member(found.document, _BEGINS))
    if ends is not None and now > ends:
        said = sentence("It expired on {ends}.", ends=moved_to(ends, zone))
        return _outside(EXPIRED, "Expired", said, "/" + _member(found.document, _ENDS))
    if _signature_expired(found, now):
        return _outside(EXPIRED, "Expired", sentence("The signature on it has expired."), "/proof")
    return _within(begins, ends, zone)


@lru_cache(maxsize=512)  # the badges of a batch have the same dates; a sentence takes some 300 bytes
def _within(begins: datetime | None, ends: datetime | None, zone: tzinfo) -> Check:
    since = moved_to(begins, zone) if begins is not None else None
    until = moved_to(ends, zone) if ends is not None else None
    return Check(CheckName.VALIDITY, Outcome.PASSED, _valid(since, until))


def _valid(since: datetime | None, until: datetime | None) -> Sentence:
    if since is None:
        if until is None:
            return sentence("It is valid and has no end date.")
        return sentence("It is valid until {until}.", until=until)
    if until is None:
        return sentence("It is valid since {since} and has no end date.", since=since)
    return sentence("It is valid since {since} until {until}.", since=since, until=until)


def is_current(found: Extracted, now: datetime, *, ahead: timedelta) -> bool:
    """Whether `check_validity` would pass, without a sentence, also where its begin is no more than `ahead` to come."""
    try:
        begins, ends = _dates(found)
    except ValueError:
        return False
    if (begins is not None and begins - now > ahead) or (ends is not None and now > ends):
        return False
    return not _signature_expired(found, now)


def end_of(found: Extracted) -> datetime | None:
    """The instant from which, or after which, it is not within its dates any more; None if that never comes.

    Asked of documents of which `is_current` is true at some instant.
    """
    expiries = (expiry_of(proof) for proof in proofs_that_secure(found))
    return min((end for end in (_dates(found)[1], *expiries) if end is not None), default=None)


def _member(document: Mapping[str, Any], names: tuple[str, str]) -> str:
    """Under which of the names the document says it; version 1.1 defines those of version 2.0 too, for later use."""
    old = vc_claim.is_of_version_1(document) and names[1] in document
    return names[1] if old else names[0]


def _dates(found: Extracted) -> tuple[datetime | None, datetime | None]:
    """The latest instant from which it says that it is valid, and the first until which.

    A token's `exp` stands for an end that is missing (Open Badges 3.0, 8.2). Raises ValueError with a sentence.
    """
    document = found.document
    if vc_claim.is_of_version_1(document):
        begins = max(_instants(document, _BEGINS), default=None)
        ends = min(_instants(document, _ENDS), default=None)
    else:
        begins, ends = _instant(document, _BEGINS[0]), _instant(document, _ENDS[0])
    return begins, _of_token(found.envelope) if ends is None and found.envelope is not None else ends


def _instants(document: Mapping[str, Any], names: tuple[str, str]) -> list[datetime]:
    return [instant for name in names if (instant := _instant(document, name)) is not None]


def _signature_expired(found: Extracted, now: datetime) -> bool:
    return any(has_expired(proof, now) for proof in proofs_that_secure(found))


def _of_token(token: jose.Enveloped) -> datetime | None:
    seconds = jose.expiry_claim(token)
    if seconds is None:
        if "exp" in token.payload:
            raise ValueError(sentence("the token's claim `exp` is not a number"))
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        raise ValueError(sentence("the token's claim `exp` names no date that exists")) from None


def _instant(holder: Mapping[str, Any], member: str) -> datetime | None:
    if member not in holder:
        return None
    value = holder[member]
    if not isinstance(value, str):
        why = sentence("`{member}` is not a text", member=member)
        raise ValueError(why)  # noqa: TRY004  (of the document, not of our types)
    return parse_instant(value)


def _outside(type_: str, title: str, said: str, pointer: str) -> Check:
    problem = Problem(type_, title, said, pointer)
    return Check(CheckName.VALIDITY, Outcome.FAILED, said, (problem,))
