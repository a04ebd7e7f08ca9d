"""How long a description may be used before it is asked for again (RFC 9111, as requirement 118 asks of clients)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

UNSAID: Final = timedelta(days=1)
"""If the host says nothing of it."""
LONGEST: Final = timedelta(days=7)
"""Whatever the host says: an endpoint that was given up is missed after a week at most."""
_MOST_TAG: Final = 200
_AGE: Final = re.compile(r'max-age\s*=\s*"?([0-9]{1,12})"?\Z')


def fresh_until(headers: Mapping[str, str], now: datetime) -> datetime:
    """Until when an answer with these headers, by names in lower case, says what is true: `now`, if not longer."""
    said = [one.strip().lower() for one in headers.get("cache-control", "").split(",")]
    if any(one.partition("=")[0].strip() in {"no-store", "no-cache"} for one in said):
        return now
    ages = [int(found[1]) for one in said if (found := _AGE.match(one))]
    if ages:
        return now + min(timedelta(seconds=min(ages)), LONGEST)
    if "expires" in headers:
        return max(now, min(_instant(headers["expires"]) or now, now + LONGEST))
    return now + UNSAID


def tag_in(headers: Mapping[str, str]) -> str:
    """The ETag, "" without one that could be sent back."""
    tag = headers.get("etag", "")
    return tag if len(tag) <= _MOST_TAG and tag.isascii() and tag.isprintable() else ""


def _instant(text: str) -> datetime | None:
    """None for what is none, such as 0: then it is over already (section 5.3)."""
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
