"""Where the issuer of an SD-JWT VC publishes its keys: for a DID its document, for an https address its metadata.

The metadata lie at `/.well-known/jwt-vc-issuer` with the issuer's own path behind it, and hold a set of JWKs or its
address (SD-JWT VC, "JWT VC Issuer Metadata"). They are given the shape of a controlled identifier document, so that the
same rules choose the key.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from credentials import strict_json
from credentials.problems import Unacceptable
from credentials.sentence import sentence
from verifier.fetcher import FetchError
from verifier.reach import Reach
from verifier.resolve import Unresolved

_WELL_KNOWN = "/.well-known/jwt-vc-issuer"
_MAX_BYTES = 256 * 1024
_LIMITS = strict_json.Limits(max_bytes=_MAX_BYTES, max_values=10_000)
_MAX_KEYS = 100


def published_by(issuer: str, reach: Reach) -> Mapping[str, Any]:
    """The document of the issuer, whose keys are under `assertionMethod`. Raises `Unresolved`."""
    if not issuer.startswith("https://"):
        return reach.resolve(issuer)
    try:
        parts = urlsplit(issuer)
    except ValueError:
        raise Unresolved(sentence("{issuer} is no address on the web", issuer=issuer[:200])) from None
    metadata = _object_at(f"https://{parts.netloc}{_WELL_KNOWN}{parts.path.rstrip('/')}", reach)
    if metadata.get("issuer") != issuer:
        raise Unresolved(sentence("the metadata of {issuer} say that they are about another issuer", issuer=issuer))
    keys = metadata.get("jwks")
    if keys is None and isinstance(metadata.get("jwks_uri"), str):
        keys = _object_at(metadata["jwks_uri"], reach)
    listed = keys.get("keys") if isinstance(keys, Mapping) else None
    several = listed if isinstance(listed, list) else []
    named = [one for one in several if isinstance(one, Mapping) and isinstance(one.get("kid"), str)]
    methods = [
        {"id": f"{issuer}#{one['kid']}", "type": "JsonWebKey", "controller": issuer, "publicKeyJwk": one}
        for one in named[:_MAX_KEYS]
    ]
    return {"id": issuer, "verificationMethod": methods, "assertionMethod": [one["id"] for one in methods]}


def _object_at(url: str, reach: Reach) -> Mapping[str, Any]:
    try:
        body = reach.fetch(url, accept="application/json", max_bytes=_MAX_BYTES).body
        found = strict_json.parse(body, _LIMITS)
    except FetchError as error:
        raise Unresolved(error.reason) from None
    except Unacceptable:
        found = None
    if not isinstance(found, Mapping):
        raise Unresolved(sentence("{url} serves no object in JSON", url=url[:200]))
    return found
