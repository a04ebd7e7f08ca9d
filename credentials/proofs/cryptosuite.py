"""What a Data Integrity cryptosuite is: a small value (Data Integrity 1.0, section 3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from credentials.canonical import ContextLoader
from credentials.canonical_text import CanonicalText
from keys.public_key import KeyType, PublicKey

JsonObject = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Cryptosuite:
    """Name, the keys it works with, and how document and proof options become the bytes that are signed.

    Those are `hash_options(contexts, options, key, load)` followed by `hash_text(canonical_text, key)` (VC-DI-EDDSA,
    section 3.2.4); `options` has no `proofValue`, and `contexts` is the document's `@context`. What is canonical for a
    document without its proof is said by `canonicalize(document, key, load)`. The key may decide which hash is used.
    """

    name: str
    key_types: frozenset[KeyType]
    canonicalize: Callable[[JsonObject, PublicKey, ContextLoader], bytes]
    hash_options: Callable[[Any, JsonObject, PublicKey, ContextLoader], bytes]
    hash_text: Callable[[CanonicalText, PublicKey], bytes]

    def hash_canonical(self, canonical: bytes, key: PublicKey) -> bytes:
        """`hash_text` of a text that is at hand as a whole."""
        return self.hash_text(CanonicalText(canonical), key)

    def hash_data(
        self,
        document: JsonObject,
        options: JsonObject,
        key: PublicKey,
        load: ContextLoader,
        canonical: CanonicalText | None = None,
    ) -> bytes:
        """The bytes that are signed. `canonical` may hold the document's canonical form if it is known already."""
        made = canonical if canonical is not None else CanonicalText(self.canonicalize(document, key, load))
        return self.hash_options(document["@context"], options, key, load) + self.hash_text(made, key)
