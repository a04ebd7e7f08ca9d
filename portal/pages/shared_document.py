"""A credential's document as its holder shows it (docs/adr/0023). Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from issuer.sharing import Shown
from portal.pages.reading import mapping, mappings, text


def as_shared(document: Mapping[str, Any], shown: Shown) -> Mapping[str, Any]:
    """The same without evidence, and with initials for the name, where the holder wants it so. For a closed page, it
    is the caller's to say nothing of it at all."""
    if shown.full_name and shown.evidence:
        return document
    subject = dict(mapping(document, "credentialSubject"))
    rest = dict(document)
    if not shown.evidence:
        rest.pop("evidence", None)
        subject.pop("narrative", None)
    if not shown.full_name:
        subject["identifier"] = [_shortened(one) for one in mappings(subject, "identifier")]
        if "name" in subject:
            subject["name"] = initials(text(subject, "name"))
    return {**rest, "credentialSubject": subject}


def initials(name: str) -> str:
    """`Zoë Kjærsgaard` → `Z. K.`; of a name in one piece, the first letter, with the marks that belong to it."""
    return " ".join(f"{first}." for word in name.split() if (first := _first(word)))


def _first(word: str) -> str:
    start = next((at for at, one in enumerate(word) if one.isalnum()), None)
    if start is None:
        return ""
    end = start + 1
    while end < len(word) and unicodedata.combining(word[end]):
        end += 1
    return word[start:end].upper()


def _shortened(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    if entry.get("identityType") == "name" and entry.get("hashed") is not True:
        return {**entry, "identityHash": initials(text(entry, "identityHash"))}
    return entry
