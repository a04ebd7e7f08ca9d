"""Credential requests and responses as JWEs: ECDH-ES over P-256, with AES-GCM (OpenID4VCI 1.0, section 10)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from keys import base64url
from wallet_export.oid4vci import Oid4vciError
from wallet_export.oid4vci_metadata import ENCRYPTION, KEY_AGREEMENT
from wallet_export.oid4vci_requests import ResponseEncryption, json_of

_CURVES = ("P-256", "P-384", "P-521", "X25519")
_MOST_CHARACTERS = 400_000


def new_key_pair() -> tuple[dict[str, Any], dict[str, Any]]:
    """A private JWK for requests, and its public half, which is named and says what it is for."""
    from joserfc.jwk import ECKey

    key = ECKey.generate_key("P-256", private=True)
    kid = key.thumbprint()
    public = {**key.as_dict(private=False), "kid": kid, "use": "enc", "alg": KEY_AGREEMENT[0]}
    return {**key.as_dict(private=True), "kid": kid}, public


def kid_of(text: str) -> str:
    """Which of our keys a request is encrypted to. Raises Oid4vciError (invalid_credential_request)."""
    if len(text) > _MOST_CHARACTERS or text.count(".") != 4:
        raise _unreadable()
    try:
        header = json_of(base64url.decode(text.partition(".")[0]))
    except ValueError:
        raise _unreadable() from None
    kid = header.get("kid")
    if not isinstance(kid, str):
        raise Oid4vciError("invalid_encryption_parameters", "The header of the encrypted request has no kid.")
    if header.get("alg") not in KEY_AGREEMENT or header.get("enc") not in ENCRYPTION or "zip" in header:
        detail = f"Requests are encrypted with {KEY_AGREEMENT[0]} and {' or '.join(ENCRYPTION)}, not compressed."
        raise Oid4vciError("invalid_encryption_parameters", detail)
    return kid


def decrypted(text: str, private: Mapping[str, Any]) -> dict[str, Any]:
    """The request in an envelope. Raises Oid4vciError (invalid_credential_request)."""
    from joserfc import jwe
    from joserfc.errors import JoseError
    from joserfc.jwk import ECKey

    try:
        plain = jwe.decrypt_compact(text, ECKey.import_key(dict(private)), algorithms=[*KEY_AGREEMENT, *ENCRYPTION])
    except (JoseError, ValueError, TypeError):
        raise _unreadable() from None
    return json_of(plain.plaintext or b"")


def check_wanted(wanted: ResponseEncryption) -> None:
    """Return if an answer can be encrypted so. Raises Oid4vciError (invalid_encryption_parameters)."""
    if wanted.enc not in ENCRYPTION:
        raise _parameters(f"enc must be {' or '.join(ENCRYPTION)}.")
    if wanted.jwk.get("alg") not in KEY_AGREEMENT:
        raise _parameters(f"alg of the key must be {KEY_AGREEMENT[0]}.")
    if wanted.jwk.get("use", "enc") != "enc" or wanted.jwk.get("crv") not in _CURVES or "d" in wanted.jwk:
        raise _parameters("jwk must be a public key for encryption, on P-256, P-384, P-521 or X25519.")
    encrypted({}, wanted)


def encrypted(answer: Mapping[str, Any], wanted: ResponseEncryption) -> str:
    """The answer in an envelope. Raises Oid4vciError (invalid_encryption_parameters)."""
    from joserfc import jwe
    from joserfc.errors import JoseError
    from joserfc.jwk import ECKey, OKPKey

    try:
        kind = OKPKey if wanted.jwk.get("kty") == "OKP" else ECKey
        key = kind.import_key({name: value for name, value in wanted.jwk.items() if name in _MEMBERS})
        kid = wanted.jwk.get("kid")
        header = {
            "alg": KEY_AGREEMENT[0],
            "enc": wanted.enc,
            "typ": "JWT",
            **({"kid": kid} if isinstance(kid, str) else {}),
        }
        plain = json.dumps(answer, separators=(",", ":"), ensure_ascii=False).encode()
        return jwe.encrypt_compact(header, plain, key, algorithms=[*KEY_AGREEMENT, *ENCRYPTION])
    except (JoseError, ValueError, TypeError, KeyError):
        raise _parameters("jwk is no key to which an answer can be encrypted.") from None


_MEMBERS = frozenset({"kty", "crv", "x", "y"})


def _unreadable() -> Oid4vciError:
    return Oid4vciError("invalid_credential_request", "The encrypted request cannot be read.")


def _parameters(description: str) -> Oid4vciError:
    return Oid4vciError("invalid_encryption_parameters", description)
