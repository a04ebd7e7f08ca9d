"""What a Data Integrity cryptosuite is: a small value (Data Integrity 1.0, section 3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from credentials.canonical import ContextLoader
from keys.public_key import KeyType, PublicKey

JsonObject = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Cryptosuite:
    """Name, the keys it works with, and how document and proof options become the bytes that are signed.

    `hash_data(document, options, key, load, canonical)` implements transformation and hashing; `document` has no
    `proof`, `options` no `proofValue`. `canonical` may hold the document's canonical form if it is known already.
    """

    name: str
    key_types: frozenset[KeyType]
    hash_data: Callable[[JsonObject, JsonObject, PublicKey, ContextLoader, bytes | None], bytes]
