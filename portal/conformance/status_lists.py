"""The status lists of the profile's issuers: in memory, served by this server, and read here without a network."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from credentials.prepared import prepare
from credentials.sentence import sentence
from credentials.status_list import (
    MESSAGE,
    MINIMUM_LENGTH,
    REFRESH,
    REVOCATION,
    SUSPENSION,
    Bitstring,
    status_entry,
    status_list_credential,
)
from portal.conformance.instances import Instance
from portal.conformance.securing import secured
from verifier.fetcher import Fetched, FetchRefused

PURPOSES = (REVOCATION, SUSPENSION, REFRESH, MESSAGE)
MESSAGES: Mapping[str, tuple[str, ...]] = {MESSAGE: ("pending_review", "accepted", "rejected", "undefined")}
"""What the values of a purpose mean, where they are more than set and not set."""

_VALID = timedelta(days=1)
_RENEWED = timedelta(hours=1)
_TTL = timedelta(minutes=5)
_NO_MEMBERS: Mapping[str, Any] = {}


@dataclass
class _List:
    """`taken` are the indexes given out; `body` is the signed list until a bit changes or it gets old."""

    size: int = 1
    bits: Bitstring = field(default_factory=lambda: Bitstring.of_length(MINIMUM_LENGTH))
    taken: set[int] = field(default_factory=set)
    body: bytes = b""
    signed: datetime | None = None


def _empty(purpose: str) -> _List:
    size = (len(MESSAGES.get(purpose, ("unset", "set"))) - 1).bit_length()
    return _List(size, Bitstring.of_length(size * MINIMUM_LENGTH))


class Full(Exception):  # noqa: N818
    """All entries of a list are given out."""


class StatusLists:
    """One list for each instance and purpose. A `Fetcher` that knows these lists and refuses every other address.

    base_url: under which the server is reached, without a slash at its end. Safe to share between threads.
    """

    def __init__(self, base_url: str, instances: Mapping[str, Instance], clock: Callable[[], datetime]) -> None:
        self._base_url = base_url
        self._instances = instances
        self._clock = clock
        self._lists = {
            (name, purpose): _empty(purpose)
            for name, one in instances.items()
            if one.gives_status
            for purpose in PURPOSES
        }
        self._entries: dict[tuple[str, str, str], int] = {}
        self._lock = Lock()

    def entry(self, instance: Instance, purpose: str, credential_id: str) -> dict[str, Any]:
        """A new entry in the instance's list; with a `credential_id` it can be set by that. Raises Full."""
        with self._lock:
            one = self._lists[instance.name, purpose]
            if len(one.taken) >= MINIMUM_LENGTH // 2:
                raise Full
            index = secrets.randbelow(MINIMUM_LENGTH)
            while index in one.taken:
                index = secrets.randbelow(MINIMUM_LENGTH)
            one.taken.add(index)
            if credential_id:
                self._entries[instance.name, credential_id, purpose] = index
        messages = MESSAGES.get(purpose, ())
        return status_entry(
            list_url=self.address(instance.name, purpose),
            index=index,
            purpose=purpose,
            messages=messages,
            references=(f"{self._base_url}/",) if messages else (),
        )

    def set(self, instance: Instance, purpose: str, credential_id: str, value: int) -> bool:
        """Set a credential's value; False if no entry of that purpose was given for it, or it has no such value."""
        with self._lock:
            index = self._entries.get((instance.name, credential_id, purpose))
            one = self._lists.get((instance.name, purpose))
            if index is None or one is None or not 0 <= value < 1 << one.size:
                return False
            one.bits, one.signed = one.bits.with_values({index: value}, one.size), None
            return True

    def address(self, name: str, purpose: str) -> str:
        """The URL of a list."""
        return f"{self._base_url}/vc-api/{name}/status-lists/{purpose}"

    def document(self, name: str, purpose: str) -> bytes | None:
        """The signed list; None if there is none."""
        now = self._clock()
        with self._lock:
            one = self._lists.get((name, purpose))
            if one is None:
                return None
            if one.signed is None or now - one.signed > _RENEWED:
                one.body, one.signed = self._signed(name, purpose, one.bits, now), now
            return one.body

    def fetch(self, url: str, *, accept: str, max_bytes: int) -> Fetched:  # noqa: ARG002
        """See `verifier.fetcher.Fetcher`; raises FetchRefused for all but these lists."""
        for name, purpose in self._lists:
            if url == self.address(name, purpose):
                body = self.document(name, purpose)
                if body is not None and len(body) <= max_bytes:
                    return Fetched(url, body, "application/vc")
        raise FetchRefused(
            url, sentence("{url} was not asked, because the conformance server asks no other server", url=url[:200])
        )

    def _signed(self, name: str, purpose: str, bits: Bitstring, now: datetime) -> bytes:
        instance = self._instances[name]
        unsigned = status_list_credential(
            url=self.address(name, purpose),
            issuer=instance.did,
            purpose=purpose,
            bits=bits,
            valid_from=now,
            valid_until=now + _VALID,
            ttl=_TTL,
        )
        return secured(instance, prepare(unsigned), now=now, members=_NO_MEMBERS).body
