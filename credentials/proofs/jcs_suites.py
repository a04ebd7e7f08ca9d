"""The cryptosuites over the JSON Canonicalization Scheme: what is signed is the JSON itself (RFC 8785).

eddsa-jcs-2022 (VC-DI-EDDSA 1.0, section 3.3) and ecdsa-jcs-2019 (VC-DI-ECDSA 1.0, section 3.3). Which terms a context
defines does not matter to the signature. The proof names the contexts it was made with; later ones may have been put
behind them.
"""

from __future__ import annotations

from typing import Any

import rfc8785

from credentials.canonical import ContextLoader
from credentials.canonical_text import CanonicalText
from credentials.problems import PROOF_TRANSFORMATION_ERROR, refuse
from credentials.proofs.cryptosuite import Cryptosuite, JsonObject, digest_of
from keys.public_key import KeyType, PublicKey


def _canonicalize(document: JsonObject, _key: PublicKey, _load: ContextLoader) -> bytes:
    try:
        return rfc8785.dumps({**document})
    except (rfc8785.CanonicalizationError, RecursionError) as error:
        detail = f"It cannot be brought into the canonical form of JSON: {error}."
        raise refuse(PROOF_TRANSFORMATION_ERROR, "No canonical form", detail) from None


def _hash_options(contexts: Any, options: JsonObject, key: PublicKey, load: ContextLoader) -> bytes:
    configuration = options if contexts is None else {**options, "@context": contexts}
    return digest_of(key)(_canonicalize(configuration, key, load)).digest()


def _hash_text(text: CanonicalText, key: PublicKey) -> bytes:
    return digest_of(key)(bytes(text)).digest()


def _is_the_usual_form(_key: PublicKey) -> bool:
    return False


def _suite(name: str, *key_types: KeyType) -> Cryptosuite:
    return Cryptosuite(
        name=name,
        proof_type="DataIntegrityProof",
        key_types=frozenset(key_types),
        current=True,
        canonicalize=_canonicalize,
        hash_options=_hash_options,
        hash_text=_hash_text,
        is_the_usual_form=_is_the_usual_form,
        of_json=True,
    )


EDDSA_JCS_2022 = _suite("eddsa-jcs-2022", KeyType.ED25519)
ECDSA_JCS_2019 = _suite("ecdsa-jcs-2019", KeyType.P256, KeyType.P384)
