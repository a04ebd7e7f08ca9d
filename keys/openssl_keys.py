"""Public keys of the two elliptic curves and of RSA, by OpenSSL through `cryptography`.

Imported when such a key comes: nearly all keys of badges are Ed25519, and the import costs a quarter of the time in
which a command verifies a badge (docs/adr/0017-cold-start.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from keys import base64url
from keys.algorithms import ALGORITHMS, RSA_BITS, RSA_EXPONENTS, KeyType
from keys.errors import MalformedKey, SignatureMismatch, UnsupportedKey

OpensslKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey

CURVES: Mapping[KeyType, ec.EllipticCurve] = MappingProxyType(
    {KeyType.P256: ec.SECP256R1(), KeyType.P384: ec.SECP384R1()}
)
DIGESTS: Mapping[KeyType, hashes.HashAlgorithm] = MappingProxyType(
    {KeyType.P256: hashes.SHA256(), KeyType.P384: hashes.SHA384(), KeyType.RSA: hashes.SHA256()}
)
_TYPES = {curve.name: key_type for key_type, curve in CURVES.items()}


def material_of(key: object) -> tuple[KeyType, bytes]:
    """Type and material, as `PublicKey` has them, of one of `cryptography`'s public keys. Raises UnsupportedKey."""
    if isinstance(key, ed25519.Ed25519PublicKey):
        return KeyType.ED25519, key.public_bytes_raw()
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _TYPES:
        return _TYPES[key.curve.name], key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    if isinstance(key, rsa.RSAPublicKey):
        return KeyType.RSA, key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    raise UnsupportedKey(f"Keys are of type {', '.join(KeyType)}; this one is neither.")


def rsa_material(modulus: int, exponent: int) -> bytes:
    """The material of the RSA key of these numbers. Raises ValueError for numbers that OpenSSL refuses."""
    _, material = material_of(rsa.RSAPublicNumbers(exponent, modulus).public_key())
    return material


@lru_cache(maxsize=512)
def load(key_type: KeyType, material: bytes) -> OpensslKey:
    """The key that material stands for, after every check that `PublicKey` promises. Raises MalformedKey."""
    return _load_rsa(material) if key_type is KeyType.RSA else _load_ec(key_type, material)


def verify(key_type: KeyType, material: bytes, signature: bytes, message: bytes) -> None:
    """As `PublicKey.verify`. Raises SignatureMismatch, and whatever OpenSSL raises if it cannot find out."""
    key, digest = load(key_type, material), DIGESTS[key_type]
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, message, padding.PKCS1v15(), digest)
        else:
            half = len(signature) // 2
            r, s = int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
            key.verify(encode_dss_signature(r, s), message, ec.ECDSA(digest))
    except InvalidSignature as error:
        raise SignatureMismatch from error


def jwk_members(key_type: KeyType, material: bytes) -> dict[str, str]:
    """As `PublicKey.jwk_members`."""
    key = load(key_type, material)
    if isinstance(key, rsa.RSAPublicKey):
        numbers = key.public_numbers()
        return {"e": _base64url_uint(numbers.e), "kty": "RSA", "n": _base64url_uint(numbers.n)}
    point, size = key.public_numbers(), len(material) - 1
    x, y = (base64url.encode(coordinate.to_bytes(size, "big")) for coordinate in (point.x, point.y))
    return {"crv": str(key_type), "kty": "EC", "x": x, "y": y}


def _base64url_uint(number: int) -> str:
    """Base64urlUInt of RFC 7518 section 2: big-endian, as few bytes as possible."""
    return base64url.encode(number.to_bytes((number.bit_length() + 7) // 8, "big"))


def _load_ec(key_type: KeyType, material: bytes) -> ec.EllipticCurvePublicKey:
    size = ALGORITHMS[key_type].material_bytes
    if len(material) != size:
        raise MalformedKey(f"A {key_type} public key is a compressed point of {size} bytes.")
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(CURVES[key_type], material)
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
