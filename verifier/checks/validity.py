"""Step 5: is it within its dates? (Open Badges 3.0, verification step 4b)"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import Any

from credentials.instants import parse_instant
from credentials.problems import MALFORMED_VALUE_ERROR, Problem
from credentials.proofs import jose
from credentials.sentence import day_words
from verifier.extract import Extracted
from verifier.proof_times import expiry_of, has_expired, proofs_that_secure
from verifier.result import EXPIRED, NOT_YET_VALID, Check, CheckName, Outcome


def check_validity(found: Extracted, now: datetime, zone: tzinfo = UTC) -> Check:
    """Passed from `validFrom` to `validUntil`, both included, and until the first `expires` of a proof, not included.

    Asked of documents whose proofs have the right form. The sentence tells the time of `zone`.
    """
    try:
        begins = _instant(found.document, "validFrom")
        ends = _end(found)
    except ValueError as error:
        problem = Problem(MALFORMED_VALUE_ERROR, "Unreadable date", str(error))
        return Check(CheckName.VALIDITY, Outcome.FAILED, f"Its dates cannot be read: {error}.", (problem,))
    if begins is not None and now < begins:
        sentence = f"It is not valid yet: it begins on {_words(begins, zone)}."
        return _outside(NOT_YET_VALID, "Not yet valid", sentence, "/validFrom")
    if ends is not None and now > ends:
        return _outside(EXPIRED, "Expired", f"It expired on {_words(ends, zone)}.", "/validUntil")
    if any(has_expired(proof, now) for proof in proofs_that_secure(found)):
        return _outside(EXPIRED, "Expired", "The signature on it has expired.", "/proof")
    return _within(begins, ends, zone)


@lru_cache(maxsize=512)  # the badges of a batch have the same dates; a sentence takes some 300 bytes
def _within(begins: datetime | None, ends: datetime | None, zone: tzinfo) -> Check:
    until = f"until {_words(ends, zone)}" if ends is not None else "and has no end date"
    since = f"since {_words(begins, zone)} " if begins is not None else ""
    return Check(CheckName.VALIDITY, Outcome.PASSED, f"It is valid {since}{until}.")


def is_current(found: Extracted, now: datetime) -> bool:
    """Whether `check_validity` would pass, without a sentence."""
    try:
        begins, ends = _instant(found.document, "validFrom"), _end(found)
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


def _end(found: Extracted) -> datetime | None:
    """The credential's own end; a token's `exp` stands for a `validUntil` that is missing (Open Badges 3.0, 8.2)."""
    end = _instant(found.document, "validUntil")
    return _of_token(found.jwt) if end is None and found.jwt is not None else end


def _of_token(token: jose.UnverifiedJwt) -> datetime | None:
    seconds = jose.expiry_claim(token)
    if seconds is None:
        if "exp" in token.payload:
            raise ValueError("the token's claim `exp` is not a number")
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        raise ValueError("the token's claim `exp` names no date that exists") from None


def _instant(holder: Mapping[str, Any], member: str) -> datetime | None:
    if member not in holder:
        return None
    value = holder[member]
    if not isinstance(value, str):
        raise ValueError(f"`{member}` is not a text")  # noqa: TRY004  (of the document, not of our types)
    return parse_instant(value)


def _outside(type_: str, title: str, sentence: str, pointer: str) -> Check:
    problem = Problem(type_, title, sentence, pointer)
    return Check(CheckName.VALIDITY, Outcome.FAILED, sentence, (problem,))


def _words(instant: datetime, zone: tzinfo) -> str:
    """The day and the minute in that zone, as `22 November 2026, 10:00 UTC`."""
    try:
        local = instant.astimezone(zone)
    except OverflowError:  # at the ends of the calendar
        local = instant.astimezone(UTC)
    return f"{day_words(local)}, {local.hour:02}:{local.minute:02} {local.tzname()}"
