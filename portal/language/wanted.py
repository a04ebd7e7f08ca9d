"""Which language a reader gets: the one that he chose, else the first of his browser's that there is (docs/adr/0027).

The one place where that is decided, for pages and for what is kept of them.
"""

from __future__ import annotations

import re
from functools import lru_cache

from starlette.requests import Request
from starlette.types import Scope

from portal.language.language import ENGLISH, LANGUAGES, Language
from portal.negotiation import ranked

CHOICE = "lang"
"""The cookie, and the parameter of an address, that name a language that somebody chose."""
VARY = "Accept-Language, Cookie"
"""What a page in the reader's language depends on."""

_BY_TAG = {language.tag: language for language in LANGUAGES}
_IN_QUERY = re.compile(rb"(?:^|&)" + CHOICE.encode() + rb"=([a-z]{2,8})(?=&|$)")
_IN_COOKIE = re.compile(rb"(?:^|;)\s*" + CHOICE.encode() + rb"=\"?([a-z]{2,8})\"?\s*(?=;|$)")
_LONGEST_KEPT = 300  # bytes; a browser’s header has some 50


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


def language_of(request: Request) -> Language:
    """The language of whoever asks."""
    return language_of_scope(request.scope)


def language_of_scope(scope: Scope) -> Language:
    """The same, of a request as ASGI has it: `?lang=`, then the cookie, then Accept-Language."""
    accept = cookies = b""
    for name, value in scope["headers"]:
        if name == b"accept-language":
            accept = accept + b"," + value if accept else value
        elif name == b"cookie":
            cookies = cookies + b";" + value if cookies else value
    query: bytes = scope.get("query_string", b"")
    if not (query or cookies):
        return _liked(accept) if len(accept) <= _LONGEST_KEPT else _liked_anew(accept)
    tags = (chosen_in_query(query), _tag(_IN_COOKIE.search(cookies)))
    return next((_BY_TAG[tag] for tag in tags if tag in _BY_TAG), None) or (
        _liked(accept) if len(accept) <= _LONGEST_KEPT else _liked_anew(accept)
    )


def chosen_in_query(query: bytes) -> str:
    """The language of ours that the query of an address names, or ""."""
    tag = _tag(_IN_QUERY.search(query)) if query else ""
    return tag if tag in _BY_TAG else ""


def chosen_in_cookies(scope: Scope) -> str:
    """The language of ours that the cookie names, or ""."""
    cookies = b";".join(value for name, value in scope["headers"] if name == b"cookie")
    tag = _tag(_IN_COOKIE.search(cookies))
    return tag if tag in _BY_TAG else ""


def query_without_choice(scope: Scope) -> str:
    """The query of an address without the language in it, to be continued: empty, or ending with `&`."""
    query: bytes = scope.get("query_string", b"")
    kept = [part for part in query.split(b"&") if part and not part.startswith(CHOICE.encode() + b"=")]
    return "".join(part.decode("latin-1") + "&" for part in kept)


def _tag(found: re.Match[bytes] | None) -> str:
    return found[1].decode("ascii") if found is not None else ""


@lru_cache(maxsize=512)
def _liked(accept_language: bytes) -> Language:
    """Kept: there are about as many headers as browsers, and each page asks."""
    return _liked_anew(accept_language)


def _liked_anew(accept_language: bytes) -> Language:
    return wanted(accept_language.decode("latin-1"))
