"""What can be wrong with the settings of signing in, taken together; and how lengths of time and roles are written."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic_core import PydanticCustomError

if TYPE_CHECKING:
    from portal.settings import Settings

_LENGTH = re.compile(r"(\d{1,5}) ?(minute|hour|day)s?")
_UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_SHORTEST, _LONGEST = timedelta(minutes=5), timedelta(days=90)


def length(value: object) -> object:
    """`8 hours` as a length of time, between five minutes and 90 days."""
    if isinstance(value, timedelta):
        return value
    found = _LENGTH.fullmatch(value.strip()) if isinstance(value, str) else None
    long = int(found[1]) * _UNITS[found[2]] if found else timedelta()
    if not _SHORTEST <= long <= _LONGEST:
        reason = (
            f"{value!r} is no length of a session; write one such as 30 minutes, 8 hours or 7 days (at most 90 days)"
        )
        raise PydanticCustomError("length", "{reason}", {"reason": reason})
    return long


def pairs(value: object) -> object:
    """A table as the environment can write one: `group=role, group=role`."""
    if not isinstance(value, str):
        return value
    parts = [part.rpartition("=") for part in value.split(",") if part.strip()]
    return {group.strip(): role.strip() for group, _, role in parts}


def sign_in_fault(settings: Settings) -> str | None:
    """What is wrong with the settings of signing in; None if they can be used."""
    if settings.session_idle > settings.session_longest:
        return "session_idle is longer than session_longest; a session cannot be idle for longer than it lasts"
    if settings.sign_in_by_mail and settings.smtp_host is None:
        return "sign_in_by_mail is true, but no mail can be sent; set smtp_host and mail_from as well"
    return _provider_fault(settings)


def _provider_fault(settings: Settings) -> str | None:
    secrets = [
        name for name in ("oidc_client_secret", "oidc_client_secret_file") if getattr(settings, name) is not None
    ]
    if settings.oidc_issuer is None:
        given = [*(["oidc_client_id"] if settings.oidc_client_id else []), *secrets]
        given += ["oidc_roles"] if settings.oidc_roles else []
        return f"{given[0]} is set, but not oidc_issuer; set the address of the provider" if given else None
    if settings.oidc_client_id is None:
        return "oidc_issuer is set, but not oidc_client_id; set the name under which the provider knows this server"
    if len(secrets) != 1:
        what = "both set; remove one of them" if secrets else "both missing; set the secret that the provider gave out"
        return f"oidc_client_secret and oidc_client_secret_file are {what}"
    if "openid" not in settings.oidc_scopes:
        return "oidc_scopes does not hold openid; without it the provider does not say who signs in"
    return _address_fault(settings.oidc_issuer, settings)


def _address_fault(issuer: str, settings: Settings) -> str | None:
    parts = urlsplit(issuer)
    origin = f"{parts.scheme}://{parts.netloc}"
    if parts.scheme not in {"https", "http"} or not parts.hostname or parts.query or parts.fragment or "@" in origin:
        return f"oidc_issuer: {issuer!r} is no address of a provider; write one like https://login.example.org"
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK and origin not in settings.allowed_origins:
        return (
            f"oidc_issuer: {issuer!r} is not https, so whoever sits between could sign in as anybody; "
            f"if you know why it may be, name {origin} in allowed_origins"
        )
    return None
