"""A key that somebody has shown to hold, and the DID by which a credential that is bound to it names him."""

from __future__ import annotations

from dataclasses import dataclass

from keys import jwk, multikey
from keys.did import resolve_offline
from keys.did.offline import did_jwk
from keys.errors import MalformedDid, UnsupportedKey
from keys.public_key import PublicKey


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose a copy is. `key` is None for a DID that somebody else has resolved: an SD-JWT cannot be bound to that."""

    did: str
    key: PublicKey | None = None

    @classmethod
    def of_key(cls, key: PublicKey) -> Holder:
        """By a did:jwk, which holds the key as it was given."""
        return cls(did_jwk(key), key)

    @classmethod
    def of_did(cls, did: str) -> Holder:
        """By a did:key or did:jwk, which are their own keys. Raises KeysError for any other, and for an unfit key."""
        (method,) = resolve_offline(did)["verificationMethod"]
        if "publicKeyMultibase" in method:
            return cls(did, multikey.decode(method["publicKeyMultibase"]))
        return cls(did, jwk.from_jwk(method["publicKeyJwk"]))

    @classmethod
    def of_method(cls, url: str) -> Holder:
        """By the URL of the only verification method of such a DID. Raises KeysError."""
        did, _, fragment = url.partition("#")
        holder = cls.of_did(did)
        (method,) = resolve_offline(did)["verificationMethod"]
        if fragment and method["id"] != url:
            raise MalformedDid(f"{url[:200]!r} names no key of its DID")
        return holder


def required_key(holder: Holder) -> PublicKey:
    """The holder's key. Raises UnsupportedKey if it is not known."""
    if holder.key is None:
        raise UnsupportedKey(f"the key of {holder.did[:200]!r} is not known here; an SD-JWT names it")
    return holder.key
