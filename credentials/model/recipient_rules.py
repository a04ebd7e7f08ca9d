"""The recipient is named, and hashed identities have the form that can be compared."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from credentials.model.findings import malformed
from credentials.model.json_walk import child, objects
from credentials.problems import Problem
from credentials.sentence import sentence

IDENTITY_HASH = re.compile(r"md5\$[0-9A-Fa-f]{32}|sha256\$[0-9A-Fa-f]{64}")
"""IdentityHash: the algorithm, a dollar sign and the digest in hexadecimal of either case."""


def recipient(node: Mapping[str, Any], at: str) -> Iterator[Problem]:
    """`credentialSubject` has an `id` or at least one `identifier`; hashed ones are an IdentityHash."""
    subject, place = child(node, "credentialSubject"), f"{at}/credentialSubject"
    if subject and "id" not in subject and not subject.get("identifier"):
        detail = sentence("The subject has neither an “id” nor an “identifier”; nobody could say whose badge this is.")
        yield malformed("Recipient missing", detail, place)
    for position, identity in objects(subject, "identifier"):
        value = identity.get("identityHash")
        if identity.get("hashed") is True and isinstance(value, str) and not IDENTITY_HASH.fullmatch(value):
            detail = sentence(
                "The identity is marked as hashed, but its value is not: it must be “sha256$” or “md5$” "
                "and the digest in hexadecimal."
            )
            yield malformed("Malformed identity hash", detail, f"{place}/identifier/{position}/identityHash")


def recipient_to_issue(node: Mapping[str, Any], at: str) -> Iterator[Problem]:
    """Identities are hashed with SHA-256 and a salt; others are guessed in no time."""
    for position, identity in objects(child(node, "credentialSubject"), "identifier"):
        if identity.get("hashed") is not True:
            continue
        place = f"{at}/credentialSubject/identifier/{position}"
        if str(identity.get("identityHash")).startswith("md5$"):
            detail = sentence("The identity is hashed with MD5; hash it with SHA-256.")
            yield malformed("Weak identity hash", detail, f"{place}/identityHash")
        if not identity.get("salt"):
            detail = sentence("The identity is hashed without a salt, so it can be guessed; add a random “salt”.")
            yield malformed("Unsalted identity hash", detail, f"{place}/salt")
