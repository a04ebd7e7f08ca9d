"""From a verification method of anyone's document to the key in it (CID 1.0 section 2.2)."""

from __future__ import annotations

from collections.abc import Mapping

from keys import jwk, multikey
from keys.algorithms import KeyType
from keys.errors import MalformedKey, UnsupportedKey
from keys.public_key import PublicKey

_MEMBER_OF_TYPE = {
    "Multikey": "publicKeyMultibase",
    "Ed25519VerificationKey2020": "publicKeyMultibase",
    "JsonWebKey": "publicKeyJwk",
    "JsonWebKey2020": "publicKeyJwk",
}
_SECRET_MEMBERS = frozenset({"secretKeyMultibase", "privateKeyMultibase", "secretKeyJwk", "privateKeyJwk"})


def verification_method_key(method: Mapping[str, object]) -> PublicKey:
    """The public key of a Multikey, JsonWebKey, JsonWebKey2020 or Ed25519VerificationKey2020.

    Says nothing of whose key it is, nor of `revoked` and `expires`: that is the verifier's to judge.
    Raises UnsupportedKey for another type of method or key, MalformedKey for one that is ill-formed, holds a
    secret key, or two public keys.
    """
    if _SECRET_MEMBERS & method.keys():
        raise MalformedKey("This verification method publishes its secret key. Nothing it signs can be trusted.")
    method_type = method.get("type")
    member = _MEMBER_OF_TYPE.get(method_type) if isinstance(method_type, str) else None
    if member is None:
        raise UnsupportedKey(
            f"Verification methods of type {str(method_type)[:60]!r} are not supported; "
            f"these are: {', '.join(_MEMBER_OF_TYPE)}."
        )
    if len({"publicKeyMultibase", "publicKeyJwk"} & method.keys()) > 1:
        raise MalformedKey("This verification method holds two public keys, as Multikey and as JWK.")
    key = _key(method.get(member), member)
    if method_type == "Ed25519VerificationKey2020" and key.type is not KeyType.ED25519:
        raise MalformedKey(f"This Ed25519VerificationKey2020 holds a {key.type} key.")
    return key


def _key(value: object, member: str) -> PublicKey:
    if member == "publicKeyMultibase" and isinstance(value, str):
        return multikey.decode(value)
    if member == "publicKeyJwk" and isinstance(value, Mapping):
        return jwk.from_jwk(value)
    raise MalformedKey(f"This verification method has no {member}, or one of the wrong kind.")
