"""Open the installation that a command works on."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from portal.home import DEFAULT_HOME as DEFAULT_HOME_NAME
from portal.home import FILE_NAME, HOME_VARIABLE

if TYPE_CHECKING:
    from keys.keyring import Keyring
    from portal.service import Service

DEFAULT_HOME = Path(DEFAULT_HOME_NAME)

Home = Annotated[
    Path, typer.Option(envvar=HOME_VARIABLE, help="Directory of the installation, which `guildmark init` makes.")
]
IssuerName = Annotated[str | None, typer.Option("--issuer", help="Short name of the issuer; default: the first one.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]


class NoInstallation(Exception):  # noqa: N818
    """There is no installation where one was looked for, or its keys are locked."""


def clock() -> datetime:
    """The present instant."""
    return datetime.now(UTC)


def actor() -> str:
    """Who is at the keyboard, for the audit trail."""
    try:
        return f"cli:{getpass.getuser()}"
    except (OSError, KeyError):
        return "cli:unknown"


def exists(home: Path) -> bool:
    """Whether there is an installation in this directory."""
    return (home / FILE_NAME).is_file()


@contextmanager
def opened(home: Path, *, more_origins: tuple[str, ...] = (), any_version: bool = False) -> Iterator[Service]:
    """The service of the installation; closed after use.

    Its database is one that this version understands, unless `any_version` is wanted. `more_origins` are allowed
    beside those of the settings. Raises NoInstallation, SettingsRefused, DatabaseError, KeysError.
    """
    from issuer import schema_version
    from portal.service import open_service
    from portal.settings import load_settings

    if not exists(home):
        raise NoInstallation(
            f"there is no installation in {home} (no {FILE_NAME}); make one with `guildmark init --home {home}`, "
            f"or name another with --home or {HOME_VARIABLE}"
        )
    environment = dict(os.environ)
    settings = load_settings(home, environment)
    if more_origins:
        environment["GUILDMARK_ALLOWED_ORIGINS"] = ",".join([*settings.allowed_origins, *more_origins])
        settings = load_settings(home, environment)
    service = open_service(settings, clock)
    try:
        if not any_version:
            schema_version.check(service.database)
        yield service
    finally:
        service.close()


def keyring_of(service: Service) -> Keyring:
    """The keyring. Raises NoInstallation with what to set if nothing unseals it."""
    if service.keyring is None:
        raise NoInstallation(
            "the signing keys are locked: set key_encryption_key_file, or GUILDMARK_PASSPHRASE or another secret, "
            f"in {FILE_NAME} or the environment"
        )
    return service.keyring


def credential_id(service: Service, text: str) -> UUID:
    """The id that a person gave: a UUID, or the address of one of our credentials. Raises typer.BadParameter."""
    from issuer.addresses import Kind, parse

    address = parse(service.base_url, text)
    if address is not None and address.kind is Kind.CREDENTIAL and address.id is not None:
        return address.id
    try:
        return UUID(text)
    except ValueError:
        raise typer.BadParameter(
            f"“{text}” is neither a credential's id nor its address ({service.base_url}/credentials/…)"
        ) from None
