"""`guildmark demo`: the whole road once, on the data in `examples/`."""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer
from rich.table import Table

from portal.cli.installation import actor, clock
from portal.cli.terminal import complain, issuing_bar, out, progress_bar, say

if TYPE_CHECKING:
    from portal.demo import Verdict

_COLOURS = {"valid": "green", "revoked": "red", "suspended": "yellow", "expired": "magenta"}


def demo(
    output: Annotated[Path, typer.Option("--output", "-o", help="Directory to make anew.")] = Path("guildmark-demo"),
    base_url: Annotated[str, typer.Option(help="Address under which `guildmark serve` will serve it.")] = (
        "http://localhost:8000"
    ),
) -> None:
    """Issue a program's awards, export them, revoke and suspend some, and verify every file again."""
    from portal import demo as story

    examples = story.examples_directory()
    if answers(base_url):
        complain(f"a server answers at {base_url}: stop it first, since the demo makes its data anew")
        raise typer.Exit(1)
    story.clear(output)
    say("Guildmark demo")
    with story.begin(output, examples, base_url=base_url, actor=actor(), clock=clock) as run:
        say(f"  1. {run.issuer.name} gets a DID and keys: {run.issuer.did}")
        levels = run.apply_program()
        say(f"  2. its program is published: {', '.join(levels)}")
        with issuing_bar("Issuing", run.awards) as progress:
            report = run.issue(progress)
        say(f"  3. {len(report.new)} credentials are issued, each as JSON with a proof and as a JWT")
        again = run.issue(lambda _: None)
        say(f"     the same list again issues {len(again.new)}")
        with progress_bar("Writing", len(report.credentials)) as progress:
            files = 0
            for one in report.credentials:
                files += run.export(one)
                progress.advance(progress.task_ids[0])
        say(f"  4. {files} files are written: JSON, JWT, baked PNG and SVG, QR codes")
        say(f"  5. {run.revoke()}")
        say(f"     {run.suspend()}")
        with progress_bar("Verifying", len(report.credentials)) as progress:
            verdicts = []
            for one in report.credentials:
                verdicts.append(run.verify(one))
                progress.advance(progress.task_ids[0])
        say(f"  6. all are verified again, from {sum(len(one.forms) for one in verdicts)} files:\n")
        _print_table(verdicts)
        say("")
        say(run.summary(verdicts))
    say("")
    say(f"The files lie in {output / 'credentials'}, the installation in {output / 'home'}.")
    say(f"Look at them in a browser: make serve, or {sys.argv[0]} serve --home {output / 'home'}")
    say(f"  one of the badges    {run.example}")
    say(f"  verify a file        {base_url}/verify")
    raise typer.Exit(0 if all(one.as_expected for one in verdicts) else 1)


def _print_table(verdicts: list[Verdict]) -> None:
    wide = out.width >= 100
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Name", no_wrap=True)
    table.add_column("Level", no_wrap=True)
    if wide:
        table.add_column("Forms", justify="right")
    table.add_column("Status", no_wrap=True)
    table.add_column("Why", overflow="fold")
    for one in verdicts:
        colour = _COLOURS.get(one.status, "red")
        forms = [f"{one.agreeing}/{len(one.forms)}"] if wide else []
        table.add_row(one.name, one.level, *forms, f"[{colour}]{one.status}[/]", one.why)
    out.print(table)


def answers(base_url: str) -> bool:
    """Whether something on this machine listens at the address."""
    parts = urlsplit(base_url)
    if parts.hostname != "localhost":
        return False
    try:
        with socket.create_connection((parts.hostname, parts.port or 80), timeout=1):
            return True
    except OSError:
        return False
