"""The entry by which a credential points into a status list (Bitstring Status List 1.0, section 2.1).

`StatusList2021Entry` of older badges is the same thing under other names, but for values of several bits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from credentials.problems import MALFORMED_VALUE_ERROR, Problem, Unacceptable
from credentials.sentence import sentence

REVOCATION = "revocation"
SUSPENSION = "suspension"
REFRESH = "refresh"
MESSAGE = "message"

MAX_STATUS_SIZE = 16
"""Bits of the largest value that is read: an entry names each of its values, and 65,536 of these fit in no badge."""

_BEYOND = 10**18
_DIGITS_BEYOND = len(str(_BEYOND))
_USUAL_MEMBERS = frozenset({"id", "type", "statusPurpose", "statusListIndex", "statusListCredential"})
_HEXADECIMAL = frozenset("0123456789abcdefABCDEF")
_UNNAMED = ("unset", "set")
UNDEFINED = "undefined"
"""The message of a value that has no meaning yet (section 2.1)."""


class ListKind(NamedTuple):
    """A standard for lists of bits: its types of entries, of credentials that hold a list, and of the lists.

    multibase: the encoded list begins with the `u` of base64url.
    """

    entry: str
    credential: str
    subject: str
    multibase: bool


BITSTRING = ListKind("BitstringStatusListEntry", "BitstringStatusListCredential", "BitstringStatusList", True)
STATUS_LIST_2021 = ListKind("StatusList2021Entry", "StatusList2021Credential", "StatusList2021", False)
KINDS = (BITSTRING, STATUS_LIST_2021)


@dataclass(frozen=True, slots=True)
class StatusEntry:
    """An entry that keeps to the standard: which value of which list, and what the values mean.

    size: bits of a value. messages: the issuer's word for each of the 2^size values, or empty. references: addresses
    that explain the statuses.
    """

    kind: ListKind
    purpose: str
    url: str
    index: int
    size: int = 1
    messages: Mapping[int, str] = field(default_factory=dict)
    references: tuple[str, ...] = ()

    @classmethod
    def of(cls, status: Mapping[str, Any]) -> StatusEntry:
        """Read a `credentialStatus` object. Raises `Unacceptable`: MALFORMED_VALUE_ERROR for each thing that is wrong,
        with the JSON Pointer of its place in the object."""
        if status.keys() == _USUAL_MEMBERS:  # as nearly all are: one bit that goes without words
            name, purpose, index, url = (
                status["type"],
                status["statusPurpose"],
                status["statusListIndex"],
                status["statusListCredential"],
            )
            texts = purpose.__class__ is index.__class__ is url.__class__ is str
            if name == BITSTRING.entry and texts and _is_index(index) and status["id"] != url:
                return cls(BITSTRING, purpose, url, _number(index))
        kind = kind_of(status)
        problems = [*_problems(status, kind)]
        if kind is None or problems:
            raise Unacceptable(problems)
        index, references = status["statusListIndex"], status.get("statusReference", ())
        return cls(
            kind,
            status["statusPurpose"],
            status["statusListCredential"],
            _number(index),
            status.get("statusSize", 1),
            {int(one["status"], 16): one["message"] for one in status.get("statusMessage", ())},
            (references,) if isinstance(references, str) else tuple(references),
        )

    def message(self, value: int) -> str:
        """The issuer's word for a value; without one “set” and “unset”, as the standard has it."""
        return self.messages[value] if self.messages else _UNNAMED[value != 0]


def kind_of(status: Mapping[str, Any]) -> ListKind | None:
    """Of which standard the entry is by its `type`; None for any other, and for one that claims to be of two."""
    named = status.get("type")
    names = named if isinstance(named, list) else [named]
    kinds = [kind for kind in KINDS if kind.entry in names]
    return kinds[0] if len(kinds) == 1 else None


def status_entry(
    *,
    list_url: str,
    index: int,
    purpose: str,
    messages: Sequence[str] = (),
    references: Sequence[str] = (),
) -> dict[str, Any]:
    """The `credentialStatus` object of a credential whose status is the value of that index in the list.

    messages: the word for each value, from 0 on; values have as many bits as that takes, and those that are left are
    undefined. Without any it is one bit. The purpose `message` must have them. Raises ValueError otherwise.
    """
    size = (len(messages) - 1).bit_length()
    if messages and not 1 <= size <= MAX_STATUS_SIZE:
        raise ValueError("a status has two messages or more")
    words = [*messages, *[UNDEFINED] * ((1 << size) - len(messages))] if messages else []
    if purpose == MESSAGE and not messages:
        raise ValueError("a status of purpose message needs the messages")
    entry: dict[str, Any] = {
        "id": f"{list_url}#{index}",
        "type": BITSTRING.entry,
        "statusPurpose": purpose,
        "statusListIndex": str(index),
        "statusListCredential": list_url,
    }
    if messages:
        entry["statusSize"] = size
        entry["statusMessage"] = [{"status": hex(value), "message": word} for value, word in enumerate(words)]
    if references:
        entry["statusReference"] = references[0] if len(references) == 1 else [*references]
    return entry


def _problems(status: Mapping[str, Any], kind: ListKind | None) -> Iterator[Problem]:
    if kind is None:
        yield _malformed(sentence("The status entry is of no kind that is known, or of two at once."), "type")
    url = status.get("statusListCredential")
    if not isinstance(status.get("statusPurpose"), str):
        yield _malformed(sentence("The status entry does not name its purpose."), "statusPurpose")
    if not isinstance(url, str):
        yield _malformed(sentence("The status entry does not name its list."), "statusListCredential")
    elif status.get("id") == url:
        yield _malformed(sentence("The status entry's id is that of its list; it must be its own."), "id")
    index = status.get("statusListIndex")
    if not isinstance(index, str) or not _is_index(index):
        detail = sentence("The status entry's statusListIndex is not a whole number written as a string.")
        yield _malformed(detail, "statusListIndex")
    yield from _problems_of_values(status, kind)
    references = status.get("statusReference", [])
    if not all(isinstance(one, str) for one in (references if isinstance(references, list) else [references])):
        yield _malformed(sentence("The status entry's statusReference is no address."), "statusReference")


def _problems_of_values(status: Mapping[str, Any], kind: ListKind | None) -> Iterator[Problem]:
    size = status.get("statusSize", 1)
    most = 1 if kind is STATUS_LIST_2021 else MAX_STATUS_SIZE
    if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= most:
        detail = sentence("The status entry's statusSize is not a whole number from 1 to {most}.", most=most)
        yield _malformed(detail, "statusSize")
        return
    if "statusMessage" not in status:
        if size > 1:
            detail = sentence("The status entry has values of several bits and does not say what each of them means.")
            yield _malformed(detail, "statusMessage")
        return
    messages = status["statusMessage"]
    if not isinstance(messages, list) or not all(_is_message(one) for one in messages):
        detail = sentence("The status entry's statusMessage is not a list of values, like 0x1, and their messages.")
        yield _malformed(detail, "statusMessage")
        return
    # The order of the array is no part of what an embedded proof signs, so a message counts for the value it names.
    values = sorted(int(one["status"], 16) for one in messages)
    if len(values) != 1 << size or values != [*range(1 << size)]:
        detail = sentence(
            "The status entry has {number} possible values, and its statusMessage does not name each of them once.",
            number=1 << size,
        )
        yield _malformed(detail, "statusMessage")


def _is_message(one: Any) -> bool:
    if not isinstance(one, dict):
        return False
    value, message = one.get("status"), one.get("message")
    if not isinstance(message, str) or not isinstance(value, str):
        return False
    digits = value[2:]
    return value[:2] == "0x" and 1 <= len(digits) <= 8 and _HEXADECIMAL.issuperset(digits)


def _number(index: str) -> int:
    """Of a long index one that lies outside every list: who asks is told so, and nobody reads a million digits."""
    return int(index) if len(index) < _DIGITS_BEYOND else _BEYOND


def _is_index(text: str) -> bool:
    return text.isascii() and text.isdecimal() and (text[0] != "0" or text == "0")


def _malformed(detail: str, member: str) -> Problem:
    return Problem(MALFORMED_VALUE_ERROR, "Status entry is malformed", detail, f"/{member}")
