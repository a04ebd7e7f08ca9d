"""`guildmark export`: every form of a credential as files."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from portal.cli.installation import DEFAULT_HOME, Home, actor, clock, credential_id, keyring_of, opened
from portal.cli.terminal import say
from portal.service import Service


def export(
    credential: Annotated[str, typer.Argument(help="The credential's id or address.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Directory to write into.")] = Path(),
    selective: Annotated[
        bool, typer.Option("--selective", help="Also a copy for its holder, from which `guildmark derive` derives.")
    ] = False,
    home: Home = DEFAULT_HOME,
) -> None:
    """Write a credential as JSON, JWT, baked PNG and SVG, a certificate (PDF), its QR code, and a file for Europass."""
    from portal.export import export_credential

    output.mkdir(parents=True, exist_ok=True)
    with opened(home) as service:
        one = credential_id(service, credential)
        paths = export_credential(service, one, output)
        for path in paths:
            say(str(path))
        if selective:
            copy = next(path for path in paths if path.suffix == ".json").with_suffix(".selective.json")
            copy.write_bytes(_selective(service, one))
            say(f"{copy}  (for its holder alone: whoever has it can show all of it)")


def _selective(service: Service, credential: UUID) -> bytes:
    from issuer.selective_copies import selective_copy

    return selective_copy(
        service.database,
        keyring_of(service),
        credential_id=credential,
        actor=actor(),
        now=clock(),
        randomness=secrets.token_bytes,
    ).body
