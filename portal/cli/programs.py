"""`guildmark program`: define programs and their levels."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from issuer.program_templates import Template
from portal.cli.installation import DEFAULT_HOME, AsJson, Home, IssuerName, actor, clock, opened
from portal.cli.program_report import diff_as_json, level_words, program_as_json, tell_diff
from portal.cli.terminal import complain, out, print_json, say

_LATER = {"simulate": "portal.cli.simulate"}
"""Commands that are imported when they are asked for: name, and the module whose function of that name it is."""


class _Commands(TyperGroup):
    """The commands of this file and those of `_LATER`."""

    def list_commands(self, ctx: Any) -> list[str]:
        """All names."""
        return [*super().list_commands(ctx), *_LATER]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name; None if there is none."""
        if cmd_name not in _LATER:
            return super().get_command(ctx, cmd_name)
        single = typer.Typer(rich_markup_mode=None, add_completion=False)
        single.command(cmd_name)(getattr(import_module(_LATER[cmd_name]), cmd_name))
        return get_command(single)


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    help="Define programs and their levels.",
)
File = Annotated[Path, typer.Argument(help="Program as YAML; images lie beside it.")]


@app.command()
def new(
    file: Annotated[Path | None, typer.Argument(help="Write it here; default: print it.")] = None,
    template: Annotated[
        Template,
        typer.Option(
            help="one-level: the least that a program is. two-tiers: by time in role, required and renewed. "
            "rubric: a quorum of assessors, a rubric and evidence."
        ),
    ] = Template.ONE_LEVEL,
) -> None:
    """Begin a program: a commented YAML file that can be applied as it stands."""
    from issuer.program_templates import template_text

    text = template_text(template)
    if file is None:
        typer.echo(text, nl=False)
        return
    with file.open("x", encoding="utf-8") as written:
        written.write(text)
    say(f"{file} is written. Change it, then see what it would do: guildmark program diff {file}")


@app.command()
def diff(
    file: File,
    home: Home = DEFAULT_HOME,
    issuer: IssuerName = None,
    as_json: AsJson = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="End with 1 if something would change.")] = False,
) -> None:
    """Show what applying a program would change, and whom it touches. Nothing is changed."""
    from issuer.program_diff import diff_program
    from issuer.program_file import read_program

    definition = read_program(file.read_bytes(), directory=file.parent)
    with opened(home) as service:
        found = diff_program(
            service.database, issuer=issuer or service.issuer, definition=definition, actor=actor(), now=clock()
        )
    if as_json:
        print_json(diff_as_json(found))
    else:
        tell_diff(found)
    if exit_code and not found.nothing:
        raise typer.Exit(1)


@app.command()
def apply(
    file: File,
    home: Home = DEFAULT_HOME,
    issuer: IssuerName = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Apply without asking.")] = False,
    as_json: AsJson = False,
) -> None:
    """Publish a program: each new or changed level becomes a new version, and published versions never change.

    What would change is shown first; at a terminal you are asked whether to go on.
    """
    from issuer.program_diff import diff_program
    from issuer.program_file import read_program
    from issuer.programs import apply_program

    definition = read_program(file.read_bytes(), directory=file.parent)
    with opened(home) as service:
        name = issuer or service.issuer
        if not as_json:
            found = diff_program(service.database, issuer=name, definition=definition, actor=actor(), now=clock())
            tell_diff(found)
            if not found.nothing and not yes and _at_a_terminal() and not typer.confirm("Apply this?", default=True):
                complain("nothing was applied.")
                raise typer.Exit(1)
        applied = apply_program(service.database, issuer=name, definition=definition, actor=actor(), now=clock())
    if as_json:
        levels = [{"level": one.level, "version": one.version, "outcome": one.outcome} for one in applied.levels]
        assignments = {"new": applied.assignments.new, "ended": applied.assignments.ended}
        print_json(
            {
                "program": applied.program,
                "levels": levels,
                "settings": list(applied.settings),
                "assignments": assignments,
            }
        )
    elif not applied.changes_nothing:
        say(f"{applied.program} is applied.")


@app.command()
def show(
    program: Annotated[str, typer.Argument(help="Short name of the program.")],
    images: Annotated[
        Path | None, typer.Option(help="Write the pictures that it names into this directory.", file_okay=False)
    ] = None,
    home: Home = DEFAULT_HOME,
    issuer: IssuerName = None,
) -> None:
    """Print a program as YAML, as it is published now. Applying that file changes nothing."""
    from issuer.published_program import show_program

    with opened(home) as service:
        found = show_program(service.database, program, issuer=issuer or service.issuer)
    typer.echo(found.yaml, nl=False)
    if images is not None:
        images.mkdir(parents=True, exist_ok=True)
        for name, body in found.images.items():
            (images / name).write_bytes(body)
    elif found.images:
        complain(f"its pictures are not shown here; --images DIRECTORY writes {', '.join(found.images)}.")


@app.command("list")
def list_(home: Home = DEFAULT_HOME, issuer: IssuerName = None, as_json: AsJson = False) -> None:
    """List programs with their owners, their levels, and how long each lasts and is renewed."""
    from issuer.programs import load_catalogue

    with opened(home) as service:
        catalogue = load_catalogue(service.database, issuer or service.issuer)
    if as_json:
        print_json([program_as_json(program) for program in catalogue.programs.values()])
        return
    for program in catalogue.programs.values():
        say(f"{program.slug}  {program.name}{f'  (owner: {program.owner})' if program.owner else ''}")
        for level in program.levels:
            say(f"  {level.level}  {level.name}, version {level.version}, {level_words(level)}")


def _at_a_terminal() -> bool:
    return sys.stdin.isatty() and out.is_terminal
