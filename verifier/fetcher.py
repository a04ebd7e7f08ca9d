"""What the verifier asks of a network, and the network that is not there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import NoReturn, Protocol, runtime_checkable

from credentials.sentence import sentence


class FetchError(Exception):
    """The address gave nothing. `reason` is a sentence for people; never proof that a credential is bad."""

    def __init__(self, url: str, reason: str) -> None:
        self.url = url
        self.reason = reason
        super().__init__(reason)


class FetchRefused(FetchError):  # noqa: N818
    """The guard does not go there: not https, a private address, another site, a malformed address."""


class FetchFailed(FetchError):  # noqa: N818
    """It was tried and did not work: no such name, no answer in time, an error answer, too large."""


class FetchGone(FetchFailed):
    """What lay there was taken away for good (HTTP status 410), as the server itself says."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address served.

    url: the address that answered, after redirects. media_type: lower case without parameters, or empty.
    max_age: how long the server lets others keep it (Cache-Control), or None if it does not say.
    """

    url: str
    body: bytes
    media_type: str
    max_age: timedelta | None = None


class Fetcher(Protocol):
    """Fetches one address. All bounds on size, time and place are its own, so that no caller can forget them."""

    def fetch(self, url: str, *, accept: str, max_bytes: int) -> Fetched:
        """The body at that address, at most `max_bytes` after decompression.

        Raises `FetchRefused` or `FetchFailed`, and nothing else.
        """
        ...


@runtime_checkable
class Remembers(Protocol):
    """A fetcher that may give an answer of some time ago."""

    def forget(self, url: str, *, accept: str) -> bool:
        """Ask anew the next time, unless that was done a moment ago. Whether another answer can come of it."""
        ...


class NoNetwork:
    """The fetcher of an offline verification: it refuses everything, and says so."""

    def fetch(self, url: str, *, accept: str, max_bytes: int) -> NoReturn:  # noqa: ARG002
        """Always raises `FetchRefused`."""
        raise FetchRefused(
            url, sentence("{url} was not asked, because this verification works without a network", url=url)
        )
