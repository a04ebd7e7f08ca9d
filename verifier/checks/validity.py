"""Step 5: is it within its dates? (Open Badges 3.0, verification step 4b)"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
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
        begins, ends = _beginning(found.document), _end(found)
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
    if any(has_expired(proof, now) for proof in proofs_that_secure(found)):
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


def is_current(found: Extracted, now: datetime) -> bool:
    """Whether `check_validity` would pass, without a sentence."""
    try:
        begins, ends = _beginning(found.document), _end(found)
    except ValueError:
        return False
    if (begins is not None and now < begins) or (ends is not None and now > ends):
        return False
    return not any(has_expired(proof, now) for proof in proofs_that_secure(found))


def end_of(found: Extracted) -> datetime | None:
    """The instant from which, or after which, it is not within its dates any more; None if that never comes.

    Asked of documents of which `is_current` is true at some instant.
    """
    expiries = (expiry_of(proof) for proof in proofs_that_secure(found))
    return min((end for end in (_end(found), *expiries) if end is not None), default=None)


def _names(document: Mapping[str, Any], names: tuple[str, str]) -> tuple[str, ...]:
    """Under which names the document may say it; version 1.1 defines those of version 2.0 too, for later use."""
    return names if vc_claim.is_of_version_1(document) else names[:1]


def _member(document: Mapping[str, Any], names: tuple[str, str]) -> str:
    return next((name for name in _names(document, names)[::-1] if name in document), names[0])


def _beginning(document: Mapping[str, Any]) -> datetime | None:
    """The latest instant from which it says that it is valid."""
    names = _names(document, _BEGINS)
    return max((begin for name in names if (begin := _instant(document, name)) is not None), default=None)


def _end(found: Extracted) -> datetime | None:
    """The credential's own end; a token's `exp` stands for a `validUntil` that is missing (Open Badges 3.0, 8.2)."""
    ends = [end for name in _names(found.document, _ENDS) if (end := _instant(found.document, name)) is not None]
    end = min(ends, default=None)
    return _of_token(found.envelope) if end is None and found.envelope is not None else end


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
