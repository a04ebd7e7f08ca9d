"""did:web: a DID from a web address and back (did:web Method Specification, sections 2.5.1 and 2.5.2)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import quote, unquote, urlsplit

from keys.did.syntax import is_did, specific_id
from keys.errors import MalformedDid

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*\Z")
# URL readers take a host whose last label is a number, in any base, for an IPv4 address
_NUMERIC_END = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)\Z")
_DEFAULT_PORTS = {"https": 443, "http": 80}


def did_web(base_url: str, path: Sequence[str] = ()) -> str:
    """The DID whose document lies under `base_url`, with `path` segments after the address's own.

    `https://example.com` → `did:web:example.com`; `https://example.com:8443/badges` with path `("issuers",
    "acme")` → `did:web:example.com%3A8443:badges:issuers:acme`. A http address gives the same DID as its
    https twin with that port: the scheme is no part of a DID. Raises MalformedDid for another scheme, an IP
    address, a user, a query, a fragment, or a segment that is empty, `.`, `..` or holds a separator.
    """
    try:
        parts = urlsplit(base_url)
        port = parts.port
    except ValueError as error:
        raise MalformedDid(f"{base_url[:200]!r} is not a web address: {error}.") from error
    if parts.scheme not in _DEFAULT_PORTS or "@" in parts.netloc or "?" in base_url or "#" in base_url:
        raise MalformedDid(
            f"{base_url[:200]!r} cannot carry a did:web: it must be https://host, or https://host:port/path, "
            "without user, query and fragment."
        )
    authority = _host(parts.hostname or "")
    if port is not None and port != _DEFAULT_PORTS[parts.scheme]:
        authority += f"%3A{_port(str(port))}"
    own = [unquote(segment) for segment in parts.path.removesuffix("/").split("/")[1:]]
    did = ":".join(["did:web", authority, *_segments([*own, *path])])
    if not is_did(did):
        raise MalformedDid(f"{base_url[:200]!r} gives a did:web that is too long.")
    return did


def did_web_url(did: str) -> str:
    """The https address of the document of a did:web.

    Without a path `https://host/.well-known/did.json`, with one `https://host/the/path/did.json`. A fetcher
    that is allowed a http origin changes the scheme itself. Raises MalformedDid.
    """
    authority, *path = specific_id(did, "web").split(":")
    host, colon, port = authority.replace("%3a", "%3A").partition("%3A")
    origin = f"https://{_host(host.lower())}"
    if colon:
        origin += f":{_port(port)}"
    segments = _segments(unquote(segment) for segment in path)
    return "/".join([origin, *(segments or [".well-known"]), "did.json"])


def _host(host: str) -> str:
    if not _HOST.match(host) or _NUMERIC_END.match(host):
        raise MalformedDid(
            f"{host[:200]!r} is not a host name that a did:web can have. It is a domain name in ASCII "
            "(an international one in its xn-- form) or localhost, and never an IP address."
        )
    return host


def _port(port: str) -> str:
    if not re.match(r"[1-9][0-9]{0,4}\Z", port) or int(port) > 65535:
        raise MalformedDid(f"{port[:200]!r} is not a port; it is a number from 1 to 65535.")
    return port


def _segments(path: Iterable[str]) -> list[str]:
    """Path segments with everything encoded that a DID or a path would read as something else."""
    encoded = []
    for segment in path:
        if segment in ("", ".", "..") or re.search(r"[/\\\x00-\x1f\x7f\ufffd]", segment):
            raise MalformedDid(f"{segment[:200]!r} cannot be a segment of a did:web's path.")
        # RFC 3986 leaves the tilde as it is, and DID syntax does not know it
        encoded.append(quote(segment, safe="").replace("~", "%7E"))
    return encoded
