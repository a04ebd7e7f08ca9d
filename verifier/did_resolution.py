"""Resolving a DID for others, by the interface of the standard (DID Resolution 0.3, sections 4 and 7.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from credentials.sentence import sentence, sentence_of
from keys import did
from keys.errors import KeysError
from verifier.resolve import Resolver, Unresolved

RESULT = "application/did-resolution"
DOCUMENT_TYPES = ("application/did", "application/did+ld+json", "application/did+json")
METHODS = ("key", "jwk", "web")

_ERRORS = "https://www.w3.org/ns/did#"
_STATUS = {"INVALID_DID": 400, "NOT_FOUND": 404, "METHOD_NOT_SUPPORTED": 501}


@dataclass(frozen=True, slots=True)
class Resolution:
    """What was found: the document, or why there is none, and the status that HTTP has for it."""

    status: int
    document: dict[str, Any] | None
    metadata: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """The result of a resolution (DID Resolution, section 4)."""
        return {"didDocument": self.document, "didResolutionMetadata": self.metadata, "didDocumentMetadata": {}}


def resolution_of(identifier: str, resolver: Resolver) -> Resolution:
    """The document of a did:key, did:jwk or did:web; only the last asks a network, by the resolver."""
    if not did.is_did(identifier):
        return _failed("INVALID_DID", sentence("This is not a DID. It begins with did: and a method."))
    method = identifier.split(":", 2)[1]
    if method not in METHODS:
        known = ", ".join(METHODS)
        return _failed("METHOD_NOT_SUPPORTED", sentence("DIDs of these methods are resolved: {known}.", known=known))
    try:
        document = did.resolve_offline(identifier) if method != "web" else _of_web(identifier, resolver)
    except KeysError as error:
        return _failed("INVALID_DID", sentence("The DID cannot be read: {why}.", why=sentence_of(error)))
    except Unresolved as error:
        return _failed("NOT_FOUND", sentence("No document was found: {why}.", why=error.reason))
    return Resolution(200, document, {"contentType": "application/did"})


def _of_web(identifier: str, resolver: Resolver) -> dict[str, Any]:
    did.did_web_url(identifier)  # raises for what is none
    return resolver.resolve(identifier)


def _failed(code: str, detail: str) -> Resolution:
    problem = {"type": _ERRORS + code, "title": code.replace("_", " ").capitalize(), "detail": detail}
    return Resolution(_STATUS[code], None, {"error": problem})
