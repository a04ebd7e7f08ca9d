"""What may stand in a slot: a language for each kind, and a mark that is one of its own words.

Whatever accepts the mark of a kind accepts every value of that kind, for each rule of the data model and of JSON-LD
that looks at one string alone (`docs/adr/0015-templates.md`). So marks are awkward on purpose: the one for text
begins and ends with a space and is in no normal form, so who changes texts on the way changes it; an instant is of
another age; a number has fifteen digits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from enum import IntEnum, StrEnum
from types import MappingProxyType
from uuid import UUID

from credentials.instants import format_instant

Randomness = Callable[[int], bytes]
"""Returns that many random bytes."""


class SlotKind(StrEnum):
    """The kind of a slot.

    TEXT is any text that is not empty and has no control characters but line breaks; IRI an absolute IRI of ASCII
    characters with one of `SCHEMES`; INSTANT what `format_instant` writes; UUID one in lower case; NUMBER a whole one
    of up to fifteen digits; DIGEST 64 hexadecimal digits in lower case.
    """

    TEXT = "text"
    IRI = "iri"
    INSTANT = "instant"
    UUID = "uuid"
    NUMBER = "number"
    DIGEST = "digest"


SCHEMES = ("https", "http", "did", "urn", "mailto")
"""No context may define a term of one of these names, or an IRI could be a compact one; the compiler looks."""

IN_IRI = r"[!#-;=?-\[\]_a-z~]"
"""A character that stands for itself in IRIs, literals and JSON alike."""

# U+FFFE and U+FFFF are escaped in N-Quads and not in JSON, and no text of a badge needs them.
_IN_TEXT = r"[^\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]"
_HEX = "[0-9a-f]"

PATTERNS: Mapping[SlotKind, str] = MappingProxyType(
    {
        SlotKind.TEXT: rf"(?!ext:){_IN_TEXT}++",
        SlotKind.IRI: rf"(?:{'|'.join(SCHEMES)}):{IN_IRI}++",
        SlotKind.INSTANT: r"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z",
        SlotKind.UUID: "-".join(f"{_HEX}{{{length}}}" for length in (8, 4, 4, 4, 12)),
        SlotKind.NUMBER: r"(?:0|[1-9][0-9]{0,14}+)",
        SlotKind.DIGEST: rf"{_HEX}{{64}}",
    }
)
"""Regular expressions, each linear in the length of what it looks at. That an instant exists is checked apart."""


class Age(IntEnum):
    """The year from which on the marks of instants lie: a document may have a fixed end of validity, or beginning."""

    PAST = 1200
    FUTURE = 8200


def mark(kind: SlotKind, number: int, age: Age, randomness: Randomness) -> str:
    """A value of the kind that nobody can guess; instants increase with `number`, which is below 700."""
    if kind is SlotKind.TEXT:
        return f" Zq{randomness(12).hex()}  A\u030a{number} "
    if kind is SlotKind.IRI:
        return f"urn:zq{randomness(12).hex()}:x{number}Z"
    if kind is SlotKind.INSTANT:
        day = datetime(age + number, 1, 1, tzinfo=UTC)
        return format_instant(day + timedelta(seconds=int.from_bytes(randomness(4)) % (365 * 86_400)))
    if kind is SlotKind.UUID:
        return str(UUID(bytes=randomness(16), version=4))
    if kind is SlotKind.NUMBER:
        return str(10**14 + int.from_bytes(randomness(8)) % (9 * 10**14))
    return randomness(32).hex()


def exists(instant: str) -> bool:
    """Whether the calendar has the day and the day the time; the form is known to be right."""
    try:
        datetime.fromisoformat(instant)
    except ValueError:
        return False
    return True
