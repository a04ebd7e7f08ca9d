"""JSON Web Keys (RFC 7517, RFC 7518 section 6, RFC 8037): public keys for signatures, read strictly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from keys import base64url
from keys.algorithms import ALGORITHMS, KeyType
from keys.errors import MalformedKey, UnsupportedKey
from keys.public_key import PublicKey

_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"})

# n of an 8,192-bit key has 1,366 characters; longer members are refused before they are decoded
_MEMBER_MAX_CHARACTERS = 1400


def to_jwk(key: PublicKey) -> dict[str, str]:
    """The required members only: kty with crv and x, with crv, x and y, or with n and e."""
    return key.jwk_members()


def from_jwk(jwk: Mapping[str, object]) -> PublicKey:
    """The key of a public JWK; members that RFC 7517 does not know are ignored, as its section 4 says.

    Raises MalformedKey for a private or ill-formed key, UnsupportedKey for one of another type or meant for
    something other than checking signatures with the algorithm of its type (`use`, `key_ops`, `alg`).
    """
    private = sorted(_PRIVATE_MEMBERS & jwk.keys())
    if private:
        raise MalformedKey(
            f"This JWK holds private members ({', '.join(private)}). A private key was published: it must be replaced."
        )
    key_type = _type_of(jwk)
    _require_meant_for_verifying(jwk, key_type)
    if key_type is KeyType.ED25519:
        return PublicKey(key_type, _bytes_of(jwk, "x", 32))
    if key_type is KeyType.RSA:
        return _rsa_key(jwk)
    return _ec_key(jwk, key_type)


def _type_of(jwk: Mapping[str, object]) -> KeyType:
    kty, crv = _text_of(jwk, "kty"), _text_of(jwk, "crv")
    for key_type, row in ALGORITHMS.items():
        if kty == row.kty and (row.crv is None or crv == row.crv):
            return key_type
    raise UnsupportedKey(
        f"This JWK has kty {_shown(kty)} and crv {_shown(crv)}; supported are RSA, EC with P-256 or P-384, "
        "and OKP with Ed25519."
    )


def _require_meant_for_verifying(jwk: Mapping[str, object], key_type: KeyType) -> None:
    use = _text_of(jwk, "use")
    if use not in (None, "sig"):
        raise UnsupportedKey(f"This JWK is for another use: {_shown(use)}, not sig.")
    if "verify" not in _operations_of(jwk):
        raise UnsupportedKey("This JWK's key_ops do not allow to verify signatures.")
    expected = ALGORITHMS[key_type].jose
    # RFC 9864 names the same algorithm Ed25519 that RFC 8037 names EdDSA
    allowed = {expected, "Ed25519"} if key_type is KeyType.ED25519 else {expected}
    algorithm = _text_of(jwk, "alg")
    if algorithm is not None and algorithm not in allowed:
        raise UnsupportedKey(
            f"This JWK is for the algorithm {_shown(algorithm)}; a {key_type} key is used with {expected}."
        )


def _ec_key(jwk: Mapping[str, object], key_type: KeyType) -> PublicKey:
    size = (ALGORITHMS[key_type].material_bytes or 0) - 1
    x, y = _bytes_of(jwk, "x", size), _bytes_of(jwk, "y", size)
    # the compressed point keeps only the parity of y, so the y that it stands for is compared with the given one
    key = PublicKey(key_type, bytes([2 + (y[-1] & 1)]) + x)
    if key.jwk_members()["y"] != jwk["y"]:
        raise MalformedKey(f"This JWK's x and y are not a point of {key_type}.")
    return key


def _rsa_key(jwk: Mapping[str, object]) -> PublicKey:
    n, e = _bytes_of(jwk, "n"), _bytes_of(jwk, "e")
    if n[:1] in (b"", b"\0") or e[:1] in (b"", b"\0"):
        raise MalformedKey("This JWK's n or e is empty or has leading zero bytes (RFC 7518 section 2, Base64urlUInt).")
    from keys import openssl_keys

    try:
        return PublicKey(KeyType.RSA, openssl_keys.rsa_material(int.from_bytes(n, "big"), int.from_bytes(e, "big")))
    except ValueError as error:
        raise MalformedKey(f"This JWK's n and e are not an RSA key that can be used: {error}.") from error


def _bytes_of(jwk: Mapping[str, object], name: str, size: int | None = None) -> bytes:
    value = jwk.get(name)
    if not isinstance(value, str) or len(value) > _MEMBER_MAX_CHARACTERS:
        raise MalformedKey(f"This JWK's member {name} must be a text of at most {_MEMBER_MAX_CHARACTERS} characters.")
    try:
        data = base64url.decode(value)
    except ValueError as error:
        raise MalformedKey(f"This JWK's member {name} is {error}.") from error
    if size is not None and len(data) != size:
        raise MalformedKey(f"This JWK's member {name} must stand for {size} bytes and stands for {len(data)}.")
    return data


def _text_of(jwk: Mapping[str, object], name: str) -> str | None:
    """A member that RFC 7517 and RFC 7518 define as text; None only if it is not there."""
    if name not in jwk:
        return None
    value = jwk[name]
    if not isinstance(value, str):
        raise MalformedKey(f"This JWK's member {name} must be a text.")
    return value


def _operations_of(jwk: Mapping[str, object]) -> Sequence[str]:
    """`key_ops` (RFC 7517 section 4.3); without it a key is for every operation, so for verifying."""
    operations = jwk.get("key_ops", ["verify"])
    if not isinstance(operations, (list, tuple)) or not all(isinstance(name, str) for name in operations):
        raise MalformedKey("This JWK's member key_ops must be an array of texts.")
    return operations


def _shown(value: str | None) -> str:
    """A foreign value in one of our sentences: short, and never two lines."""
    return repr(value)[:40]
