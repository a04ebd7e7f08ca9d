"""The keys of an issuer as a JWK set, for verifiers that look for them at the issuer's host (RFC 7517, section 5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keys import jwk
from keys.did.verification_method import verification_method_key
from keys.errors import KeysError


def key_set(document: Mapping[str, Any]) -> dict[str, Any]:
    """Every key that the document lists under `assertionMethod`, named as there; `iss` is the issuer's id.

    A revoked key is left out, since a JWK has no place to say so. The document is one that `did_document` made.
    """
    named = document.get("assertionMethod", ())
    keys = []
    for method in document.get("verificationMethod", ()):
        if method["id"] not in named or "revoked" in method:
            continue
        try:
            key = verification_method_key(method)
        except KeysError:
            continue
        keys.append({**jwk.to_jwk(key), "kid": method["id"], "alg": key.algorithm.jose, "use": "sig"})
    return {"iss": document["id"], "keys": keys}
