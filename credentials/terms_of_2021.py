"""The terms of StatusList2021, of which no installed package has the context (ADR 0002): a fact of that standard each.

What a term means is a name of the vocabulary and nothing more, so it is written here as that. A test compares the
whole with the published document, as a peer's package has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_VOCABULARY = "https://w3id.org/vc/status-list#"
_ALIASES = {"id": "@id", "type": "@type"}
_WORDS = {word: f"http://schema.org/{word}" for word in ("name", "description")}


def _named(*terms: str) -> dict[str, str]:
    """Each term for its namesake in the vocabulary."""
    return {term: _VOCABULARY + term for term in terms}


def _type(term: str, members: Mapping[str, Any]) -> dict[str, Any]:
    """A type, and what the members of its objects mean: within them, and not to be defined anew."""
    return {term: {"@id": _VOCABULARY + term, "@context": {"@protected": True, **_ALIASES, **members}}}


def document() -> dict[str, Any]:
    """The context: its three types, each with its own members."""
    where = {"@id": _VOCABULARY + "statusListCredential", "@type": "@id"}
    return {
        "@context": {
            "@protected": True,
            **_type("StatusList2021Credential", _WORDS),
            **_type("StatusList2021", _named("statusPurpose", "encodedList")),
            **_type(
                "StatusList2021Entry",
                {**_named("statusPurpose", "statusListIndex"), "statusListCredential": where},
            ),
        }
    }
