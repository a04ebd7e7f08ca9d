"""When two credentials are the same one, and which of them is the newer (Open Badges 3.0, “Credential equality and
comparison”).

For whoever takes credentials in: one that equals a known one is no further credential but another state of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from credentials.instants import parse_instant


def identity_of(document: Mapping[str, Any]) -> tuple[str, str] | None:
    """Issuer and id of a credential, as they are compared; None if it lacks one, and then it equals nothing.

    Both are unescaped (RFC 3986, percent-encoding) and trimmed, in this order.
    """
    issuer = document.get("issuer")
    given = (issuer.get("id") if isinstance(issuer, Mapping) else issuer, document.get("id"))
    names = tuple(unquote(name).strip() if isinstance(name, str) else "" for name in given)
    return (names[0], names[1]) if all(names) else None


def are_the_same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether both are one credential, whatever else they say."""
    identity = identity_of(one)
    return identity is not None and identity == identity_of(other)


def is_newer(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether the first could replace the second: the same credential, from a later instant.

    Raises ValueError if an instant from which they are valid cannot be read.
    """
    return are_the_same(one, other) and _beginning(one) > _beginning(other)


def _beginning(document: Mapping[str, Any]) -> Any:
    """`validFrom`, or what VCDM 1.1 says in its stead."""
    return parse_instant(str(document.get("validFrom", document.get("issuanceDate"))))
