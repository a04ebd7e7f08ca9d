"""What an installation lacks to be served, found before anybody is: better no server than one that fails at the first
badge, the first mail or the first sign-in.

Keys are asked separately (`issuer.key_check`): a holder that does not answer is no reason not to start.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from issuer.addresses import checked_base_url
from issuer.errors import Fault, UnknownIssuer
from issuer.issuers import find_issuer
from keys.errors import KeysError
from portal.service import Service
from portal.settings import FILES, Settings


def what_is_missing(service: Service) -> tuple[Fault, ...]:
    """Every reason not to start, with what to do about it; () if there is none."""
    settings = service.settings
    return (*_issuer(service), *_files(settings), *_secrets(settings), *_home(service))


def _issuer(service: Service) -> list[Fault]:
    """There is an issuer, and its DID document is at the address that is served."""
    try:
        issuer = find_issuer(service.database, service.issuer)
    except UnknownIssuer as error:
        return [Fault("issuer", str(error), "make one with `guildmark init`, or correct the setting")]
    if issuer.base_url != checked_base_url(service.base_url):
        return [
            Fault(
                "base_url",
                f"the settings say {service.base_url}, but {issuer.name} issues at {issuer.base_url}: "
                "whoever verifies looks for its keys and lists there",
                f"set base_url to {issuer.base_url}",
            )
        ]
    return []


def _files(settings: Settings) -> list[Fault]:
    """Every file that a setting names is there and can be read."""
    faults = []
    for name in FILES:
        given = getattr(settings, name)
        if given is None:
            continue
        path = settings.home / given
        if not path.is_file():
            faults.append(Fault(name, f"there is no file {path}", "correct the setting, or put the file there"))
        elif not os.access(path, os.R_OK):
            faults.append(Fault(name, f"{path} cannot be read by this account", "give it the right to"))
    return faults


def _secrets(settings: Settings) -> list[Fault]:
    """Files with passwords are closed to others."""
    return [fault for name, read in _SECRETS.items() if (fault := _secret(settings, name, read)) is not None]


def _secret(settings: Settings, name: str, read: Callable[[Settings], str | None]) -> Fault | None:
    given = getattr(settings, name)
    if given is None or not (settings.home / given).is_file():
        return None
    try:
        found = read(settings)
    except KeysError as error:
        return Fault(name, str(error))
    return None if found else Fault(name, f"{settings.home / given} is empty", "write the secret into it")


def _smtp(settings: Settings) -> str | None:
    return settings.smtp_secret


def _oidc(settings: Settings) -> str | None:
    return settings.oidc_secret


def _metrics(settings: Settings) -> str | None:
    return settings.metrics_token


_SECRETS: Mapping[str, Callable[[Settings], str | None]] = {
    "smtp_password_file": _smtp,
    "oidc_client_secret_file": _oidc,
    "metrics_token_file": _metrics,
}


def _home(service: Service) -> list[Fault]:
    """SQLite's queue of jobs is a file in the home."""
    if service.database.engine.dialect.name != "sqlite" or os.access(service.settings.home, os.W_OK):
        return []
    return [Fault("home", f"{service.settings.home} cannot be written by this account", "give it the right to")]
