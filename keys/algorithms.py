"""The supported algorithms, all of them, as one table.

A key of a type that is not a row here cannot be read, published, used to sign or to verify. Each key type has
exactly one signature algorithm, so that no header or proof can choose another one for a key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class KeyType(StrEnum):
    """The kinds of key; the values are the curve names of RFC 7518 and RFC 8037, and RSA."""

    ED25519 = "Ed25519"
    P256 = "P-256"
    P384 = "P-384"
    RSA = "RSA"


@dataclass(frozen=True, slots=True)
class Algorithm:
    """One row: how a type of key is written and what its signatures are.

    `jose` is the `alg` of RFC 7518 and RFC 8037, `multicodec` the varint prefix of a Multikey (CID 1.0
    section 2.2.2 and the multicodec table), `material_bytes` the length of the public key and
    `signature_bytes` that of a signature (None: depends on the RSA modulus).
    """

    jose: str
    kty: str
    crv: str | None
    multicodec: bytes
    material_bytes: int | None
    signature_bytes: int | None


ALGORITHMS: Mapping[KeyType, Algorithm] = MappingProxyType(
    {
        # Ed25519 of RFC 8032; the message is hashed inside
        KeyType.ED25519: Algorithm("EdDSA", "OKP", "Ed25519", b"\xed\x01", 32, 64),
        # ECDSA of FIPS 186-5; signatures are r‖s of fixed length (RFC 7518 section 3.4), never DER
        KeyType.P256: Algorithm("ES256", "EC", "P-256", b"\x80\x24", 33, 64),
        KeyType.P384: Algorithm("ES384", "EC", "P-384", b"\x81\x24", 49, 96),
        # RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 section 8.2), which Open Badges 3.0 certification asks of JWTs
        KeyType.RSA: Algorithm("RS256", "RSA", None, b"\x85\x24", None, None),
    }
)

RSA_BITS = range(2048, 8192 + 1)
"""Moduli below are too weak; above, one verification takes so long that it is a weapon."""

RSA_EXPONENTS = range(65537, 2**64, 2)
"""Odd, at least 65,537 (FIPS 186-5 section 5.1), and bounded for the same reason."""
