"""did:key and did:jwk: DIDs that are a public key themselves, and resolve without a network."""

from __future__ import annotations

import json
from typing import Any

from keys import base64url, jwk, multikey
from keys.did.document import Form, contexts
from keys.did.syntax import specific_id
from keys.errors import MalformedDid, MalformedKey
from keys.public_key import PublicKey


def did_key(key: PublicKey) -> str:
    """`did:key:` and the key's Multikey (W3C CCG, did:key Method)."""
    return f"did:key:{multikey.encode(key)}"


def did_jwk(key: PublicKey) -> str:
    """`did:jwk:` and the base64url of the key's JWK, written compactly and in lexicographic order."""
    text = json.dumps(jwk.to_jwk(key), separators=(",", ":"), sort_keys=True)
    return f"did:jwk:{base64url.encode(text.encode('ascii'))}"


def resolve_offline(did: str) -> dict[str, Any]:
    """The document of a did:key or did:jwk: one verification method, under assertionMethod and authentication.

    Raises MalformedDid for another method, a DID URL, or a key that cannot be read or trusted; UnsupportedKey
    for a well-formed key of a type that is not in our table, or one that is not for signatures.
    """
    try:
        if did.startswith("did:key:"):
            return _key_document(did)
        if did.startswith("did:jwk:"):
            return _jwk_document(did)
    except MalformedKey as error:
        raise MalformedDid(f"{did[:200]!r} does not hold a key that can be used: {error}") from error
    raise MalformedDid(f"{did[:200]!r} cannot be resolved offline: only did:key and did:jwk hold their own key.")


def _key_document(did: str) -> dict[str, Any]:
    text = specific_id(did, "key")
    multikey.decode(text)
    return _document(did, text, "Multikey", {"publicKeyMultibase": text})


def _jwk_document(did: str) -> dict[str, Any]:
    try:
        members = json.loads(
            base64url.decode(specific_id(did, "jwk")).decode("utf-8"),
            object_pairs_hook=_unique,
            parse_constant=_refuse,
        )
    except (ValueError, RecursionError) as error:
        raise MalformedKey(f"It is not the base64url of a JWK ({error}).") from error
    if not isinstance(members, dict):
        raise MalformedKey("It is not the base64url of a JSON object.")
    jwk.from_jwk(members)
    return _document(did, "0", "JsonWebKey", {"publicKeyJwk": members})


def _document(did: str, fragment: str, form: Form, key: dict[str, Any]) -> dict[str, Any]:
    method_id = f"{did}#{fragment}"
    return {
        "@context": contexts([form]),
        "id": did,
        "verificationMethod": [{"id": method_id, "type": form, "controller": did, **key}],
        "assertionMethod": [method_id],
        "authentication": [method_id],
    }


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member occurs twice")
    return members


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
