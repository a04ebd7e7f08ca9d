"""Bitstring Status List 1.0: the credential that carries a list, and how an entry's value is read from it.

StatusList2021 of older badges is read alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from credentials.bitstring import (
    MAX_INFLATED_BYTES,
    MAXIMUM_LENGTH,
    MINIMUM_LENGTH,
    Bitstring,
    malformed,
    unreadable,
)
from credentials.contexts import CREDENTIALS_V2
from credentials.instants import format_instant
from credentials.problems import RANGE_ERROR, STATUS_LIST_LENGTH_ERROR, refuse
from credentials.sentence import sentence
from credentials.status_entry import (
    BITSTRING,
    KINDS,
    MESSAGE,
    REFRESH,
    REVOCATION,
    SUSPENSION,
    ListKind,
    StatusEntry,
    status_entry,
)

__all__ = [
    "MAXIMUM_LENGTH",
    "MAX_INFLATED_BYTES",
    "MESSAGE",
    "MINIMUM_LENGTH",
    "REFRESH",
    "REVOCATION",
    "SUSPENSION",
    "Bitstring",
    "ReadableList",
    "StatusEntry",
    "read_status",
    "status_entry",
    "status_list_credential",
    "time_to_live",
]


def status_list_credential(
    *,
    url: str,
    issuer: str,
    purpose: str | Sequence[str],
    bits: Bitstring,
    valid_from: datetime,
    valid_until: datetime,
    ttl: timedelta,
) -> dict[str, Any]:
    """The unsigned credential that carries a list (section 2.2); `issuer` is a plain string, as suites demand.

    Its bits are values of as many bits as its entries say; a list is of one size.
    """
    return {
        "@context": [CREDENTIALS_V2],
        "id": url,
        "type": ["VerifiableCredential", BITSTRING.credential],
        "issuer": issuer,
        "validFrom": format_instant(valid_from),
        "validUntil": format_instant(valid_until),
        "credentialSubject": {
            "id": f"{url}#list",
            "type": BITSTRING.subject,
            "statusPurpose": purpose if isinstance(purpose, str) else [*purpose],
            "encodedList": bits.encode(),
            "ttl": int(ttl.total_seconds() * 1000),
        },
    }


@dataclass(frozen=True, slots=True)
class ReadableList:
    """A status list credential that was inflated once, for any number of entries to be looked up in it.

    It holds `len(bits) // 8` bytes and little else, which is what whoever keeps several must count; at most
    `MAX_INFLATED_BYTES`. The proof, the issuer and the validity of the credential are not looked at here.
    """

    kind: ListKind
    id: str | None
    purposes: tuple[str, ...]
    bits: Bitstring

    @classmethod
    def of(cls, list_credential: Mapping[str, Any]) -> ReadableList:
        """Raises `Unacceptable`: STATUS_VERIFICATION_ERROR if it is no list or larger than what is read,
        MALFORMED_VALUE_ERROR if it is not written as one must be, STATUS_LIST_LENGTH_ERROR if it is too short."""
        subject, types = list_credential.get("credentialSubject"), list_credential.get("type")
        kind = next((one for one in KINDS if isinstance(types, list) and one.credential in types), None)
        if kind is None or not isinstance(subject, dict):
            raise unreadable(sentence("it is not a {type}", type=BITSTRING.credential))
        url, named = list_credential.get("id"), subject.get("type")
        if "id" in list_credential and not isinstance(url, str):
            raise malformed(sentence("its id is no text"))
        if kind.subject not in (named if isinstance(named, list) else [named]):
            raise malformed(sentence("its credentialSubject is not a {type}", type=kind.subject))
        purposes = subject.get("statusPurpose")
        listed: list[Any] = purposes if isinstance(purposes, list) else [purposes]
        if not listed or not all(isinstance(one, str) for one in listed):
            raise malformed(sentence("it does not name its purpose"))
        encoded = subject.get("encodedList")
        if not isinstance(encoded, str):
            raise malformed(sentence("it has no encodedList"))
        return cls(kind, url, tuple(listed), Bitstring.decode(encoded, multibase=kind.multibase))

    def value(self, entry: StatusEntry) -> int:
        """The entry's value, 0 for “not set” (section 3.2, steps 5 to 10).

        Raises `Unacceptable`: STATUS_VERIFICATION_ERROR if this is another list, or of another kind or purpose,
        STATUS_LIST_LENGTH_ERROR if it has too few values of that size, RANGE_ERROR if the value lies outside it.
        """
        if entry.kind is not self.kind:
            raise unreadable(sentence("it is not a {type}", type=entry.kind.credential))
        if self.id is not None and self.id != entry.url:
            raise unreadable(sentence("it carries the id of another list"))
        if entry.purpose not in self.purposes:
            raise unreadable(
                sentence(
                    "it is a list for {purposes}, but {purpose} was asked for",
                    purposes=_shown(", ".join(self.purposes)),
                    purpose=_shown(entry.purpose),
                )
            )
        number = len(self.bits) // entry.size
        if number < MINIMUM_LENGTH:
            raise refuse(
                STATUS_LIST_LENGTH_ERROR,
                "Status list is too short",
                sentence(
                    "The status list has {number} entries; the standard demands {minimum_length}.",
                    number=number,
                    minimum_length=MINIMUM_LENGTH,
                ),
            )
        if entry.index >= number:
            raise refuse(
                RANGE_ERROR,
                "Status index is outside the list",
                sentence(
                    "The credential's status is number {index} of a list of {number} entries.",
                    index=entry.index,
                    number=number,
                ),
            )
        return self.bits.value(entry.index, entry.size)


def read_status(list_credential: Mapping[str, Any], entry: Mapping[str, Any]) -> int:
    """The entry's value in the list, 0 for “not set”. Raises as `StatusEntry.of`, `ReadableList.of` and `value`.

    For one entry: it inflates the whole list.
    """
    read = StatusEntry.of(entry)
    return ReadableList.of(list_credential).value(read)


def time_to_live(list_credential: Mapping[str, Any]) -> timedelta | None:
    """How long a fetched list may be used before it is fetched again (`ttl`, milliseconds), if it says so."""
    subject = list_credential.get("credentialSubject")
    ttl = subject.get("ttl") if isinstance(subject, dict) else None
    if isinstance(ttl, bool) or not isinstance(ttl, int | float) or not 0 <= ttl <= 10**12:
        return None
    return timedelta(milliseconds=ttl)


def _shown(text: str) -> str:
    """A purpose of anybody's choice as it may stand in a sentence."""
    return "".join(character for character in text[:60] if character.isprintable())
