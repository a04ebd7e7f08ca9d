"""Signing: one verb, whoever holds the private key."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn, Protocol

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from keys import ed25519_signature
from keys.algorithms import KeyType
from keys.errors import KeysError, SigningUnavailable
from keys.openssl_keys import CURVES, DIGESTS
from keys.public_key import PublicKey

PrivateKey = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

RSA_NEW_KEY_BITS = 2048
"""RS256 with 2,048 bits is what every Open Badges verifier reads; NIST SP 800-57 accepts it until the end of 2030."""


class Signer(Protocol):
    """Something that signs with one private key: here, with a file's key, or in a token or a service."""

    @property
    def public_key(self) -> PublicKey:
        """The key that verifies what `sign` makes."""
        ...

    def sign(self, message: bytes) -> bytes:
        """The raw signature, in the form that `PublicKey.verify` takes. Raises SigningUnavailable."""
        ...


class LocalSigner:
    """A signer whose private key is in this process's memory.

    The private key has no way out: no attribute of the public interface, no text form, no pickle and no copy holds it.
    """

    __slots__ = ("_make", "_public_key")

    def __init__(self, private_key: PrivateKey) -> None:
        """Raises MalformedKey or UnsupportedKey for a key that `PublicKey` refuses."""
        self._public_key = PublicKey.of(private_key.public_key())
        self._make = _operation(private_key, self._public_key)

    @property
    def public_key(self) -> PublicKey:
        """The key that verifies what `sign` makes."""
        return self._public_key

    def sign(self, message: bytes) -> bytes:
        """The raw signature over `message`: Ed25519 deterministic, ECDSA r‖s, RSA PKCS#1 v1.5."""
        try:
            return self._make(message)
        except KeysError:
            raise
        except Exception as error:  # whatever the library met, the caller learns that there is no signature
            raise SigningUnavailable(f"The {self._public_key.type} key made no signature: {error!r}.") from error

    def __repr__(self) -> str:
        return f"<LocalSigner {self._public_key.type} {self._public_key.thumbprint()}>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("A LocalSigner is never pickled or copied: it would carry its private key away.")


def _operation(key: PrivateKey, public_key: PublicKey) -> Callable[[bytes], bytes]:
    """Signing with this key, as a function that keeps the key to itself."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        secret = key.private_bytes_raw() + public_key.material
        return lambda message: ed25519_signature.sign(secret, message)
    digest = DIGESTS[public_key.type]
    if isinstance(key, rsa.RSAPrivateKey):
        return lambda message: key.sign(message, padding.PKCS1v15(), digest)
    half = (public_key.algorithm.signature_bytes or 0) // 2
    return lambda message: _fixed_length(key.sign(message, ec.ECDSA(digest)), half)


def _fixed_length(signature: bytes, half: int) -> bytes:
    """An ECDSA signature as r‖s instead of DER."""
    r, s = decode_dss_signature(signature)
    return r.to_bytes(half, "big") + s.to_bytes(half, "big")


def generate(key_type: KeyType) -> LocalSigner:
    """A signer with a new key that exists in memory only."""
    return LocalSigner(generate_private_key(key_type))


def generate_private_key(key_type: KeyType) -> PrivateKey:
    """A new private key from the system's randomness; RSA with 2,048 bits and exponent 65537."""
    if key_type in CURVES:
        return ec.generate_private_key(CURVES[key_type])
    if key_type is KeyType.RSA:
        return rsa.generate_private_key(public_exponent=65537, key_size=RSA_NEW_KEY_BITS)
    return ed25519.Ed25519PrivateKey.generate()
