"""A public key that is known to be well formed, and the one way to check a signature with it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from keys import base64url, ed25519_signature
from keys.algorithms import ALGORITHMS, Algorithm, KeyType
from keys.ed25519_point import require_honest_point
from keys.errors import MalformedKey, SignatureMismatch, VerificationUnavailable

__all__ = ["KeyType", "PublicKey"]

# the DER of an 8,192-bit RSAPublicKey is 1,038 bytes; longer input is refused before it is parsed
_MATERIAL_MAX_BYTES = 1100


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key of a supported type; two keys are equal exactly if type and material are.

    `material` has one form per type: Ed25519 32 bytes (RFC 8032); P-256 and P-384 the compressed point of SEC
    1 section 2.3.3 (33 or 49 bytes); RSA the DER of RSAPublicKey (RFC 8017 appendix A.1.1).

    Construction raises MalformedKey for anything else: an Ed25519 point of small order, off the curve or in
    non-canonical form, an EC point off its curve, an RSA modulus outside 2,048 to 8,192 bits, an even
    exponent or one outside 65,537 to 2⁶⁴, DER with leftovers.
    """

    type: KeyType
    material: bytes

    def __post_init__(self) -> None:
        _require_well_formed(self.type, self.material)

    def __reduce__(self) -> tuple[object, tuple[KeyType, bytes]]:
        """What is read back from a pickle is looked at like any other."""
        return PublicKey, (self.type, self.material)

    @classmethod
    def of(cls, key: object) -> PublicKey:
        """The PublicKey of one of `cryptography`'s objects. Raises UnsupportedKey, MalformedKey."""
        from keys import openssl_keys

        return cls(*openssl_keys.material_of(key))

    @property
    def algorithm(self) -> Algorithm:
        """This key's row in the table of algorithms."""
        return ALGORITHMS[self.type]

    def verify(self, signature: bytes, message: bytes) -> None:
        """Return if `signature` is this key's over `message`.

        Raises SignatureMismatch if it is not, and VerificationUnavailable if that could not be found out.
        Signatures are raw: Ed25519 64 bytes R‖S with S below the group's order (RFC 8032 section 5.1.7);
        ECDSA r‖s of 64 or 96 bytes over SHA-256 or SHA-384, with a low or a high s, since about half of all
        honest ones are high; RSA PKCS#1 v1.5 over SHA-256, as long as the modulus.
        """
        try:
            self._verify(signature, message)
        except SignatureMismatch as error:
            raise SignatureMismatch(f"The signature does not fit the message and this {self.type} key.") from error
        except Exception as error:  # unknown failures are never a success and never a verdict
            raise VerificationUnavailable(f"The {self.type} signature could not be checked: {error!r}.") from error

    def _verify(self, signature: bytes, message: bytes) -> None:
        if self.type is KeyType.ED25519:
            if not ed25519_signature.fits(self.material, signature, message):
                raise SignatureMismatch
            return
        size = self.algorithm.signature_bytes
        if size is not None and len(signature) != size:
            raise SignatureMismatch
        from keys import openssl_keys

        openssl_keys.verify(self.type, self.material, signature, message)

    def jwk_members(self) -> dict[str, str]:
        """The members that RFC 7638 section 3.2 and RFC 8037 section 2 require, in lexicographic order."""
        if self.type is KeyType.ED25519:
            return {"crv": "Ed25519", "kty": "OKP", "x": base64url.encode(self.material)}
        from keys import openssl_keys

        return openssl_keys.jwk_members(self.type, self.material)

    def thumbprint(self) -> str:
        """The SHA-256 JWK thumbprint of RFC 7638, 43 characters of base64url."""
        # the members are ASCII without quotes and already sorted: this is the JSON that RFC 7638 section 3 hashes
        text = ",".join(f'"{name}":"{value}"' for name, value in self.jwk_members().items())
        return base64url.encode(sha256(f"{{{text}}}".encode("ascii")).digest())


@lru_cache(maxsize=512)
def _require_well_formed(key_type: KeyType, material: bytes) -> None:
    """Raise MalformedKey for what `PublicKey` promises not to be."""
    if len(material) > _MATERIAL_MAX_BYTES:
        raise MalformedKey(f"A public key of {len(material)} bytes is longer than any that is supported.")
    if key_type is KeyType.ED25519:
        require_honest_point(material)
    else:
        from keys import openssl_keys

        openssl_keys.load(key_type, material)
