"""Decentralized identifiers, and the documents that publish keys (DID 1.0, Controlled Identifiers 1.0)."""

from keys.did.document import PublishedKey, did_document, key_fragment
from keys.did.key_set import key_set
from keys.did.offline import did_jwk, did_key, resolve_offline
from keys.did.syntax import did_of, is_did
from keys.did.verification_method import verification_method_key
from keys.did.web import did_web, did_web_url
from keys.errors import MalformedDid

__all__ = [
    "MalformedDid",
    "PublishedKey",
    "did_document",
    "did_jwk",
    "did_key",
    "did_of",
    "did_web",
    "did_web_url",
    "is_did",
    "key_fragment",
    "key_set",
    "resolve_offline",
    "verification_method_key",
]
