"""A public key that is known to be well formed, and the one way to check a signature with it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from keys import base64url, ed25519_signature
from keys.algorithms import ALGORITHMS, RSA_BITS, RSA_EXPONENTS, Algorithm, KeyType
from keys.ed25519_point import require_honest_point
from keys.errors import MalformedKey, SignatureMismatch, UnsupportedKey, VerificationUnavailable

__all__ = ["CryptographyPublicKey", "KeyType", "PublicKey"]

CryptographyPublicKey = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey | rsa.RSAPublicKey

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
        _load(self.type, self.material)

    @classmethod
    def of(cls, key: object) -> PublicKey:
        """The PublicKey of one of `cryptography`'s objects. Raises UnsupportedKey, MalformedKey."""
        if isinstance(key, ed25519.Ed25519PublicKey):
            return cls(KeyType.ED25519, key.public_bytes_raw())
        if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _EC_TYPES:
            return cls(_EC_TYPES[key.curve.name], key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint))
        if isinstance(key, rsa.RSAPublicKey):
            return cls(KeyType.RSA, key.public_bytes(Encoding.DER, PublicFormat.PKCS1))
        raise UnsupportedKey(f"Keys are of type {', '.join(KeyType)}; this one is neither.")

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
            self._verify(_load(self.type, self.material), signature, message)
        except (InvalidSignature, SignatureMismatch) as error:
            raise SignatureMismatch(f"The signature does not fit the message and this {self.type} key.") from error
        except Exception as error:  # unknown failures are never a success and never a verdict
            raise VerificationUnavailable(f"The {self.type} signature could not be checked: {error!r}.") from error

    def _verify(self, key: CryptographyPublicKey, signature: bytes, message: bytes) -> None:
        size = self.algorithm.signature_bytes
        if size is not None and len(signature) != size:
            raise SignatureMismatch
        if isinstance(key, ed25519.Ed25519PublicKey):
            if not ed25519_signature.fits(self.material, signature, message):
                raise SignatureMismatch
            return
        digest = self.algorithm.digest
        if digest is None:
            raise UnsupportedAlgorithm(f"{self.type} has no digest in the table of algorithms")
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, message, padding.PKCS1v15(), digest)
        else:
            half = len(signature) // 2
            r, s = int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
            key.verify(encode_dss_signature(r, s), message, ec.ECDSA(digest))

    def jwk_members(self) -> dict[str, str]:
        """The members that RFC 7638 section 3.2 and RFC 8037 section 2 require, in lexicographic order."""
        key = _load(self.type, self.material)
        if isinstance(key, ed25519.Ed25519PublicKey):
            return {"crv": "Ed25519", "kty": "OKP", "x": base64url.encode(self.material)}
        if isinstance(key, rsa.RSAPublicKey):
            numbers = key.public_numbers()
            return {"e": _base64url_uint(numbers.e), "kty": "RSA", "n": _base64url_uint(numbers.n)}
        point, size = key.public_numbers(), len(self.material) - 1
        x, y = (base64url.encode(coordinate.to_bytes(size, "big")) for coordinate in (point.x, point.y))
        return {"crv": str(self.type), "kty": "EC", "x": x, "y": y}

    def thumbprint(self) -> str:
        """The SHA-256 JWK thumbprint of RFC 7638, 43 characters of base64url."""
        # the members are ASCII without quotes and already sorted: this is the JSON that RFC 7638 section 3 hashes
        text = ",".join(f'"{name}":"{value}"' for name, value in self.jwk_members().items())
        return base64url.encode(sha256(f"{{{text}}}".encode("ascii")).digest())


_EC_TYPES = {row.curve.name: key_type for key_type, row in ALGORITHMS.items() if row.curve is not None}


def _base64url_uint(number: int) -> str:
    """Base64urlUInt of RFC 7518 section 2: big-endian, as few bytes as possible."""
    return base64url.encode(number.to_bytes((number.bit_length() + 7) // 8, "big"))


@lru_cache(maxsize=512)
def _load(key_type: KeyType, material: bytes) -> CryptographyPublicKey:
    """The key that material stands for, after every check that `PublicKey` promises."""
    if len(material) > _MATERIAL_MAX_BYTES:
        raise MalformedKey(f"A public key of {len(material)} bytes is longer than any that is supported.")
    if key_type is KeyType.ED25519:
        require_honest_point(material)
        return ed25519.Ed25519PublicKey.from_public_bytes(material)
    if key_type is KeyType.RSA:
        return _load_rsa(material)
    return _load_ec(key_type, material)


def _load_ec(key_type: KeyType, material: bytes) -> ec.EllipticCurvePublicKey:
    row = ALGORITHMS[key_type]
    if row.curve is None or len(material) != row.material_bytes:
        raise MalformedKey(f"A {key_type} public key is a compressed point of {row.material_bytes} bytes.")
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(row.curve, material)
    except ValueError as error:
        raise MalformedKey(f"This {key_type} public key is not a point of its curve.") from error


def _load_rsa(material: bytes) -> rsa.RSAPublicKey:
    try:
        key = load_der_public_key(material)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise MalformedKey(
            "This RSA public key is not the DER of an RSAPublicKey (RFC 8017 appendix A.1.1)."
        ) from error
    if not isinstance(key, rsa.RSAPublicKey) or key.public_bytes(Encoding.DER, PublicFormat.PKCS1) != material:
        raise MalformedKey("This RSA public key is not the plain DER of an RSAPublicKey (RFC 8017 appendix A.1.1).")
    numbers = key.public_numbers()
    if key.key_size not in RSA_BITS or numbers.n % 2 == 0:
        raise MalformedKey(
            f"An RSA key of {key.key_size} bits is refused: its modulus must be odd and have "
            f"{RSA_BITS.start} to {RSA_BITS.stop - 1} bits."
        )
    if numbers.e not in RSA_EXPONENTS:
        raise MalformedKey("This RSA key's exponent is refused: it must be odd, at least 65537 and below 2 to the 64.")
    return key
