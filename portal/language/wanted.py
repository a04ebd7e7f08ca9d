"""Which language a reader gets: the one that he chose, else the first of his browser's that there is."""

from __future__ import annotations

from portal.language.language import ENGLISH, LANGUAGES, Language
from portal.negotiation import ranked

CHOICE = "lang"
"""The cookie, and the parameter of an address, that name a language that somebody chose."""

_BY_TAG = {language.tag: language for language in LANGUAGES}


def wanted(accept_language: str | None, *chosen: str | None) -> Language:
    """The first of `chosen` that there is; else what `Accept-Language` (RFC 9110, section 12.5.4) likes best.

    A range such as `de-AT` takes the language it begins with (RFC 4647, section 3.4).
    """
    for tag in chosen:
        if tag in _BY_TAG:
            return _BY_TAG[tag]
    for spelt in ranked(accept_language or ""):
        tag = spelt.split("-", 1)[0]
        if tag in _BY_TAG:
            return _BY_TAG[tag]
    return ENGLISH
