"""From an issuer's identifier to the document in which it publishes its keys.

did:key and did:jwk need no network: the identifier is the key. did:web and https identifiers are fetched, and
what is fetched must say that it is about exactly that identifier (Controlled Identifiers 1.0, section 3.3).
"""

from __future__ import annotations

import marshal
from collections.abc import Iterable, Mapping
from typing import Any, Protocol, runtime_checkable

from credentials import strict_json
from credentials.memory import Memory
from credentials.problems import Unacceptable
from credentials.sentence import sentence, sentence_of
from keys import did
from keys.errors import KeysError
from verifier.fetcher import Fetched, Fetcher, FetchError, Remembers
from verifier.web_address import MalformedAddress, parse, parse_origin

ACCEPT_DOCUMENT = "application/did, application/did+ld+json, application/did+json, application/json;q=0.9"
MAX_DOCUMENT_BYTES = 256 * 1024
_LIMITS = strict_json.Limits(max_bytes=MAX_DOCUMENT_BYTES, max_values=10_000)


class Unresolved(Exception):  # noqa: N818
    """No document of that identifier could be had; `reason` is a sentence for people."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class ReadDocument(dict[str, Any]):
    """A parsed document that knows from which bytes; nobody changes it. In all else it is the `dict` that it holds."""

    __slots__ = ("read_from",)

    def __init__(self, document: Mapping[str, Any], read_from: bytes) -> None:
        super().__init__(document)
        self.read_from = read_from


class Resolver(Protocol):
    """Gives the document in which an identifier's controller publishes its keys."""

    def resolve(self, identifier: str) -> dict[str, Any]:
        """The document, whose `id` equals the identifier; nobody may change it. Raises `Unresolved` only."""
        ...


@runtime_checkable
class Renews(Protocol):
    """A resolver that may give a document of some time ago."""

    def renew(self, identifier: str) -> bool:
        """Ask anew the next time, unless that was done a moment ago. Whether another document can come of it."""
        ...


class DidResolver:
    """Resolves did:key, did:jwk, did:web, and https URLs that serve a controlled identifier document.

    allowed_origins: a did:web whose host and port are among the http origins here is asked over http,
        because the operator said so; every other one over https. The fetcher must allow the same origins.
    """

    def __init__(self, fetcher: Fetcher, *, allowed_origins: Iterable[str]) -> None:
        self._fetcher = fetcher
        self._allowed = frozenset(parse_origin(origin) for origin in allowed_origins)
        # an issuer is looked up for each of its badges; an entry takes some 300 bytes
        self._addresses: Memory[str, str] = Memory(most=2048, heavy=1024 * 1024)

    def resolve(self, identifier: str) -> dict[str, Any]:
        """The document of the identifier (see `Resolver`)."""
        if identifier.startswith(("did:key:", "did:jwk:")):
            return resolve_offline(identifier)
        return self._fetched(identifier, self._address(identifier))

    def renew(self, identifier: str) -> bool:
        """See `Renews`."""
        if not isinstance(self._fetcher, Remembers):
            return False
        try:
            return self._fetcher.forget(self._address(identifier), accept=ACCEPT_DOCUMENT)
        except Unresolved:
            return False  # it is its own document, or there is none

    def _address(self, identifier: str) -> str:
        """Where its document lies. Raises `Unresolved`."""
        if identifier.startswith("did:web:"):
            address = self._addresses.get(identifier)
            if address is None:
                address = self._address_of_did_web(identifier)
                self._addresses.keep(identifier, address, weight=2 * len(identifier))
            return address
        if identifier.startswith(("https://", "http://")):
            return identifier
        raise Unresolved(
            sentence(
                "“{identifier}” is an identifier of a kind that this verifier cannot look up (it knows "
                "did:web, did:key, did:jwk and https addresses)",
                identifier=identifier[:120],
            )
        )

    def _address_of_did_web(self, identifier: str) -> str:
        try:
            address = parse(did.did_web_url(identifier))
        except (KeysError, MalformedAddress) as error:
            raise Unresolved(
                sentence(
                    "“{identifier}” is not a well-formed did:web: {why}",
                    identifier=identifier[:120],
                    why=sentence_of(error),
                )
            ) from None
        plain = f"http://{address.authority}"
        if address.origin not in self._allowed and plain in self._allowed:
            return plain + address.target
        return str(address)

    def _fetched(self, identifier: str, url: str) -> dict[str, Any]:
        try:
            fetched = self._fetcher.fetch(url, accept=ACCEPT_DOCUMENT, max_bytes=MAX_DOCUMENT_BYTES)
        except FetchError as error:
            raise Unresolved(error.reason) from None
        return _document_of(identifier, fetched)


def resolve_offline(identifier: str) -> dict[str, Any]:
    """The document that a did:key or did:jwk is by itself. Raises `Unresolved`."""
    try:
        return did.resolve_offline(identifier)
    except KeysError as error:
        raise Unresolved(
            sentence("“{identifier}” holds no usable key: {why}", identifier=identifier[:120], why=sentence_of(error))
        ) from None


def content_of(document: Mapping[str, Any]) -> bytes | None:
    """What tells a document from all others; None if it is no JSON. The same document may have several."""
    if isinstance(document, ReadDocument):
        return document.read_from
    try:
        return b"\0" + marshal.dumps({**document}, 0)  # which is no JSON, whatever it holds
    except ValueError:
        return None


# An issuer's document has 1 to 5 kB and is asked for with each of its badges; parsed it takes ten times as much.
_documents: Memory[bytes, Any] = Memory(most=1024, heavy=4 * 1024 * 1024)


def _document_of(identifier: str, fetched: Fetched) -> dict[str, Any]:
    document = _documents.get(fetched.body)
    if document is None:
        try:
            parsed = strict_json.parse(fetched.body, _LIMITS)
        except Unacceptable as refusal:
            raise Unresolved(
                sentence("what {url} serves is no issuer document: {why}", url=fetched.url, why=sentence_of(refusal))
            ) from None
        document = ReadDocument(parsed, fetched.body) if isinstance(parsed, dict) else parsed
        _documents.keep(fetched.body, document, weight=len(fetched.body))
    if not isinstance(document, dict) or document.get("id") != identifier:
        raise Unresolved(
            sentence(
                "the document at {url} does not say that it is about {identifier}",
                url=fetched.url,
                identifier=identifier,
            )
        )
    return document
