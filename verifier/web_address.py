"""An address on the web in its one spelling, so that what is checked is what is asked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from credentials.sentence import sentence

MAX_LENGTH = 2048
_DEFAULT_PORTS = {"https": 443, "http": 80}
_PRINTABLE_ASCII = re.compile(r"[\x21-\x7e]+")
# A label of a host name; underscores occur in internal names. An IPv6 address comes in brackets.
_HOST = re.compile(
    r"(?=.{1,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
)
_IPV6 = re.compile(r"[0-9a-f:.]{2,45}")


class MalformedAddress(ValueError):  # noqa: N818
    """The text is not an address that can be fetched; the message says why."""


@dataclass(frozen=True, slots=True)
class WebAddress:
    """Scheme (http or https), host in lower case without brackets, port, and the target (path and query)."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def origin(self) -> str:
        """Scheme, host and port as text; the port only if it is not the scheme's own."""
        return f"{self.scheme}://{self.authority}"

    @property
    def authority(self) -> str:
        """Host and port as a Host header has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return self.origin + self.target


def parse(text: str) -> WebAddress:
    """The address that the text names, without its fragment. Raises `MalformedAddress` with a sentence.

    Refused rather than repaired: other schemes, user names and passwords, spaces, control characters and
    backslashes, letters outside ASCII, and anything else that two readers could understand differently.
    """
    if len(text) > MAX_LENGTH:
        raise MalformedAddress(
            sentence("the address is longer than {max_length} characters", max_length=str(MAX_LENGTH))
        )
    if not _PRINTABLE_ASCII.fullmatch(text) or "\\" in text:
        raise MalformedAddress(sentence("the address holds spaces, control characters or letters outside ASCII"))
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise MalformedAddress(sentence("“{text}” is not a web address", text=text[:80])) from None
    if parts.scheme not in _DEFAULT_PORTS:
        raise MalformedAddress(sentence("“{text}” does not begin with https://", text=text[:80]))
    if "@" in parts.netloc:
        raise MalformedAddress(sentence("the address holds a user name or password"))
    host = (parts.hostname or "").removesuffix(".")
    if not (_IPV6 if "[" in parts.netloc else _HOST).fullmatch(host):
        raise MalformedAddress(sentence("“{text}” names no host", text=text[:80]))
    if port == 0:
        raise MalformedAddress(sentence("port 0 does not exist"))
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return WebAddress(parts.scheme, host, port or _DEFAULT_PORTS[parts.scheme], target)


def parse_origin(text: str) -> str:
    """The origin an operator allows, such as `http://badges.internal:8080`, in its one spelling.

    Raises `MalformedAddress` if it is more than scheme, host and port.
    """
    address = parse(text)
    if address.target != "/" or "?" in text or "#" in text:
        raise MalformedAddress(
            sentence("“{text}” is more than an origin: give scheme, host and port, nothing behind", text=text[:80])
        )
    return address.origin


def redirected(address: WebAddress, location: str) -> WebAddress:
    """The address a redirect leads to. Raises `MalformedAddress`."""
    if not _PRINTABLE_ASCII.fullmatch(location) or "\\" in location:
        raise MalformedAddress(sentence("the redirect names no readable address"))
    try:
        return parse(urljoin(str(address), location))
    except MalformedAddress:
        raise
    except ValueError:
        raise MalformedAddress(sentence("the redirect names no readable address")) from None
