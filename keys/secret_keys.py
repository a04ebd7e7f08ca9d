"""Private keys as test suites hand them over: a JWK with `d`, or a verification method with its secret beside it.

Keys of an installation never come this way: they lie sealed in its keyring.
"""

from __future__ import annotations

from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from keys import base64url, jwk, multibase
from keys.algorithms import KeyType
from keys.errors import MalformedKey, UnsupportedKey
from keys.openssl_keys import CURVES
from keys.public_key import PublicKey
from keys.signer import LocalSigner, PrivateKey

_JWK_MEMBERS = ("secretKeyJwk", "privateKeyJwk")
_MULTIBASE_MEMBERS = ("secretKeyMultibase", "privateKeyMultibase")
_MAX_CHARACTERS = 200
# multicodec table: ed25519-priv, p256-priv, p384-priv
_PREFIXES = {b"\x80\x26": KeyType.ED25519, b"\x86\x26": KeyType.P256, b"\x87\x26": KeyType.P384}


def signer_of(method: Mapping[str, object]) -> LocalSigner:
    """The signer of a verification method that brings its secret, or of a private JWK.

    Raises MalformedKey and UnsupportedKey; also where the secret is not that of the public key beside it.
    """
    signer = LocalSigner(_private_key(method))
    published = public_key_of(method, required=False)
    if published not in (None, signer.public_key):
        raise MalformedKey("The secret key of this verification method is not that of its public key.")
    return signer


def public_key_of(method: Mapping[str, object], *, required: bool = True) -> PublicKey | None:
    """The public key of a verification method, whether or not its secret stands beside it; or of a JWK.

    None if there is none and it is not required. Raises MalformedKey and UnsupportedKey.
    """
    from keys import multikey

    text, given = method.get("publicKeyMultibase"), method.get("publicKeyJwk", method if "kty" in method else None)
    if isinstance(text, str):
        return multikey.decode(text)
    if isinstance(given, Mapping):
        return jwk.from_jwk({name: value for name, value in given.items() if name != "d"})
    if not required:
        return None
    return signer_of(method).public_key


def _private_key(method: Mapping[str, object]) -> PrivateKey:
    for member in _JWK_MEMBERS:
        given = method.get(member)
        if isinstance(given, Mapping):
            return _of_jwk(given)
    for member in _MULTIBASE_MEMBERS:
        text = method.get(member)
        if isinstance(text, str):
            return _of_multibase(text)
    if "d" in method:
        return _of_jwk(method)
    raise MalformedKey("This verification method has no secret key: neither as a JWK nor as a Multikey.")


def _of_jwk(given: Mapping[str, object]) -> PrivateKey:
    public = jwk.from_jwk({name: value for name, value in given.items() if name != "d"})
    secret = given.get("d")
    try:
        private = _of_bytes(public.type, base64url.decode(secret if isinstance(secret, str) else ""))
    except ValueError as error:
        raise MalformedKey("This JWK's member d is no private key of its type.") from error
    if PublicKey.of(private.public_key()) != public:
        raise MalformedKey("This JWK's member d is not the private key of its public members.")
    return private


def _of_multibase(text: str) -> PrivateKey:
    try:
        data = multibase.decode(text, max_characters=_MAX_CHARACTERS)
        key_type = _PREFIXES[data[:2]]
    except (ValueError, KeyError) as error:
        raise UnsupportedKey("This secretKeyMultibase is of none of the types that are supported.") from error
    try:
        return _of_bytes(key_type, data[2:])
    except ValueError as error:
        raise MalformedKey("This secretKeyMultibase is no private key of its type.") from error


def _of_bytes(key_type: KeyType, secret: bytes) -> PrivateKey:
    """Raises ValueError for what is no private key of that type, UnsupportedKey for RSA."""
    if key_type is KeyType.ED25519:
        return ed25519.Ed25519PrivateKey.from_private_bytes(secret[:32] if len(secret) == 64 else secret)
    if key_type not in CURVES:
        raise UnsupportedKey("Private RSA keys are not read here; P-256, P-384 and Ed25519 are.")
    return ec.derive_private_key(int.from_bytes(secret, "big"), CURVES[key_type])
