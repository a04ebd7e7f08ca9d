"""`guildmark program`: define programs and their levels."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from portal.cli.installation import DEFAULT_HOME, AsJson, Home, IssuerName, actor, clock, opened
from portal.cli.terminal import print_json, say

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Define programs and their levels.")


@app.command()
def apply(
    file: Annotated[Path, typer.Argument(help="Program as YAML; images lie beside it.")],
    home: Home = DEFAULT_HOME,
    issuer: IssuerName = None,
    as_json: AsJson = False,
) -> None:
    """Publish a program: each new or changed level becomes a new version, and published versions never change."""
    from issuer.program_file import read_program
    from issuer.programs import apply_program

    definition = read_program(file.read_bytes(), directory=file.parent)
    with opened(home) as service:
        applied = apply_program(
            service.database, issuer=issuer or service.issuer, definition=definition, actor=actor(), now=clock()
        )
    if as_json:
        levels = [{"level": one.level, "version": one.version, "outcome": one.outcome} for one in applied.levels]
        print_json({"program": applied.program, "levels": levels})
        return
    say(f"{applied.program}:")
    for one in applied.levels:
        say(f"  {one.level}  version {one.version}  {one.outcome}")


@app.command("list")
def list_(home: Home = DEFAULT_HOME, issuer: IssuerName = None, as_json: AsJson = False) -> None:
    """List programs, their levels and the newest version of each."""
    from issuer.programs import load_catalogue

    with opened(home) as service:
        catalogue = load_catalogue(service.database, issuer or service.issuer)
    if as_json:
        print_json(
            [
                {
                    "program": program.slug,
                    "name": program.name,
                    "timeZone": program.time_zone,
                    "levels": [
                        {"level": level.level, "name": level.name, "version": level.version} for level in program.levels
                    ],
                }
                for program in catalogue.programs.values()
            ]
        )
        return
    for program in catalogue.programs.values():
        say(f"{program.slug}  {program.name}")
        for level in program.levels:
            say(f"  {level.level}  {level.name}, version {level.version}, valid {level.validity or 'without end'}")
