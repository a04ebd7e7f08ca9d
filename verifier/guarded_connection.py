"""The guard, where it cannot be walked around: between the name's addresses and the connection to one of them.

The name is resolved once. If any of its addresses is not public, nothing is connected: a name that answers
both ways is an attack or a mistake. The connection goes to an address that was judged, never to the name
again, so a name that changes its answer in between (DNS rebinding) gains nothing.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import httpcore2

from credentials.sentence import Sentence, sentence
from verifier.public_addresses import is_public

NameLookup = Callable[[str, int], Sequence[str]]
"""Addresses, as text, of a host and port; raises OSError if the name has none."""

MAX_LOOKUPS_UNDER_WAY = 32
_lookups = threading.BoundedSemaphore(MAX_LOOKUPS_UNDER_WAY)


class NotPublic(Exception):  # noqa: N818
    """The host has an address that the guard does not go to."""


def system_lookup(host: str, port: int) -> Sequence[str]:
    """The addresses that the machine's own resolver gives, in its order, each once."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Deadline:
    """One end for everything: each step gets only what is left."""

    def __init__(self, seconds: float, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._end = monotonic() + seconds

    def left(self, too_late: type[Exception]) -> float:
        """Seconds left; raises `too_late` when none are."""
        seconds = self._end - self._monotonic()
        if seconds <= 0:
            raise too_late("out of time")
        return seconds


class GuardedBackend(httpcore2.NetworkBackend):
    """Connects to public addresses only (or, for an origin that the operator allowed, to whatever it has)."""

    def __init__(self, *, lookup: NameLookup, deadline: Deadline, allow_any_address: bool) -> None:
        self._lookup = lookup
        self._deadline = deadline
        self._allow_any_address = allow_any_address
        self._inner = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002  (the deadline rules)
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """A connection to one of the host's judged addresses. Raises `NotPublic` or httpcore2's errors."""
        addresses = self._judged(host, port)
        failure: Exception = httpcore2.ConnectError("the name has no address")
        for position, address in enumerate(addresses):
            share = self._deadline.left(httpcore2.ConnectTimeout) / (len(addresses) - position)
            try:
                stream = self._inner.connect_tcp(address, port, share, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
            else:
                return _DeadlineStream(stream, self._deadline)
        raise failure

    def _judged(self, host: str, port: int) -> Sequence[str]:
        addresses = self._look_up(host, port)
        if not self._allow_any_address:
            for address in addresses:
                if not is_public(address):
                    raise NotPublic(_not_public(host, address))
        return addresses

    def _look_up(self, host: str, port: int) -> Sequence[str]:
        """The lookup in a thread of its own, because the system's cannot be given a time limit."""
        if not _lookups.acquire(blocking=False):
            raise httpcore2.ConnectError(sentence("too many name lookups are under way"))
        answer: list[Sequence[str]] = []
        fault: list[Exception] = []

        def look() -> None:
            try:
                answer.append(self._lookup(host, port))
            except (OSError, UnicodeError) as error:
                fault.append(error)
            finally:
                _lookups.release()

        thread = threading.Thread(target=look, name="verifier-name-lookup", daemon=True)
        thread.start()
        thread.join(self._deadline.left(httpcore2.ConnectTimeout))
        if thread.is_alive():
            raise httpcore2.ConnectTimeout("the name lookup took too long")
        if fault or not answer or not answer[0]:
            raise httpcore2.ConnectError(sentence("the name {host} has no address", host=host))
        return answer[0]


class _DeadlineStream(httpcore2.NetworkStream):
    """A stream whose every read, write and handshake ends at the one deadline."""

    def __init__(self, inner: httpcore2.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self._inner.read(max_bytes, self._deadline.left(httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self._inner.write(buffer, self._deadline.left(httpcore2.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore2.NetworkStream:
        left = self._deadline.left(httpcore2.ConnectTimeout)
        return _DeadlineStream(self._inner.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _not_public(host: str, address: str) -> Sentence:
    if host.strip("[]") == address:
        return sentence("{address} is not an address of the public internet", address=address)
    return sentence(
        "{host} is at {address}, which is not an address of the public internet", host=host, address=address
    )
