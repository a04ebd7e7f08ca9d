"""`guildmark endorsement`: who else stands behind a program or a level."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated
from uuid import UUID, uuid4

import typer

from portal.cli.installation import DEFAULT_HOME, AsJson, Home, IssuerName, actor, clock, opened
from portal.cli.terminal import print_json, say

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    help="Endorsements of programs and levels by others: verified when they are added, and again when they are shown.",
)


@app.command()
def add(
    target: Annotated[str, typer.Argument(metavar="PROGRAM[/LEVEL]", help="What is endorsed, like cloud/associate.")],
    file: Annotated[
        str,
        typer.Argument(help="A signed EndorsementCredential: JSON, JWT, or a PNG or SVG that holds it; - for stdin."),
    ],
    allow_origin: Annotated[
        list[str] | None, typer.Option(help="Origin that may be fetched from although it is not public https.")
    ] = None,
    home: Home = DEFAULT_HOME,
    issuer: IssuerName = None,
) -> None:
    """Add an endorsement, if it verifies and is by somebody else about this program or level.

    It must be about the achievement's address (`guildmark endorsement targets PROGRAM` prints them), or about that of
    the program's page. It is kept as it was signed, and shown on the pages as long as it holds.
    """
    from issuer.endorsements import add_endorsement

    program, _, level = target.partition("/")
    given = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    with opened(home, more_origins=tuple(allow_origin or ())) as service:
        done = add_endorsement(
            service.database,
            issuer=issuer or service.issuer,
            program=program,
            level=level or None,
            given=given,
            judge=service.verify,
            actor=actor(),
            now=clock(),
            identifier=uuid4(),
        )
    one = done.endorsement
    if done.new:
        say(f"{one.endorser_name} endorses {one.target}. Its id is {one.id}.")
    else:
        say(f"This endorsement of {one.target} by {one.endorser_name} was there already; its id is {one.id}.")


@app.command()
def targets(
    program: Annotated[str, typer.Argument(help="The program.")], home: Home = DEFAULT_HOME, issuer: IssuerName = None
) -> None:
    """Print what an endorser must name as the subject: the address of the program, and of each of its levels."""
    from issuer.endorsements import targets_of

    with opened(home) as service:
        found = targets_of(service.database, issuer or service.issuer, program)
    for address, level in found.items():
        say(f"{address}  {f'{program}/{level}' if level else program}")


@app.command("list")
def list_(
    program: Annotated[str | None, typer.Argument(help="Only this program.")] = None,
    home: Home = DEFAULT_HOME,
    issuer: IssuerName = None,
    as_json: AsJson = False,
) -> None:
    """List endorsements with how each of them stands now: all are verified for it."""
    from issuer.endorsements import list_endorsements
    from portal.endorsing import judged

    with opened(home) as service:
        found = judged(service, list_endorsements(service.database, issuer or service.issuer, program=program))
    if as_json:
        print_json([{"target": one.endorsement.target, **one.as_dict()} for one in found])
        return
    for one in found:
        endorsement = one.endorsement
        say(
            f"{endorsement.id}  {endorsement.target}, by {endorsement.endorser_name} ({endorsement.endorser_id}), "
            f"added {endorsement.added_at:%Y-%m-%d}: {one.result.status.words}"
        )
        if not one.result.verified:
            say(f"  {one.result.sentence}")
    if not found:
        say("Nobody endorses anything yet." if program is None else f"Nobody endorses {program} yet.")


@app.command()
def remove(
    identifier: Annotated[UUID, typer.Argument(metavar="ID", help="The endorsement's id, as `list` shows it.")],
    home: Home = DEFAULT_HOME,
    issuer: IssuerName = None,
) -> None:
    """Show an endorsement no more. That it was there stays in the audit trail."""
    from issuer.endorsements import remove_endorsement

    with opened(home) as service:
        gone = remove_endorsement(
            service.database, issuer=issuer or service.issuer, identifier=identifier, actor=actor(), now=clock()
        )
    say(f"The endorsement of {gone.target} by {gone.endorser_name} is shown no more.")
