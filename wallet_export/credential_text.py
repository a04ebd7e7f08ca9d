"""The text that is baked: a signed credential in the one spelling that every known reader understands."""

from __future__ import annotations

import codecs
import re
from functools import lru_cache
from typing import Literal, NamedTuple

from credentials import strict_json
from credentials.problems import Unacceptable
from wallet_export.errors import NotACredential

MAX_TEXT_BYTES = 4 * 1024 * 1024
"""The longest text baked or unbaked: twice what a credential may have, because escapes make it longer."""

# Open Badges 3.0, derived type CompactJws; an empty payload has no credential, hence `+` in the middle.
_COMPACT_JWS = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_STRING_OR_REST = re.compile(_STRING.pattern + rb'|[^"]++', re.DOTALL)
_NEVER_IN_A_TOKEN = (b'"', b"<", b"&", b" ", b"\n", b"\r", b"\t")
# What is written as escapes within strings, braces as one, and the quotation marks that say where strings are.
_ORDINARY = bytes(set(range(0x80)) - set(b'"{}<>&\x7f\\'))
_ONE_BRACE = bytes.maketrans(b"}", b"{")
_ORDINARY_AND_BACKSLASH = _ORDINARY + b"\\"
_last_bit = (1).__and__
_FEW = 32
_ASCII_ESCAPES = {character: f"\\u{character:04x}" for character in b"<>&\x7f"}
# Of a text without escapes only its quotation marks and its white space: there is none outside of strings.
_ALL_BUT_MARKS = bytes(set(range(256)) - set(b'" \t\r\n'))
_COMPACT = re.compile(rb'(?:" *+")*+')
_QUOTE = ord('"')


class CredentialText(NamedTuple):
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
    """JSON as `credential_text` says, but for white space between its tokens.

    Most credentials have a handful of characters that are written as escapes. They are found at once, in their order,
    and then each in its place.
    """
    marks = json.translate(_ONE_BRACE, _ORDINARY)
    if b"\\" in marks:
        marks = _without_escaped_marks(json).translate(_ONE_BRACE, _ORDINARY_AND_BACKSLASH)
    unusual = marks.translate(None, b'"{')
    if unusual:
        marks = marks.translate(None, unusual)
    # Between two braces that are outside of strings, strings begin as often as they end.
    if any(map(_last_bit, map(len, marks.split(b"{")))):
        return _STRING.sub(_without_braces, _all_escaped(json))
    if len(unusual) > _FEW:
        return _all_escaped(json)
    return _escaped_one_by_one(json, unusual.decode()) if unusual else json


def _escaped_one_by_one(json: bytes, characters: str) -> bytes:
    """The text with these characters, which are all that need it and in their order, written as escapes."""
    parts: list[bytes] = []
    position = 0
    for character in characters:
        written = character.encode()
        place = json.index(written[:1], position)  # the first byte is in no other character, and one is found quickest
        parts += (json[position:place], _escape(character))
        position = place + len(written)
    return b"".join((*parts, json[position:]))


def _all_escaped(json: bytes) -> bytes:
    return json.decode("utf-8").translate(_ASCII_ESCAPES).encode("ascii", _ESCAPES)


def _without_braces(string: re.Match[bytes]) -> bytes:
    return string[0].replace(b"{", b"\\u007b").replace(b"}", b"\\u007d")


def _without_escaped_marks(json: bytes) -> bytes:
    """The text without pairs of backslashes and without quotation marks that end no string."""
    return json.replace(b"\\\\", b"").replace(b'\\"', b"") if b"\\" in json else json


def _compact(json: bytes) -> bytes:
    """JSON without the white space between its tokens."""
    if _COMPACT.fullmatch(_without_escaped_marks(json).translate(None, _ALL_BUT_MARKS)):
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
    return b"".join(map(_escape, error.object[error.start : error.end])).decode(), error.end


@lru_cache(maxsize=1024)  # the letters of a few scripts
def _escape(character: str) -> bytes:
    """One or, beyond the first 65,536 characters, two `\\u` escapes (RFC 8259, section 7)."""
    units = character.encode("utf-16-be").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4)).encode()


_ESCAPES = "guildmark.json-escapes"
codecs.register_error(_ESCAPES, _escaped)
