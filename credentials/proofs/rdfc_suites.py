"""The cryptosuites over RDFC-1.0: what is signed is what the JSON-LD means, not how it is written.

eddsa-rdfc-2022 and its older names (VC-DI-EDDSA 1.0, section 3.2 and appendix A), ecdsa-rdfc-2019 (VC-DI-ECDSA 1.0,
section 3.2). With a P-384 key SHA-384 takes the place of SHA-256, also within RDFC-1.0.
"""

from __future__ import annotations

import hashlib
from typing import Any

import orjson

from credentials import canonical
from credentials import contexts as known_contexts
from credentials.canonical import ContextLoader
from credentials.canonical_text import CanonicalText
from credentials.memory import Memory
from credentials.proofs.cryptosuite import Cryptosuite, JsonObject, digest_of
from keys.public_key import KeyType, PublicKey


def _canonicalize(document: JsonObject, key: PublicKey, load: ContextLoader) -> bytes:
    return canonical.canonicalize(document, load=load, hash_=digest_of(key))


# A batch is signed with one key at one instant: its proofs differ in nothing else. An entry takes some 600 bytes.
_hashes: Memory[tuple[int, bytes], bytes] = Memory(most=2048, heavy=1024 * 1024)


def _hash_options(contexts: Any, options: JsonObject, key: PublicKey, load: ContextLoader) -> bytes:
    content = _content(contexts, options) if load is known_contexts.load else None
    if content is None:
        return _hashed(contexts, options, key, load)
    same = (0 if digest_of(key) is hashlib.sha256 else 1, content)
    made = _hashes.get(same)
    if made is None:
        made = _hashed(contexts, options, key, load)
        _hashes.keep(same, made, weight=len(content))
    return made


def _hashed(contexts: Any, options: JsonObject, key: PublicKey, load: ContextLoader) -> bytes:
    return digest_of(key)(_canonicalize({"@context": contexts, **options}, key, load)).digest()


def _content(contexts: Any, options: JsonObject) -> bytes | None:
    """What tells one configuration from all others; None if it is not all of texts and of lists of texts."""
    if not _is_text(contexts):
        return None
    for value in options.values():
        if value.__class__ is not str and not _is_text(value):
            return None
    try:
        return orjson.dumps((contexts, options))
    except (orjson.JSONEncodeError, TypeError):
        return None


def _is_text(value: Any) -> bool:
    """Whether it is a text or a list of texts."""
    if value.__class__ is list:
        return all(one.__class__ is str for one in value)
    return value.__class__ is str


def _hash_text(text: CanonicalText, key: PublicKey) -> bytes:
    return text.sha256() if key.type is not KeyType.P384 else hashlib.sha384(bytes(text)).digest()


def _is_the_usual_form(key: PublicKey) -> bool:
    return key.type is not KeyType.P384


def _suite(name: str, *key_types: KeyType, proof_type: str = "DataIntegrityProof", current: bool = True) -> Cryptosuite:
    return Cryptosuite(
        name=name,
        proof_type=proof_type,
        key_types=frozenset(key_types),
        current=current,
        canonicalize=_canonicalize,
        hash_options=_hash_options,
        hash_text=_hash_text,
        is_the_usual_form=_is_the_usual_form,
    )


EDDSA_RDFC_2022 = _suite("eddsa-rdfc-2022", KeyType.ED25519)
ECDSA_RDFC_2019 = _suite("ecdsa-rdfc-2019", KeyType.P256, KeyType.P384)

EDDSA_2022 = _suite("eddsa-2022", KeyType.ED25519, current=False)
"""What eddsa-rdfc-2022 was called in the drafts of 2022 and 2023."""

ED25519_SIGNATURE_2020 = _suite(
    "Ed25519Signature2020", KeyType.ED25519, proof_type="Ed25519Signature2020", current=False
)
"""The type of proof before cryptosuites had names; its term is of the context security/suites/ed25519-2020/v1."""
