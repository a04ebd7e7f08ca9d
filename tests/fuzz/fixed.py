"""Keys that are the same in every process, so that what was signed for the corpus once is signed for good."""

from __future__ import annotations

from functools import cache

from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from keys.algorithms import KeyType
from keys.signer import LocalSigner, Signer, generate

Private = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey


@cache
def private_key(name: str, kind: KeyType = KeyType.ED25519) -> Private:
    """A private key that everybody can make of this name: for tests alone."""
    seed = name.encode().ljust(32, b".")[:32]
    if kind is KeyType.ED25519:
        return ed25519.Ed25519PrivateKey.from_private_bytes(seed)
    return ec.derive_private_key(int.from_bytes(seed), ec.SECP256R1() if kind is KeyType.P256 else ec.SECP384R1())


@cache
def signer(name: str, kind: KeyType = KeyType.ED25519) -> Signer:
    """Its signer; RSA keys are made anew in each process."""
    return generate(kind) if kind is KeyType.RSA else LocalSigner(private_key(name, kind))
