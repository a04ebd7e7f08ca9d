"""Whether passes can be made, for `guildmark doctor`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from portal.passes.identities import Unusable, apple_identity, google_account
from portal.settings import Settings

_SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class PassHealth:
    """One wallet that is set up: what was looked at, what is wrong (then no passes are made), what will be."""

    name: str
    looked_at: str
    fault: str = ""
    note: str = ""


def pass_health(settings: Settings, now: datetime) -> tuple[PassHealth, ...]:
    """Of each wallet that is set up; nothing is asked of the network."""
    found = (_apple(settings, now), _google(settings))
    return tuple(one for one in found if one is not None)


def _apple(settings: Settings, now: datetime) -> PassHealth | None:
    name = "passes for Apple"
    try:
        identity = apple_identity(settings)
    except Unusable as error:
        return PassHealth(name, "its certificate, key and intermediate", fault=str(error))
    if identity is None:
        return None
    looked_at = f"{identity.pass_type} of team {identity.team}, certificate until {identity.until:%d %B %Y}"
    if identity.until <= now:
        return PassHealth(name, looked_at, fault="The certificate has expired; phones refuse passes signed with it.")
    notes = []
    if identity.until - now <= _SOON:
        notes.append("The certificate expires soon; renew it at Apple and replace the files.")
    if urlsplit(settings.base_url).scheme != "https":
        notes.append("base_url is not https, so phones do not ask for changes.")
    return PassHealth(name, looked_at, note=" ".join(notes))


def _google(settings: Settings) -> PassHealth | None:
    name = "passes for Google"
    try:
        account = google_account(settings)
    except Unusable as error:
        return PassHealth(name, "the key of its service account", fault=str(error))
    return PassHealth(name, f"issuer {settings.google_wallet_issuer}, {account.email}") if account is not None else None
