"""1EdTechRevocationList of older badges: a plain list of the ids of what was revoked (VCRL 1.0; deprecated).

    {"@context": …, "id": "the address of the list", "issuer": …,
     "revokedCredential": [{"id": "the credential's id", "revoked": true, "revocationReason": "…"}]}

The text of 2022 calls the member `revokedCredentials`, 1EdTech's validator of today reads `revokedCredential`: both are
read here, and a credential that either names is revoked. Nobody signs such a list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from credentials import strict_json
from credentials.problems import MALFORMED_VALUE_ERROR, refuse
from credentials.sentence import sentence
from credentials.strict_json import Limits

LIMITS = Limits(max_bytes=2 * 1024 * 1024, max_depth=12, max_values=100_000)
"""How much of a list is read: some 25,000 entries, as long as their ids are addresses."""

_MEMBERS = ("revokedCredential", "revokedCredentials")


@dataclass(frozen=True, slots=True)
class RevocationList:
    """The list as it was served. revoked: the reasons, or empty texts, by the ids of what is revoked."""

    id: str | None
    issuers: frozenset[str]
    revoked: Mapping[str, str]

    @classmethod
    def parse(cls, body: bytes) -> RevocationList | None:
        """None for JSON that is no such list. Raises `Unacceptable`: PARSING_ERROR or too-complex for what is no JSON
        or too large, MALFORMED_VALUE_ERROR for a list in which an entry cannot be read: it may be anybody's."""
        document = strict_json.parse(body, LIMITS)
        if not isinstance(document, dict) or "issuer" not in document:
            return None
        own = document.get("id")
        if not isinstance(own, str) and not any(member in document for member in _MEMBERS):
            return None
        entries = [entry for member in _MEMBERS for entry in _several(document.get(member, []))]
        return cls(
            own if isinstance(own, str) else None,
            frozenset(_ids(document["issuer"])),
            dict(filter(None, map(_revoked, entries))),
        )


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _ids(value: Any) -> Iterator[str]:
    for one in _several(value):
        identifier = one.get("id") if isinstance(one, dict) else one
        if isinstance(identifier, str):
            yield identifier


def _revoked(entry: Any) -> tuple[str, str] | None:
    """The id and the reason; None if the entry says itself that it is not revoked."""
    if isinstance(entry, str):
        return entry, ""
    identifier = entry.get("id") if isinstance(entry, dict) else None
    if not isinstance(identifier, str):
        raise refuse(
            MALFORMED_VALUE_ERROR,
            "Revocation list is malformed",
            sentence("An entry of the revocation list does not say which credential it is about."),
        )
    if entry.get("revoked") is False:  # anything else but the word itself leaves it revoked
        return None
    reason = entry.get("revocationReason")
    return identifier, reason if isinstance(reason, str) else ""
