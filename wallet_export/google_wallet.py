"""Passes for Google Wallet: a generic class for each level, a generic object for each pass, and the link that saves it.

Google, “Generic pass” and “Issuing passes with web and email links”. The object is put at Google before the link is
made, so that the link names it only: it stays short, and nothing of its holder stands in it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from wallet_export.errors import WalletExportError
from wallet_export.phone_pass import PassContent, Words

SAVE: Final = "https://pay.google.com/gp/v/save/"
SCOPE: Final = "https://www.googleapis.com/auth/wallet_object.issuer"
_TOKEN_LIFE: Final = timedelta(minutes=10)
_STATES: Final = {"valid": "ACTIVE", "not yet valid": "ACTIVE", "expired": "EXPIRED"}
"""Of the object, by standing; what is suspended or revoked is INACTIVE."""


class AccountRefused(WalletExportError):  # noqa: N818
    """The file is no key of a service account."""


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """The service account that Google knows us by, and where it gets its access tokens."""

    email: str
    key_id: str
    token_uri: str
    private_key: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class Spoken:
    """Words in a language, and how it writes days; the first of several is the one that is shown by default."""

    language: str
    words: Words
    day: Callable[[date], str]


def read_account(text: bytes) -> ServiceAccount:
    """From the JSON that Google gives. Raises AccountRefused."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        given = json.loads(text)
        named = [given[name] for name in ("client_email", "private_key_id", "token_uri", "private_key")]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise AccountRefused("The file is not the JSON key of a service account, as Google gives it.") from None
    email, key_id, token_uri, pem = named
    if not all(isinstance(one, str) and one for one in named) or given.get("type") != "service_account":
        raise AccountRefused("The file is not the JSON key of a service account, as Google gives it.")
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, RSAPrivateKey) or key.key_size < 2048:
        raise AccountRefused("The private key in the file is no RSA key of at least 2,048 bits.")
    return ServiceAccount(email, key_id, token_uri, key)


def class_id(issuer: str, level: str) -> str:
    """Of a level's class. level: letters, digits, `.`, `_` and `-`."""
    return f"{issuer}.level-{level}"


def object_id(issuer: str, serial: str) -> str:
    """Of a pass's object."""
    return f"{issuer}.pass-{serial}"


def generic_class(identifier: str) -> dict[str, Any]:
    """A class: what the passes of a level have in common is said in each of them."""
    return {"id": identifier, "multipleDevicesAndHoldersAllowedStatus": "ONE_USER_ALL_DEVICES"}


def generic_object(
    content: PassContent, spoken: tuple[Spoken, ...], *, identifier: str, class_identifier: str, picture: str | None
) -> dict[str, Any]:
    """The pass as Google shows it. picture: the badge's image, where Google can fetch it."""
    until = content.valid_until
    modules = [
        _module("status", spoken, lambda one: one.words.status, lambda one: one.words.standings[content.standing]),
    ]
    if content.holder:
        modules.append(_module("holder", spoken, lambda one: one.words.holder, lambda _: content.holder))
    if until is not None:
        last = until.date()
        modules.append(_module("until", spoken, lambda one: one.words.valid_until, lambda one: one.day(last)))
    if content.awarded_on is not None:
        day = content.awarded_on
        modules.append(_module("awarded", spoken, lambda one: one.words.awarded, lambda one: one.day(day)))
    document: dict[str, Any] = {
        "id": identifier,
        "classId": class_identifier,
        "state": _STATES.get(content.standing, "INACTIVE"),
        "cardTitle": _plain(content.organization),
        "subheader": _plain(content.program),
        "header": _plain(content.level),
        "hexBackgroundColor": content.ground,
        "barcode": {"type": "QR_CODE", "value": content.url},
        "validTimeInterval": {"start": {"date": _instant(content.valid_from)}},
        "textModulesData": modules,
        "linksModuleData": {
            "uris": [
                {"id": "page", "uri": content.url, "localizedDescription": _said(spoken, lambda o: o.words.address)}
            ]
        },
    }
    if until is not None:
        document["validTimeInterval"]["end"] = {"date": _instant(until)}
    if picture is not None:
        said = _said(spoken, lambda one: one.words.description)
        document["logo"] = {"sourceUri": {"uri": picture}, "contentDescription": said}
    return document


def changes_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """The same for a PATCH, which would leave what it does not name: what there is not is null."""
    interval = {"end": None, **document["validTimeInterval"]}
    return {"logo": None, **document, "validTimeInterval": interval}


def nameless_object(identifier: str, class_identifier: str) -> dict[str, Any]:
    """What is left of the pass of a person who was erased."""
    return {
        "id": identifier,
        "classId": class_identifier,
        "state": "INACTIVE",
        "cardTitle": _plain("–"),
        "header": _plain("–"),
    }


def save_link(account: ServiceAccount, *, identifier: str, class_identifier: str, origin: str, now: datetime) -> str:
    """The link by which a phone or browser saves the pass: it names object and class, signed with RS256."""
    import jwt

    claims = {
        "iss": account.email,
        "aud": "google",
        "typ": "savetowallet",
        "iat": int(now.timestamp()),
        "origins": [origin],
        "payload": {"genericObjects": [{"id": identifier, "classId": class_identifier}]},
    }
    return SAVE + jwt.encode(claims, account.private_key, algorithm="RS256", headers={"kid": account.key_id})


def token_request(account: ServiceAccount, now: datetime) -> dict[str, str]:
    """The form that gets an access token (RFC 7523)."""
    import jwt

    claims = {
        "iss": account.email,
        "scope": SCOPE,
        "aud": account.token_uri,
        "iat": int(now.timestamp()),
        "exp": int((now + _TOKEN_LIFE).timestamp()),
    }
    signed = jwt.encode(claims, account.private_key, algorithm="RS256", headers={"kid": account.key_id})
    return {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": signed}


def _module(
    identifier: str, spoken: tuple[Spoken, ...], header: Callable[[Spoken], str], body: Callable[[Spoken], str]
) -> dict[str, Any]:
    return {"id": identifier, "localizedHeader": _said(spoken, header), "localizedBody": _said(spoken, body)}


def _said(spoken: tuple[Spoken, ...], say: Callable[[Spoken], str]) -> Mapping[str, Any]:
    first, *others = [{"language": one.language, "value": say(one)} for one in spoken]
    return {"defaultValue": first, **({"translatedValues": others} if others else {})}


def _plain(text: str) -> Mapping[str, Any]:
    """A name, which is not translated."""
    return {"defaultValue": {"language": "en", "value": text}}


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
