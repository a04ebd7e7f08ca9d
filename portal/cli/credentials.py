"""`guildmark export`: every form of a credential as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from portal.cli.installation import DEFAULT_HOME, Home, credential_id, opened
from portal.cli.terminal import say


def export(
    credential: Annotated[str, typer.Argument(help="The credential's id or address.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Directory to write into.")] = Path(),
    home: Home = DEFAULT_HOME,
) -> None:
    """Write a credential as JSON, JWT, baked PNG and SVG, and its QR code as PNG and SVG."""
    from portal.export import export_credential

    output.mkdir(parents=True, exist_ok=True)
    with opened(home) as service:
        for path in export_credential(service, credential_id(service, credential), output):
            say(str(path))
