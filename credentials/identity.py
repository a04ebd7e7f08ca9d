"""Recipient identifiers: hashing an identity into a badge and finding a known one in it.

An IdentityHash covers the identifier exactly as it is written, and mail addresses are written in many ways.
Guildmark hashes a mail address as it is given (its callers decide on one spelling) and, when it compares,
tries the address as given, all in lower case, and with its domain in lower case: no mail system in use tells
two recipients apart by case, and a badge for `Ana@Example.org` is meant for who can prove `ana@example.org`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from credentials.model.recipient_rules import IDENTITY_HASH
from credentials.model.vocabularies import IDENTIFIER_TYPES, is_term

EMAIL_ADDRESS = "emailAddress"


def hashed_identity(value: str, identity_type: str, salt: str) -> dict[str, Any]:
    """An IdentityObject that names somebody by `sha256$` and the digest of value and salt.

    Raises ValueError for an empty value, an empty salt (anyone could guess the address), text that has no
    UTF-8 form, and a type that is neither in IdentifierTypeEnum nor starts with `ext:`.
    """
    identity = _identity(value, identity_type)
    return {**identity, "hashed": True, "identityHash": "sha256$" + salted_digest(value, salt), "salt": salt}


def salted_digest(value: str, salt: str) -> str:
    """What stands behind `sha256$` in the IdentityHash of an IdentityObject. Raises ValueError as `hashed_identity`."""
    if not value:
        raise ValueError("an identity cannot be empty")
    if not salt:
        raise ValueError("a hashed identity needs a salt, or it can be guessed; give a random one")
    return _digest("sha256", value, salt)


def plain_identity(value: str, identity_type: str) -> dict[str, Any]:
    """An IdentityObject with the value in plain text, for what everybody may read, such as a name.

    Raises ValueError for an empty value and a type outside the vocabulary.
    """
    return {**_identity(value, identity_type), "hashed": False, "identityHash": value}


def matches(identity: Mapping[str, Any], value: str, identity_type: str) -> bool:
    """Whether an IdentityObject stands for the known plain-text identifier of that type.

    The types must be equal. Reads `sha256$` and `md5$` with hexadecimal of either case; without `salt` the
    hash is taken as unsalted. Whatever is not a well-formed IdentityObject matches nobody.
    """
    expected, hashed = identity.get("identityHash"), identity.get("hashed")
    if identity.get("identityType") != identity_type or not isinstance(expected, str) or not value:
        return False
    spellings = _spellings(value, identity_type)
    if hashed is False:
        return not spellings.isdisjoint(_spellings(expected, identity_type))
    salt = identity.get("salt", "")
    if hashed is not True or not isinstance(salt, str) or not IDENTITY_HASH.fullmatch(expected):
        return False
    algorithm, _, digest = expected.partition("$")
    try:
        return digest.lower() in {_digest(algorithm, spelling, salt) for spelling in spellings}
    except UnicodeEncodeError:
        return False


def _identity(value: str, identity_type: str) -> dict[str, Any]:
    if not value:
        raise ValueError("an identity cannot be empty")
    if not is_term(identity_type, IDENTIFIER_TYPES):
        known = ", ".join(sorted(IDENTIFIER_TYPES))
        raise ValueError(f"“{identity_type}” is no identity type; use one of {known}, or one that starts with “ext:”")
    return {"type": "IdentityObject", "identityType": identity_type}


def _spellings(value: str, identity_type: str) -> set[str]:
    if identity_type != EMAIL_ADDRESS:
        return {value}
    local, at, domain = value.rpartition("@")
    return {value, value.lower(), local + at + domain.lower()}


def _digest(algorithm: str, value: str, salt: str) -> str:
    """The digest in lower-case hexadecimal; MD5 occurs in old badges and is read, never made."""
    data = (value + salt).encode("utf-8")
    if algorithm == "sha256":
        return hashlib.sha256(data).hexdigest()
    return hashlib.md5(data, usedforsecurity=False).hexdigest()
