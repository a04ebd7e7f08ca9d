"""Status lists that were believed before: read, examined and inflated once, however many badges name them.

Remembered is what follows from the bytes alone, and beside it one `Belief`: the circumstances under which the list was
last believed. Under the same ones it is believed again without asking anew; under others everything is asked anew, with
the keys and the clock of that verification.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from credentials.memory import Memory
from credentials.status_list import ReadableList
from keys.public_key import PublicKey
from verifier.checks.examined import Examined
from verifier.checks.signatures import Signature
from verifier.checks.validity import end_of
from verifier.extract import Extracted
from verifier.inquiry import Inquiry
from verifier.published_keys import NoSuchKey, key_named
from verifier.resolve import Unresolved, content_of

_MOST_KEYS = 4


@dataclass(frozen=True, slots=True)
class Belief:
    """The list was found authentic and current at `since`, and stays so until `until` if its issuer publishes the same.

    Only of a list with one signature, by a key that the issuer's own document names: then nothing but that document
    and the clock was asked. Each question about time that was answered well at `since` is answered well until the
    first end: of the list's dates, of its proof, of the key.
    """

    published: bytes
    since: datetime
    until: datetime | None

    def holds(self, inquiry: Inquiry, issuer: str) -> bool:
        """Whether this verification would come to the same answer."""
        if inquiry.now < self.since or (self.until is not None and inquiry.now >= self.until):
            return False
        return _published_by(issuer, inquiry) == self.published


@dataclass(slots=True)
class KnownList:
    """A list as it was found, what examining it gave, its bits, and when it was last believed.

    Nobody changes anything in it but `belief`.
    """

    found: Extracted
    examined: Examined
    readable: ReadableList
    issuer: str
    belief: Belief | None = None

    def is_believed(self, inquiry: Inquiry) -> bool:
        """Whether it is authentic and current, as was found out before; False leaves that open."""
        belief = self.belief
        if belief is None or not inquiry.policy.require_issuer_controls_key:
            return False
        return belief.holds(inquiry, self.issuer)

    def believe(self, inquiry: Inquiry) -> None:
        """Take note that it was found authentic and current, if its issuer and the clock are all that was asked."""
        signatures = self.examined.signatures
        if not isinstance(signatures, tuple) or len(signatures) != 1 or not inquiry.policy.require_issuer_controls_key:
            return
        (signature,) = signatures
        published = _published_by(self.issuer, inquiry)
        if published is None or not signature.method:
            return
        try:
            withdrawn = key_named(inquiry.reach.resolve(self.issuer), signature.method).withdrawn
        except (NoSuchKey, Unresolved):
            return
        ends = [end for end in (end_of(self.found), withdrawn) if end is not None]
        self.belief = Belief(published, inquiry.now, min(ends, default=None))


def _published_by(issuer: str, inquiry: Inquiry) -> bytes | None:
    """What tells the issuer's document from all others; None if there is none."""
    try:
        return content_of(inquiry.reach.resolve(issuer))
    except Unresolved:
        return None


# 256 lists of 131,072 entries take 10 MB, ten of the largest that are read 100 MB; the bytes and the bits are counted.
# Only lists that were believed are kept; issuers with many lists make others be forgotten and gain nothing else.
_lists: Memory[tuple[bytes, bool], KnownList] = Memory(most=1024, heavy=96 * 1024 * 1024)


def known_list(body: bytes, *, embedded: bool) -> KnownList | None:
    """What is known of a list of these bytes, examined with the room that an embedded document has, or with all."""
    return _lists.get((body, embedded))


def remember(body: bytes, known: KnownList, *, embedded: bool) -> None:
    """Keep a list that was believed; its signatures will then be checked once for each key."""
    signatures = known.examined.signatures
    if isinstance(signatures, tuple):
        known.examined = known.examined._replace(signatures=tuple(map(_checked_once, signatures)))
        _lists.keep((body, embedded), known, weight=4 * len(body) + len(known.readable.bits) // 8)


def _checked_once(signature: Signature) -> Signature:
    """The signature, with a memory of the keys that it was found to be by."""
    fitting: set[PublicKey] = set()

    def verify(key: PublicKey) -> None:
        if key not in fitting:
            signature.verify(key)
            if len(fitting) < _MOST_KEYS:
                fitting.add(key)

    return signature._replace(verify=verify)
