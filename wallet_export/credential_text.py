"""The text that is baked: a signed credential in the one spelling that every known reader understands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from credentials import strict_json
from credentials.problems import Unacceptable
from wallet_export.errors import NotACredential

MAX_TEXT_BYTES = 4 * 1024 * 1024
"""The longest text baked or unbaked: twice what a credential may have, because escapes make it longer."""

# Open Badges 3.0, derived type CompactJws; an empty payload has no credential, hence `+` in the middle.
_COMPACT_JWS = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_STRING_OR_REST = re.compile(r'"(?:[^"\\]|\\.)*+"|[^"]++', re.DOTALL)
# In JSON these stand in strings only; braces and white space stand outside as well.
_ONLY_IN_STRINGS = re.compile(r"[<>&\x7f]|[^\x00-\x7f]")


@dataclass(frozen=True, slots=True)
class CredentialText:
    """Text as it goes into an image: ASCII, no `]]>`, no line break. Made by `credential_text` only."""

    text: str
    form: Literal["json", "jwt"]


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
        return CredentialText(stripped, "jwt")
    _check_signed_json(stripped)
    tokens = _STRING_OR_REST.findall(_ONLY_IN_STRINGS.sub(_escape, stripped))
    return CredentialText("".join(map(_compact_token, tokens)), "json")


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


def _compact_token(token: str) -> str:
    """A string without a brace in it, or what stands between two strings without its white space."""
    if token[0] == '"':
        return token.replace("{", "\\u007b").replace("}", "\\u007d")
    return "".join(token.split())


def _escape(character: re.Match[str]) -> str:
    code = ord(character[0])
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
