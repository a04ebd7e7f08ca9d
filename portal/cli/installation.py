"""Open the installation that a command works on."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from portal.cli.opening import NoInstallation, clock, exists, opened
from portal.home import DEFAULT_HOME as DEFAULT_HOME_NAME
from portal.home import FILE_NAME, HOME_VARIABLE

if TYPE_CHECKING:
    from keys.keyring import Keyring
    from portal.service import Service

__all__ = [
    "DEFAULT_HOME",
    "AsJson",
    "Home",
    "IssuerName",
    "NoInstallation",
    "actor",
    "clock",
    "credential_id",
    "exists",
    "keyring_of",
    "opened",
]

DEFAULT_HOME = Path(DEFAULT_HOME_NAME)

Home = Annotated[
    Path, typer.Option(envvar=HOME_VARIABLE, help="Directory of the installation, which `guildmark init` makes.")
]
IssuerName = Annotated[str | None, typer.Option("--issuer", help="Short name of the issuer; default: the first one.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]


def actor() -> str:
    """Who is at the keyboard, for the audit trail."""
    try:
        return f"cli:{getpass.getuser()}"
    except (OSError, KeyError):
        return "cli:unknown"


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
