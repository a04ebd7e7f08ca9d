"""Status lists of every kind: what an entry says, and how lists are packed."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from typing import Any

from credentials import (
    encoded_list,
    status_list,
    token_status_list,
)
from credentials.bitstring import Bitstring
from credentials.problems import Unacceptable
from credentials.revocation_list import RevocationList
from credentials.status_entry import StatusEntry
from keys import base64url
from tests.fuzz.mutators import json_tree
from tests.fuzz.target import NOTHING, NOW, object_of, require, taken, target, text_of
from tests.fuzz.targets.documents import _json


@cache
def _list() -> dict[str, Any]:
    bits = Bitstring.of_length(status_list.MINIMUM_LENGTH).with_bits({7: True})
    return status_list.status_list_credential(
        url="https://a.example/1",
        issuer="did:web:a.example",
        purpose="revocation",
        bits=bits,
        valid_from=NOW,
        valid_until=NOW + timedelta(days=7),
        ttl=timedelta(minutes=5),
    )


def _lists() -> Iterator[bytes]:
    entry = status_list.status_entry(list_url="https://a.example/1", index=7, purpose="revocation")
    yield from _json({"list": _list(), "entry": entry}, {"list": _list(), "entry": {**entry, "statusListIndex": "8"}})
    messages = {
        "statusSize": 2,
        "statusMessage": [{"status": "0x0", "message": "a"}],
        "statusReference": "https://a.example",
    }
    yield from _json({"list": _list(), "entry": {**entry, "statusPurpose": "message", **messages}})


@target(
    "credentials.status_list:read_status",
    "credentials.status_entry:StatusEntry.of",
    "credentials.status_list:ReadableList.of",
    "credentials.status_list:time_to_live",
    entries=("Answers of servers that documents name",),
    seeds=_lists,
    mutator=json_tree,
)
def status_lists(data: bytes) -> None:
    """An entry's value in a list fits its size; the list of somebody else answers nothing."""
    value = object_of(data)
    if value is None or not isinstance(value.get("list"), dict) or not isinstance(value.get("entry"), dict):
        return
    read = taken(Unacceptable, status_list.read_status, value["list"], value["entry"])
    if read is not NOTHING:
        entry = StatusEntry.of(value["entry"])
        require(0 <= read < 2**entry.size, "fits", value)
        require(value["list"].get("id", entry.url) == entry.url, "the list that the entry names", value)
    status_list.time_to_live(value["list"])


def _packed() -> Iterator[bytes]:
    yield Bitstring.of_length(status_list.MINIMUM_LENGTH).encode().encode()
    for level in (0, 9):
        yield b"u" + base64url.encode(gzip.compress(bytes(16384), level, mtime=0)).encode()
    yield b"H4sI" + base64url.encode(gzip.compress(bytes(16384), mtime=0)).encode()[4:]
    yield encoded_list.EncodedList.of(bytes(20000)).text.encode()


@target(
    "credentials.bitstring:Bitstring.decode",
    "credentials.encoded_list:EncodedList.split",
    entries=("Answers of servers that documents name",),
    seeds=_packed,
)
def bitstrings(data: bytes) -> None:
    """What inflates is what gzip makes of it, within the bound; what is encoded again is the same list."""
    text = text_of(data)
    for multibase in (True, False):
        bits = taken(Unacceptable, Bitstring.decode, text, multibase=multibase, max_bytes=1 << 16)
        if bits is NOTHING:
            continue
        require(status_list.MINIMUM_LENGTH <= len(bits) <= 1 << 19, "within bounds", text)
        require(Bitstring.decode(bits.encode()) == bits, "read(write(x)) is x", text)
        if multibase:
            with gzip.GzipFile(fileobj=__import__("io").BytesIO(base64url.decode(text[1:]))) as plain:
                inflated = plain.read(1 << 16)
            require(len(inflated) * 8 == len(bits), "as gzip inflates it", text)
    blocks = encoded_list.EncodedList.split(text)
    require(blocks is None or blocks.text == text, "the same text", text)


@target(
    "credentials.token_status_list:status_at",
    entries=("Answers of servers that documents name",),
    mutator=json_tree,
    seeds=lambda: _json(
        *(
            {"index": 9, "list": {"bits": bits, "lst": base64url.encode(zlib.compress(bytes(range(90))))}}
            for bits in (1, 2, 4, 8)
        )
    ),
)
def token_lists(data: bytes) -> None:
    """A status fits into its bits, and is what zlib's whole text says."""
    value = object_of(data) or {}
    index, listed = value.get("index"), value.get("list")
    if not isinstance(index, int) or isinstance(index, bool) or index < 0 or not isinstance(listed, dict):
        return
    status = taken(Unacceptable, token_status_list.status_at, index, listed)
    if status is not NOTHING:
        require(0 <= status < 1 << listed["bits"], "fits", value)


@target(
    "credentials.revocation_list:RevocationList.parse",
    entries=("Answers of servers that documents name",),
    mutator=json_tree,
    seeds=lambda: _json(
        {
            "id": "https://a.example/r",
            "type": "1EdTechRevocationList",
            "issuer": "did:web:a.example",
            "revokedCredential": ["urn:1", {"id": "urn:2", "revoked": False}, {"id": "urn:3", "revocationReason": "x"}],
        }
    ),
)
def revocation_lists(data: bytes) -> None:
    """What is revoked is named in the list."""
    listed = taken(Unacceptable, RevocationList.parse, data)
    if listed is not NOTHING and listed is not None:
        require(
            all((isinstance(one, str) and one in str(json.loads(data))) or one for one in listed.revoked), "named", data
        )
