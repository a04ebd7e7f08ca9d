"""The names of keys in tokens: PKCS #11 URIs (RFC 7512).

    pkcs11:token=acme;object=badges-2026
    pkcs11:token=acme;serial=01ab;id=%01%02

Only what names a key is taken. How the token is reached and opened (`module-path`, `pin-value`, …) is in the settings:
a URI stands in lists and in the audit trail, and must neither hold a secret nor choose a library to load.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes

from keys.errors import MalformedKeyUri

SCHEME = "pkcs11:"
_TOKEN = ("token", "manufacturer", "model", "serial", "slot-id")
_NAMES = (*_TOKEN, "object", "id", "type")
_ELSEWHERE = {
    "module-path": "pkcs11_module",
    "module-name": "pkcs11_module",
    "pin-source": "pkcs11_pin_file",
    "pin-value": "pkcs11_pin_file",
}
_LONGEST = 1_000
_ALLOWED = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:[]@!$'()*+,=&/%;?")
_SAFE = ":[]@!$'()*+,=&"  # beside the unreserved: RFC 7512, section 2.3, pk11-pchar


@dataclass(frozen=True, slots=True)
class Pkcs11Uri:
    """A key in a token: by the label (`object`) or `id` of its objects, or both. Texts that are not given are None."""

    token: str | None
    manufacturer: str | None
    model: str | None
    serial: str | None
    slot_id: int | None
    label: str | None
    id: bytes | None

    def __str__(self) -> str:
        texts = {
            "token": self.token,
            "manufacturer": self.manufacturer,
            "model": self.model,
            "serial": self.serial,
            "slot-id": None if self.slot_id is None else str(self.slot_id),
            "object": self.label,
        }
        parts = [f"{name}={quote(text, safe=_SAFE)}" for name, text in texts.items() if text is not None]
        if self.id is not None:
            parts.append("id=" + "".join(f"%{byte:02X}" for byte in self.id))
        return SCHEME + ";".join([*parts, "type=private"])


def parse_pkcs11_uri(text: str) -> Pkcs11Uri:
    """The key that a URI names. Raises MalformedKeyUri with what to write instead."""
    if len(text) > _LONGEST or not text.startswith(SCHEME) or set(text) - _ALLOWED:
        raise _malformed(text, "it is no PKCS #11 URI (RFC 7512)")
    path, _, query = text.removeprefix(SCHEME).partition("?")
    for part in query.split("&") if query else ():
        name = part.partition("=")[0]
        setting = _ELSEWHERE.get(name)
        raise _malformed(
            text, f"set {setting} in the settings instead of {name}" if setting else f"{name!r} is unknown"
        )
    found = _attributes(text, path)
    if found.get("type", b"private") != b"private":
        raise _malformed(text, "its type must be private, or be left out")
    if not any(name in found for name in _TOKEN):
        raise _malformed(text, "it must name the token, like token=acme")
    if "object" not in found and "id" not in found:
        raise _malformed(text, "it must name the key, by object=LABEL or id=%01")
    slot = found.get("slot-id")
    if slot is not None and not (slot.isdigit() and len(slot) <= 19):
        raise _malformed(text, "slot-id is a number")
    return Pkcs11Uri(
        token=_text(text, found.get("token")),
        manufacturer=_text(text, found.get("manufacturer")),
        model=_text(text, found.get("model")),
        serial=_text(text, found.get("serial")),
        slot_id=None if slot is None else int(slot),
        label=_text(text, found.get("object")),
        id=found.get("id"),
    )


def _attributes(text: str, path: str) -> Mapping[str, bytes]:
    found: dict[str, bytes] = {}
    for part in path.split(";") if path else ():
        name, equals, value = part.partition("=")
        if name in _ELSEWHERE:
            raise _malformed(text, f"set {_ELSEWHERE[name]} in the settings instead of {name}")
        if not equals or name not in _NAMES or not value:
            raise _malformed(text, f"{part!r} is none of {', '.join(f'{one}=…' for one in _NAMES)}")
        if name in found:
            raise _malformed(text, f"{name} stands there twice")
        if _broken(value):
            raise _malformed(text, f"the value of {name} has a % that is not followed by two hexadecimal digits")
        found[name] = unquote_to_bytes(value)
    return found


def _broken(value: str) -> bool:
    hexadecimal = frozenset("0123456789abcdefABCDEF")
    return any(len(rest) < 2 or set(rest[:2]) - hexadecimal for rest in value.split("%")[1:])


def _text(uri: str, value: bytes | None) -> str | None:
    if value is None:
        return None
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _malformed(uri, "a text in it is no UTF-8") from error


def _malformed(text: str, why: str) -> MalformedKeyUri:
    # what follows a ? may be a PIN: it is not repeated
    return MalformedKeyUri(f"{text.partition('?')[0][:200]!r} does not name a key in a token: {why}.")
