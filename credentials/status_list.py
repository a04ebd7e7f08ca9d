"""Bitstring Status List 1.0: the list, the entry that points into it, and how one is read from the other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from credentials.bitstring import MAX_INFLATED_BYTES, MAXIMUM_LENGTH, MINIMUM_LENGTH, Bitstring, unreadable
from credentials.contexts import CREDENTIALS_V2
from credentials.instants import format_instant
from credentials.problems import MALFORMED_VALUE_ERROR, RANGE_ERROR, Unacceptable, refuse
from credentials.sentence import sentence

__all__ = [
    "MAXIMUM_LENGTH",
    "MAX_INFLATED_BYTES",
    "MINIMUM_LENGTH",
    "Bitstring",
    "ReadableList",
    "entry_of",
    "read_status",
    "status_entry",
    "status_list_credential",
    "time_to_live",
]

REVOCATION = "revocation"
SUSPENSION = "suspension"
ENTRY_TYPE = "BitstringStatusListEntry"
LIST_TYPE = "BitstringStatusListCredential"

_INDEX = re.compile(r"0|[1-9][0-9]{0,14}")


def status_list_credential(
    *,
    url: str,
    issuer: str,
    purpose: str,
    bits: Bitstring,
    valid_from: datetime,
    valid_until: datetime,
    ttl: timedelta,
) -> dict[str, Any]:
    """The unsigned credential that carries a list (section 2.2); `issuer` is a plain string, as suites demand."""
    return {
        "@context": [CREDENTIALS_V2],
        "id": url,
        "type": ["VerifiableCredential", LIST_TYPE],
        "issuer": issuer,
        "validFrom": format_instant(valid_from),
        "validUntil": format_instant(valid_until),
        "credentialSubject": {
            "id": f"{url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose,
            "encodedList": bits.encode(),
            "ttl": int(ttl.total_seconds() * 1000),
        },
    }


def status_entry(*, list_url: str, index: int, purpose: str) -> dict[str, str]:
    """The `credentialStatus` object of a credential whose status is the given bit of the list (section 2.1)."""
    return {
        "id": f"{list_url}#{index}",
        "type": ENTRY_TYPE,
        "statusPurpose": purpose,
        "statusListIndex": str(index),
        "statusListCredential": list_url,
    }


def entry_of(status: Mapping[str, Any]) -> tuple[str, str, int]:
    """Purpose, list URL and index of a `BitstringStatusListEntry`. Raises `Unacceptable` for a malformed one."""
    purpose, url, index = (status.get(name) for name in ("statusPurpose", "statusListCredential", "statusListIndex"))
    if not isinstance(purpose, str) or not isinstance(url, str):
        raise _malformed(sentence("The status entry does not name its purpose and its list."))
    if not isinstance(index, str) or not _INDEX.fullmatch(index):
        raise _malformed(sentence("The status entry's statusListIndex is not a whole number written as a string."))
    if status.get("statusSize", 1) != 1:
        raise _malformed(sentence("The status entry has values of several bits, which this software does not read."))
    return purpose, url, int(index)


@dataclass(frozen=True, slots=True)
class ReadableList:
    """A status list credential that was inflated once, for any number of entries to be looked up in it.

    It holds `len(bits) // 8` bytes and little else, which is what whoever keeps several must count; at most
    `MAX_INFLATED_BYTES`. The proof, the issuer and the validity of the credential are not looked at here.
    """

    id: str | None
    purposes: tuple[str, ...]
    bits: Bitstring

    @classmethod
    def of(cls, list_credential: Mapping[str, Any]) -> ReadableList:
        """Raises `Unacceptable`: STATUS_VERIFICATION_ERROR if it is no list or cannot be read,
        STATUS_LIST_LENGTH_ERROR if it is too short."""
        subject = list_credential.get("credentialSubject")
        types = list_credential.get("type")
        if not isinstance(subject, dict) or not isinstance(types, list) or LIST_TYPE not in types:
            raise unreadable(f"it is not a {LIST_TYPE}")
        url = list_credential.get("id")
        if "id" in list_credential and not isinstance(url, str):
            raise unreadable("its id is no text")
        purposes = subject.get("statusPurpose")
        encoded = subject.get("encodedList")
        if not isinstance(encoded, str):
            raise unreadable("it has no encodedList")
        named = purposes if isinstance(purposes, list) else [purposes]
        return cls(url, tuple(one for one in named if isinstance(one, str)), Bitstring.decode(encoded))

    def is_set(self, entry: Mapping[str, Any]) -> bool:
        """Whether the entry's bit is set (section 3.2, steps 6 to 15).

        Raises `Unacceptable`: MALFORMED_VALUE_ERROR for an entry that is none, STATUS_VERIFICATION_ERROR if this is
        another list or has another purpose, RANGE_ERROR if the index lies outside it.
        """
        purpose, url, index = entry_of(entry)
        if self.id is not None and self.id != url:
            raise unreadable("it carries the id of another list")
        if purpose not in self.purposes:
            raise unreadable(f"it is a list for {', '.join(self.purposes)[:60]}, but {purpose[:60]} was asked for")
        if index >= len(self.bits):
            raise refuse(
                RANGE_ERROR,
                "Status index is outside the list",
                sentence(
                    "The credential's status is number {index} of a list of {number} entries.",
                    index=index,
                    number=len(self.bits),
                ),
            )
        return self.bits.get(index)


def read_status(list_credential: Mapping[str, Any], entry: Mapping[str, Any]) -> bool:
    """Whether the entry's bit is set in the list. Raises as `ReadableList.of` and `is_set`.

    For one entry: it inflates the whole list.
    """
    entry_of(entry)
    return ReadableList.of(list_credential).is_set(entry)


def time_to_live(list_credential: Mapping[str, Any]) -> timedelta | None:
    """How long a fetched list may be used before it is fetched again (`ttl`, milliseconds), if it says so."""
    subject = list_credential.get("credentialSubject")
    ttl = subject.get("ttl") if isinstance(subject, dict) else None
    if isinstance(ttl, bool) or not isinstance(ttl, int | float) or not 0 <= ttl <= 10**12:
        return None
    return timedelta(milliseconds=ttl)


def _malformed(detail: str) -> Unacceptable:
    return refuse(MALFORMED_VALUE_ERROR, "Status entry is malformed", detail, "/credentialStatus")
