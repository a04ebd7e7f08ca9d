"""`guildmark init`: a new installation, ready to issue."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from portal.cli.installation import DEFAULT_HOME, Home, actor, clock
from portal.cli.terminal import say


def init(
    profile: Annotated[
        Path | None, typer.Option(help="YAML file with the issuer's name, url, email, description and image.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name of the organization that issues.")] = None,
    base_url: Annotated[
        str, typer.Option(help="Public address of this server; every credential's id is made of it.")
    ] = "http://localhost:8000",
    home: Home = DEFAULT_HOME,
    database_url: Annotated[
        str | None, typer.Option(help="postgresql://… for PostgreSQL; default: an SQLite file in the home.")
    ] = None,
    passphrase_file: Annotated[
        Path | None, typer.Option(help="File (mode 600) with a passphrase that seals the keys; default: a key file.")
    ] = None,
    signer: Annotated[
        str | None,
        typer.Option(help="Where the key for embedded proofs is held: pkcs11:…, vault:…, awskms:…, gcpkms:…"),
    ] = None,
    jwt_signer: Annotated[str | None, typer.Option(help="Where the key for JWTs is held.")] = None,
    setting: Annotated[
        list[str] | None, typer.Option("--set", help="NAME=VALUE for the settings, like pkcs11_module=/usr/lib/….so.")
    ] = None,
) -> None:
    """Make a new installation: settings, database, an issuer and its signing keys."""
    from issuer.issuer_file import named, read_issuer
    from portal.cli.keys import held_keys
    from portal.installing import install

    if profile is not None:
        definition = read_issuer(profile.read_bytes(), directory=profile.parent)
    elif name is not None:
        definition = named(name)
    else:
        raise typer.BadParameter("say who issues: --name “Acme GmbH”, or --profile issuer.yaml")
    more = dict(_named(one) for one in setting or ())
    installed = install(
        home,
        definition,
        base_url=base_url,
        database_url=database_url,
        passphrase_file=passphrase_file,
        actor=actor(),
        now=clock(),
        more=more,
        held=held_keys(signer, jwt_signer),
        environment=os.environ,
    )
    say(f"{installed.issuer.name} can issue now, as {installed.issuer.did}.")
    say(f"  settings   {installed.settings_file}")
    say(f"  keys       {', '.join(f'{key.type} ({key.use})' for key in installed.keys)}")
    if installed.secret_file is not None:
        say(f"  sealed by  {installed.secret_file}  (without this file no key opens: keep a copy elsewhere)")
    if base_url.startswith("http://") and not base_url.startswith("http://localhost"):
        say("  mind       strangers look for did:web at https only: they cannot verify what an http address issues")
    option = "" if home == DEFAULT_HOME else f" --home {home}"
    say(f"Next: guildmark program apply program.yaml{option}, then guildmark issue people.csv{option}")


def _named(given: str) -> tuple[str, str]:
    name, equals, value = given.partition("=")
    if not equals or not name.isidentifier():
        raise typer.BadParameter(f"“{given}” is no NAME=VALUE")
    return name, value
