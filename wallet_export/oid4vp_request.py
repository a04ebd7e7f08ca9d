"""The request object by which a wallet is asked, and the link that leads to it (OpenID4VP 1.0, section 5). Pure.

It is signed and fetched by reference (RFC 9101): who asks is a DID, so that a wallet can look up the key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode

from credentials.prepared import written
from credentials.proofs import compact_jws
from keys.public_key import PublicKey
from keys.signer import Signer
from wallet_export.oid4vp_dcql import JWT_VC, LDP_VC, SD_JWT_VC

MEDIA_TYPE: Final = "application/oauth-authz-req+jwt"
TYPE: Final = "oauth-authz-req+jwt"
AUDIENCE: Final = "https://self-issued.me/v2"
SCHEME: Final = "openid4vp"
_ALGORITHMS: Final = ["EdDSA", "ES256", "ES384", "RS256"]
_SUITES: Final = ["eddsa-rdfc-2022", "ecdsa-rdfc-2019", "eddsa-jcs-2022", "ecdsa-jcs-2019"]
VP_FORMATS: Final[Mapping[str, Any]] = {
    LDP_VC: {"proof_type_values": ["DataIntegrityProof", "Ed25519Signature2020"], "cryptosuite_values": _SUITES},
    JWT_VC: {"alg_values": _ALGORITHMS},
    SD_JWT_VC: {"sd-jwt_alg_values": _ALGORITHMS, "kb-jwt_alg_values": _ALGORITHMS},
}


@dataclass(frozen=True, slots=True)
class VpRequest:
    """What one request says. `encryption_key` is the JWK that the answer is encrypted to; None: it comes as it is."""

    client_id: str
    response_uri: str
    nonce: str
    state: str
    query: Mapping[str, Any]
    client_name: str
    encryption_key: Mapping[str, str] | None


def did_client_id(did: str) -> str:
    """The client identifier of who is known by a DID (section 5.9.3)."""
    return f"decentralized_identifier:{did}"


def request_claims(request: VpRequest, *, now: datetime, life: timedelta, wallet_nonce: str | None) -> dict[str, Any]:
    """The claims of the request object. wallet_nonce: what the wallet gave when it asked for it by POST."""
    metadata: dict[str, Any] = {"client_name": request.client_name, "vp_formats_supported": dict(VP_FORMATS)}
    if request.encryption_key is not None:
        metadata |= {
            "jwks": {"keys": [dict(request.encryption_key)]},
            "encrypted_response_enc_values_supported": ["A128GCM", "A256GCM"],
        }
    made = int(now.timestamp())
    claims: dict[str, Any] = {
        "aud": AUDIENCE,
        "iat": made,
        "exp": made + int(life.total_seconds()),
        "client_id": request.client_id,
        "response_type": "vp_token",
        "response_mode": "direct_post" if request.encryption_key is None else "direct_post.jwt",
        "response_uri": request.response_uri,
        "nonce": request.nonce,
        "state": request.state,
        "dcql_query": dict(request.query),
        "client_metadata": metadata,
    }
    return claims if wallet_nonce is None else {**claims, "wallet_nonce": wallet_nonce}


def signed_request(claims: Mapping[str, Any], signer: Signer, kid: str) -> str:
    """The request object, signed with a key that `kid` names. Raises SigningUnavailable."""
    return compact_jws.sign({"typ": TYPE, "kid": kid}, written(dict(claims)), signer)


def wallet_link(client_id: str, request_uri: str, *, scheme: str = SCHEME) -> str:
    """What the wallet is opened with, on the same device or by a QR code."""
    query = {"client_id": client_id, "request_uri": request_uri, "request_uri_method": "post"}
    return f"{scheme}://?{urlencode(query, quote_via=quote)}"


def encryption_jwk(public: PublicKey, kid: str) -> dict[str, str]:
    """The public key that answers are encrypted to, as wallets choose it: by use, alg and kid."""
    return {**public.jwk_members(), "use": "enc", "alg": "ECDH-ES", "kid": kid}
