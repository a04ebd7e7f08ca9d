"""Step 5: is it within its dates? (Open Badges 3.0, verification step 4b)"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from credentials.instants import parse_instant
from credentials.problems import MALFORMED_VALUE_ERROR, Problem
from credentials.proofs import jose
from verifier.extract import Extracted
from verifier.parties import objects
from verifier.result import EXPIRED, NOT_YET_VALID, Check, CheckName, Outcome


def check_validity(found: Extracted, now: datetime) -> Check:
    """Passed from `validFrom` to `validUntil`, both included, and while no proof has passed its `expires`."""
    try:
        begins = _instant(found.document, "validFrom")
        ends = _end(found)
    except ValueError as error:
        problem = Problem(MALFORMED_VALUE_ERROR, "Unreadable date", str(error))
        return Check(CheckName.VALIDITY, Outcome.FAILED, f"Its dates cannot be read: {error}.", (problem,))
    if begins is not None and now < begins:
        sentence = f"It is not valid yet: it begins on {_words(begins)}."
        return _outside(NOT_YET_VALID, "Not yet valid", sentence, "/validFrom")
    if ends is not None and now > ends:
        return _outside(EXPIRED, "Expired", f"It expired on {_words(ends)}.", "/validUntil")
    until = f"until {_words(ends)}" if ends is not None else "and has no end date"
    since = f"since {_words(begins)} " if begins is not None else ""
    return Check(CheckName.VALIDITY, Outcome.PASSED, f"It is valid {since}{until}.")


def _end(found: Extracted) -> datetime | None:
    """The earliest end: the credential's own, that of a proof (Data Integrity 1.0, section 2.1 `expires`),
    or that of a token (its `exp` stands for a `validUntil` that is missing, requirement 52).
    """
    ends = [_instant(found.document, "validUntil")]
    ends += [_instant(proof, "expires") for proof in objects(found.document.get("proof"))]
    if found.jwt is not None and ends == [None]:
        ends.append(_of_token(found.jwt))
    return min((end for end in ends if end is not None), default=None)


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


def _words(instant: datetime) -> str:
    """The day and the minute in UTC, as `22 November 2026, 10:00 UTC`."""
    return f"{instant.day} {instant:%B %Y, %H:%M} UTC"
