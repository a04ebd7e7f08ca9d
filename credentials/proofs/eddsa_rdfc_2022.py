"""eddsa-rdfc-2022: RDFC-1.0, SHA-256, Ed25519 (VC-DI-EDDSA 1.0, section 3.2)."""

from __future__ import annotations

from hashlib import sha256

from credentials.canonical import ContextLoader, canonicalize
from credentials.proofs.cryptosuite import Cryptosuite, JsonObject
from keys.public_key import KeyType, PublicKey


def hash_data(
    document: JsonObject, options: JsonObject, _key: PublicKey, load: ContextLoader, canonical: bytes | None
) -> bytes:
    """The 64 bytes that are signed: hash of the canonical proof options, then that of the document (3.2.4)."""
    configuration = {"@context": document["@context"], **options}
    transformed = canonical if canonical is not None else canonicalize(document, load=load)
    return sha256(canonicalize(configuration, load=load)).digest() + sha256(transformed).digest()


SUITE = Cryptosuite("eddsa-rdfc-2022", frozenset({KeyType.ED25519}), hash_data)
