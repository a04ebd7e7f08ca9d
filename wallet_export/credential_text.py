"""The text that is baked: a signed credential in the one spelling that every known reader understands."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from credentials import strict_json
from credentials.problems import Unacceptable
from wallet_export.errors import NotACredential

MAX_TEXT_BYTES = 4 * 1024 * 1024
"""The longest text baked or unbaked: twice what a credential may have, because escapes make it longer."""

# Open Badges 3.0, derived type CompactJws; an empty payload has no credential, hence `+` in the middle.
_COMPACT_JWS = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_STRING_OR_REST = re.compile(_STRING.pattern + rb'|[^"]++', re.DOTALL)
# In JSON these stand in strings only; braces and white space stand outside as well.
_ASCII_ESCAPES = ((b"<", b"\\u003c"), (b">", b"\\u003e"), (b"&", b"\\u0026"), (b"\x7f", b"\\u007f"))
_NEVER_IN_A_TOKEN = (b'"', b"<", b"&", b" ", b"\n", b"\r", b"\t")
# A quotation mark before a letter begins a string, so what is right before it is in none. These find every brace that
# is not seen to be outside of strings by that, or by what follows it up to the end.
_OPENED_IN_A_STRING = re.compile(rb'\{(?!"[A-Za-z@])')
_CLOSED_IN_A_STRING = re.compile(rb'\}(?![\]}]*+(?:,\{?+"[A-Za-z@]|\Z))')
# Of a text without escapes only its quotation marks and its white space: there is none outside of strings.
_ALL_BUT_MARKS = bytes(set(range(256)) - set(b'" \t\r\n'))
_COMPACT = re.compile(rb'(?:" *+")*+')
_QUOTE = ord('"')


@dataclass(frozen=True, slots=True)
class CredentialText:
    """Text as it goes into an image: ASCII, no `]]>`, no line break. Made in this module only."""

    ascii: bytes
    form: Literal["json", "jwt"]

    @property
    def text(self) -> str:
        """The same as text."""
        return self.ascii.decode("ascii")


def credential_text(credential: str) -> CredentialText:
    """The credential as it is baked; raises NotACredential.

    A compact JWS is unchanged. JSON with an embedded proof loses the white space between its tokens, and inside its
    strings braces, `<`, `>`, `&` and everything beyond ASCII become `\\u` escapes. Nothing else is touched: no number
    is read and written again, no member moves, no existing escape changes. An escape and its character are the same
    string (RFC 8259, section 7), so the JSON value, and with it the proof, is the same.

    Why: two readers in wide use find the JSON by counting braces without knowing strings, some decode the
    chunk as Latin-1, and `]]>` would end the CDATA section that Open Badges 3.0 asks for in an SVG.
    """
    stripped = credential.strip(" \t\r\n")
    if len(stripped) > MAX_TEXT_BYTES:
        raise NotACredential(f"The credential is longer than {MAX_TEXT_BYTES:,} characters, the most that is baked.")
    if _COMPACT_JWS.fullmatch(stripped):
        return CredentialText(stripped.encode("ascii"), "jwt")
    _check_signed_json(stripped)
    return CredentialText(_compact(_spelt(stripped.encode("utf-8"))), "json")


def own_credential_text(secured: bytes) -> CredentialText:
    """The same for bytes that this installation signed: what it signed is a credential, and is not read again.

    Only what could break out of an image's element is looked for; raises NotACredential if it is there.
    """
    if secured.startswith(b"{"):
        return CredentialText(_spelt(secured), "json")
    if not secured.isascii() or any(mark in secured for mark in _NEVER_IN_A_TOKEN):
        raise NotACredential("What is stored as a signed token is none; `guildmark doctor` examines what is stored.")
    return CredentialText(secured, "jwt")


def _spelt(json: bytes) -> bytes:
    """JSON as `credential_text` says, but for white space between its tokens."""
    spelt = json if json.isascii() else json.decode("utf-8").encode("ascii", _ESCAPES)
    for character, escape in _ASCII_ESCAPES:
        if character in spelt:
            spelt = spelt.replace(character, escape)
    if _OPENED_IN_A_STRING.search(spelt) or _CLOSED_IN_A_STRING.search(spelt):
        return _STRING.sub(_without_braces, spelt)
    return spelt


def _without_braces(string: re.Match[bytes]) -> bytes:
    return string[0].replace(b"{", b"\\u007b").replace(b"}", b"\\u007d")


def _compact(json: bytes) -> bytes:
    """JSON without the white space between its tokens."""
    plain = json.replace(b"\\\\", b"").replace(b'\\"', b"") if b"\\" in json else json
    if _COMPACT.fullmatch(plain.translate(None, _ALL_BUT_MARKS)):
        return json
    return b"".join(token if token[0] == _QUOTE else b"".join(token.split()) for token in _STRING_OR_REST.findall(json))


def _check_signed_json(text: str) -> None:
    if not text.startswith("{"):
        raise NotACredential(
            "The text is neither JSON nor a compact JWS: a credential begins with '{', or is three base64url "
            "parts joined by dots."
        )
    try:
        value = strict_json.parse(text)
    except Unacceptable as refused:
        detail = " ".join(problem.detail for problem in refused.problems)
        raise NotACredential(f"The credential is not acceptable JSON: {detail}") from None
    if not value.get("proof"):
        raise NotACredential(
            "The credential has no proof. Bake the signed one: JSON with its `proof`, or the compact JWS."
        )


def _escaped(error: UnicodeError) -> tuple[str, int]:
    """What ASCII does not have, as escapes: an error handler of `str.encode`."""
    assert isinstance(error, UnicodeEncodeError)  # noqa: S101  (it is registered for encoding)
    return "".join(map(_escape, error.object[error.start : error.end])), error.end


@lru_cache(maxsize=1024)  # the letters of a few scripts
def _escape(character: str) -> str:
    """One or, beyond the first 65,536 characters, two `\\u` escapes (RFC 8259, section 7)."""
    units = character.encode("utf-16-be").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


_ESCAPES = "guildmark.json-escapes"
codecs.register_error(_ESCAPES, _escaped)
