"""What was found out about documents of others some minutes ago, so that a page need not ask their issuers again."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta
from threading import Lock

from verifier.checks.validity import check_validity
from verifier.extract import Address, NotExtracted, extract
from verifier.result import Outcome, Status, VerificationResult

KEPT = timedelta(minutes=5)
KEPT_UNCHECKED = timedelta(seconds=30)  # who could not be reached is asked again soon
MOST = 256


class Verdicts:
    """Results by the document's digest, the oldest given up first. Threads may share it.

    A verdict is kept for KEPT, so that long may pass until a revocation shows; one that says valid only as long as the
    document's own dates do.
    """

    def __init__(self, *, most: int = MOST) -> None:
        self._most = most
        self._kept: OrderedDict[str, VerificationResult] = OrderedDict()
        self._lock = Lock()

    def find(self, digest: str, body: bytes, now: datetime) -> VerificationResult | None:
        """What still holds of what was found about the document with these bytes; else None."""
        with self._lock:
            found = self._kept.get(digest)
        if found is None:
            return None
        kept = KEPT_UNCHECKED if found.status is Status.UNCHECKED else KEPT
        young = timedelta() <= now - found.checked_at < kept
        return found if young and (not found.verified or _within_its_dates(body, now)) else None

    def keep(self, digest: str, result: VerificationResult) -> None:
        """Remember what was found just now."""
        with self._lock:
            self._kept[digest] = result
            self._kept.move_to_end(digest)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)


def _within_its_dates(body: bytes, now: datetime) -> bool:
    try:
        found = extract(body)
    except NotExtracted:
        return False
    return not isinstance(found, Address) and check_validity(found, now).outcome is Outcome.PASSED
