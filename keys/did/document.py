"""The document that publishes an issuer's keys (DID 1.0, Controlled Identifiers 1.0)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from keys import jwk, multikey
from keys.did.syntax import is_did
from keys.errors import DuplicateKeyId, MalformedDid
from keys.public_key import PublicKey

DID_CONTEXT = "https://www.w3.org/ns/did/v1"

Form = Literal["Multikey", "JsonWebKey"]

CONTEXTS: Mapping[Form, str] = {
    "Multikey": "https://w3id.org/security/multikey/v1",
    "JsonWebKey": "https://w3id.org/security/jwk/v1",
}

_FRAGMENT = re.compile(r"[A-Za-z0-9._~-]{1,200}\Z")


@dataclass(frozen=True, slots=True)
class PublishedKey:
    """A key as a document lists it.

    `form` is Multikey for Data Integrity proofs and JsonWebKey for JWTs. `revoked` is the instant from which
    the key was compromised, not that of an ordinary retirement: a retired key goes on verifying what it
    signed. Raises MalformedDid for a fragment that is no part of a URL, or an instant without a time zone.
    """

    fragment: str
    public_key: PublicKey
    form: Form
    revoked: datetime | None = None

    def __post_init__(self) -> None:
        if not _FRAGMENT.match(self.fragment):
            raise MalformedDid(f"{self.fragment[:200]!r} cannot be a key's fragment: letters, digits and . _ ~ - only.")
        if self.form not in CONTEXTS:
            raise MalformedDid(f"A key is published as {' or '.join(CONTEXTS)}, not as {self.form}.")
        if self.revoked is not None and self.revoked.utcoffset() is None:
            raise MalformedDid("The instant from which a key is revoked needs a time zone.")


def key_fragment(key: PublicKey) -> str:
    """The fragment of a key's id: its JWK thumbprint, as Open Badges 3.0 asks of a Multikey's id.

    It is the same for a key wherever and however it is published, and different for any two keys.
    """
    return key.thumbprint()


def did_document(
    did: str,
    keys: Sequence[PublishedKey],
    *,
    also_known_as: Sequence[str] = (),
    services: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """The document of a DID, with every given key as a verification method under `assertionMethod`.

    Give every key that ever signed, or what it signed stops verifying. Ids are absolute and the DID context
    is the first one, so that JSON-LD processors and plain JSON readers see the same. A revoked key stays
    listed, with `revoked` (Controlled Identifiers 1.0 section 2.2). Raises MalformedDid, and DuplicateKeyId
    if two keys have one fragment.
    """
    if not is_did(did):
        raise MalformedDid(f"{did[:200]!r} is not a DID.")
    twice = [fragment for fragment, times in Counter(key.fragment for key in keys).items() if times > 1]
    if twice:
        raise DuplicateKeyId(
            f"Two keys of {did} would share the id #{twice[0]}. Publish each key once, under a fragment of its own."
        )
    methods = [_method(did, key) for key in keys]
    document: dict[str, Any] = {"@context": contexts(key.form for key in keys), "id": did}
    if also_known_as:
        document["alsoKnownAs"] = list(also_known_as)
    document["verificationMethod"] = methods
    document["assertionMethod"] = [method["id"] for method in methods]
    if services:
        document["service"] = [dict(service) for service in services]
    return document


def contexts(forms: Iterable[Form]) -> list[str]:
    """The JSON-LD contexts for methods of these forms, DID 1.0's first as its section 6.3 asks."""
    used = set(forms)
    return [DID_CONTEXT, *(context for form, context in CONTEXTS.items() if form in used)]


def _method(did: str, key: PublishedKey) -> dict[str, Any]:
    method: dict[str, Any] = {"id": f"{did}#{key.fragment}", "type": key.form, "controller": did}
    if key.revoked is not None:
        method["revoked"] = key.revoked.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if key.form == "Multikey":
        method["publicKeyMultibase"] = multikey.encode(key.public_key)
    else:
        # kid equals the fragment, as Controlled Identifiers 1.0 section 2.2.3 recommends
        algorithm = key.public_key.algorithm.jose
        method["publicKeyJwk"] = {
            **jwk.to_jwk(key.public_key),
            "kid": key.fragment,
            "alg": algorithm,
            "use": "sig",
        }
    return method
