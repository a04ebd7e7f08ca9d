"""What texts of people must be before they are signed or stand in an address. Pure."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from credentials.sentence import sentence
from issuer.addresses import SLUG

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_LABEL = r"\w(?:[\w-]{0,61}\w)?"
_EMAIL = re.compile(rf"[^\s@<>(),;:\\\"\[\]\x00-\x1f\x7f]{{1,64}}@(?:{_LABEL}\.)*{_LABEL}")
_EMAIL_LENGTH = 254
# What most addresses look like; `urlsplit` reads it as it stands, and finds a host.
_PLAIN_ADDRESS = re.compile(r"https?://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?:/[A-Za-z0-9._~-]*)*")


def safe_text(text: str) -> str:
    """`text` without spaces around it.

    Raises ValueError if it is empty or has characters that some verifiers sign differently (control characters, tabs,
    noncharacters).
    """
    if text.isprintable() and text and text[0] != " " != text[-1]:
        return text  # no control, surrogate or noncharacter is printable, nor any space but one, nor a line break
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise ValueError(sentence("this is empty; give a value or leave the field out"))
    if (found := _CONTROL.search(text)) or "\t" in text:
        code = ord(found[0]) if found else 9
        raise ValueError(
            sentence(
                "the character U+{code} cannot stand in a credential; use spaces and line breaks", code=f"{code:04X}"
            )
        )
    return text


def one_line(text: str) -> str:
    """`safe_text` of at most 200 characters on one line. Raises ValueError."""
    text = safe_text(text)
    if "\n" in text or len(text) > 200:
        raise ValueError(sentence("this must be one line of at most 200 characters"))
    return text


def web_address(text: str) -> str:
    """An absolute http(s) URL of visible ASCII characters. Raises ValueError."""
    if _PLAIN_ADDRESS.fullmatch(text):
        return text
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        host = None
    if not host or parts.scheme not in {"http", "https"} or re.search(r'[^!-~]|[<>"{}|\\^`]', text):
        raise ValueError(
            sentence("{text!r} is no web address; write it whole, like https://example.org/page", text=text)
        )
    return text


def slug_of(name: str) -> str:
    """A short name made of a name: `Cloud Engineering` gives `cloud-engineering`. May be empty."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:64].strip("-")


def short_name(text: str) -> str:
    """A name that can stand in an address. Raises ValueError."""
    if not SLUG.fullmatch(text):
        raise ValueError(
            sentence(
                "{text!r} is no short name; use lower-case letters, digits and hyphens, like cloud-expert", text=text
            )
        )
    return text


def is_email_address(text: str) -> bool:
    """Whether mail could be sent there: one address, alone, of at most 254 characters."""
    return len(text) <= _EMAIL_LENGTH and _EMAIL.fullmatch(text) is not None
