"""Status lists that were believed before: read, examined and inflated once, however many badges name them.

Remembered is only what follows from the bytes alone. Whose keys count, whether the list is current and whether it is
this issuer's is asked anew each time, with the keys and the clock of that verification.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from credentials.memory import Memory
from credentials.status_list import ReadableList
from keys.public_key import PublicKey
from verifier.checks.examined import Examined
from verifier.checks.signatures import Signature
from verifier.extract import Extracted

_MOST_KEYS = 4


@dataclass(frozen=True, slots=True)
class KnownList:
    """A list as it was found, what examining it gave, and its bits."""

    found: Extracted
    examined: Examined
    readable: ReadableList


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
        once = replace(known.examined, signatures=tuple(_checked_once(signature) for signature in signatures))
        _lists.keep(
            (body, embedded), replace(known, examined=once), weight=4 * len(body) + len(known.readable.bits) // 8
        )


def _checked_once(signature: Signature) -> Signature:
    """The signature, with a memory of the keys that it was found to be by."""
    fitting: set[PublicKey] = set()

    def verify(key: PublicKey) -> None:
        if key not in fitting:
            signature.verify(key)
            if len(fitting) < _MOST_KEYS:
                fitting.add(key)

    return replace(signature, verify=verify)
