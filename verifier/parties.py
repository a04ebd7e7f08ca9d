"""Reading who and what a credential names, without believing it.

Everything here takes unverified JSON and gives text that is safe to show: no control characters that would
repaint a terminal, no marks that turn the direction of writing, and a bounded length.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from credentials.proofs.vc_claim import is_of_version_1

_LONGEST = 120
# Cc control, Cf format (bidirectional marks, zero width), Cs surrogate, Zl and Zp line and paragraph separators
_UNSHOWN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})

_OBJECT = (dict, Mapping)
"""For isinstance: a dict is recognized at once, while asking whether something is a Mapping takes a microsecond."""


def cleaned(text: str) -> str:
    """The text without anything that a terminal or a line of text could obey."""
    if text.isprintable():  # none of these categories is printable; this spares most texts the look at each character
        return text
    return "".join(character for character in text if unicodedata.category(character) not in _UNSHOWN)


def shown(text: object) -> str:
    """The text as it may stand in a sentence."""
    clean = cleaned(str(text)[: _LONGEST * 4])
    return clean if len(clean) <= _LONGEST else clean[: _LONGEST - 1] + "…"


def issuer_id(document: Mapping[str, Any]) -> str:
    """The issuer's identifier, whether `issuer` is a string or an object, or `iss` of an SD-JWT VC; or empty."""
    issuer = document.get("issuer", document.get("iss"))
    identifier = issuer.get("id") if isinstance(issuer, _OBJECT) else issuer
    return identifier if isinstance(identifier, str) else ""


def issuer_words(document: Mapping[str, Any]) -> str:
    """The issuer for a sentence: “Acme GmbH (did:web:acme.example)”. The name is the issuer's own claim."""
    issuer = document.get("issuer")
    name = issuer.get("name") if isinstance(issuer, _OBJECT) else None
    identifier = shown(issuer_id(document))
    return f"{shown(name)} ({identifier})" if isinstance(name, str) and name.strip() else identifier


def objects(value: Any) -> list[Mapping[str, Any]]:
    """The objects in a member that may hold one or several."""
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, _OBJECT)]


def types(value: Mapping[str, Any]) -> list[str]:
    """The names in `type`, which may be one or several."""
    names = value.get("type")
    return [name for name in (names if isinstance(names, list) else [names]) if isinstance(name, str)]


def dates_of(document: Mapping[str, Any]) -> tuple[Any, Any]:
    """From when and until when it says that it counts, under the names of its own standard; None if it does not.

    For showing them; what counts is judged by the checks.
    """
    if is_older(document):
        names = ("issuedOn", "expires")
    elif is_of_version_1(document):
        names = ("issuanceDate", "expirationDate")
    else:
        names = ("validFrom", "validUntil")
    return document.get(names[0]), document.get(names[1])


def is_older(document: Mapping[str, Any]) -> bool:
    """Whether it is a badge of Open Badges 2.0, which is no verifiable credential."""
    names = types(document)
    return "Assertion" in names and "VerifiableCredential" not in names
