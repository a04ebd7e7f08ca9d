"""DPoP: tokens that count only together with a signature of the key to which they are bound (RFC 9449)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlsplit

from credentials.problems import Unacceptable
from credentials.proofs import compact_jws
from keys import base64url, jwk
from keys.errors import KeysError
from keys.public_key import KeyType
from wallet_export.oid4vci import Oid4vciError

TYPE: Final = "dpop+jwt"
LIFE: Final = 300  # seconds that a proof is taken after it was made
_SKEW: Final = 60
_LONGEST_ID: Final = 300


@dataclass(frozen=True, slots=True)
class DpopProof:
    """A proof that is right in itself: whose it is (thumbprint), and what must be looked up."""

    thumbprint: str
    jti: str
    nonce: str | None


def check_dpop(text: str, *, method: str, url: str, now: datetime, token: str | None = None) -> DpopProof:
    """The proof of a request (section 4.3), but for its nonce and that it is new.

    token: the access token that it comes with; None at the token endpoint. Raises Oid4vciError (invalid_dpop_proof).
    """
    try:
        proof = compact_jws.read(text, types=(TYPE,), typed=True)
        if proof.jwk is None:
            raise _invalid("A DPoP proof must have its key in the header (jwk).")
        key = jwk.from_jwk(proof.jwk)
        compact_jws.verify(proof, key)
    except (Unacceptable, KeysError) as error:
        raise _invalid(f"The DPoP proof cannot be taken: {error}") from None
    if key.type is KeyType.RSA:
        raise _invalid("DPoP proofs are taken by ES256, ES384 and EdDSA.")
    claims = proof.payload
    if claims.get("htm") != method or _plain(claims.get("htu")) != _plain(url):
        raise _invalid("The DPoP proof was made for another request (htm, htu).")
    made, named, nonce = claims.get("iat"), claims.get("jti"), claims.get("nonce")
    if not isinstance(made, int | float) or isinstance(made, bool):
        raise _invalid("The DPoP proof does not say when it was made (iat).")
    if not now.timestamp() - LIFE <= made <= now.timestamp() + _SKEW:
        raise _invalid("The DPoP proof was not made just now (iat).")
    if not isinstance(named, str) or not 0 < len(named) <= _LONGEST_ID:
        raise _invalid("The DPoP proof has no jti.")
    if token is not None and claims.get("ath") != base64url.encode(sha256(token.encode()).digest()):
        raise _invalid("The DPoP proof was made for another access token (ath).")
    return DpopProof(key.thumbprint(), named, nonce if isinstance(nonce, str) else None)


def _plain(url: Any) -> tuple[str, str, str] | None:
    """Scheme, host and path: query and fragment do not count (section 4.3, 9)."""
    if not isinstance(url, str):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, f"{parts.hostname}:{port or usual}", parts.path or "/"


def _invalid(description: str) -> Oid4vciError:
    return Oid4vciError("invalid_dpop_proof", description)
