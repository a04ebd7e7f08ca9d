"""eddsa-rdfc-2022: RDFC-1.0, SHA-256, Ed25519 (VC-DI-EDDSA 1.0, section 3.2)."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import orjson

from credentials import canonical
from credentials import contexts as known_contexts
from credentials.canonical import ContextLoader
from credentials.canonical_text import CanonicalText
from credentials.memory import Memory
from credentials.proofs.cryptosuite import Cryptosuite, JsonObject
from keys.public_key import KeyType, PublicKey


def _canonicalize(document: JsonObject, _key: PublicKey, load: ContextLoader) -> bytes:
    return canonical.canonicalize(document, load=load)


# A batch is signed with one key at one instant: its proofs differ in nothing else. An entry takes some 600 bytes.
_hashes: Memory[bytes, bytes] = Memory(most=2048, heavy=1024 * 1024)


def _hash_options(contexts: Any, options: JsonObject, key: PublicKey, load: ContextLoader) -> bytes:
    configuration = {"@context": contexts, **options}
    content = _content(configuration) if load is known_contexts.load else None
    if content is None:
        return sha256(_canonicalize(configuration, key, load)).digest()
    made = _hashes.get(content)
    if made is None:
        made = sha256(_canonicalize(configuration, key, load)).digest()
        _hashes.keep(content, made, weight=len(content))
    return made


def _content(configuration: dict[str, Any]) -> bytes | None:
    """What tells one configuration from all others; None if it is not all of texts and of lists of texts."""
    for value in configuration.values():
        if value.__class__ is not str and (
            value.__class__ is not list or any(one.__class__ is not str for one in value)
        ):
            return None
    try:
        return orjson.dumps(configuration)
    except orjson.JSONEncodeError:
        return None


def _hash_text(text: CanonicalText, _key: PublicKey) -> bytes:
    return text.sha256()


SUITE = Cryptosuite("eddsa-rdfc-2022", frozenset({KeyType.ED25519}), _canonicalize, _hash_options, _hash_text)
