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
from portal.cli.terminal import complain, out, progress_bar, say

if TYPE_CHECKING:
    from issuer.catalogue import Counts
    from portal.demo.run import Verdict

_COLOURS = {"valid": "green", "revoked": "red", "suspended": "yellow", "expired": "magenta"}


def demo(
    output: Annotated[Path, typer.Option("--output", "-o", help="Directory to make anew.")] = Path("guildmark-demo"),
    base_url: Annotated[str, typer.Option(help="Address under which `guildmark serve` will serve it.")] = (
        "http://localhost:8000"
    ),
) -> None:
    """Play two years of an example company, export badges, and verify every file again."""
    from portal.demo import run as story

    examples = story.examples_directory()
    if answers(base_url):
        complain(f"a server answers at {base_url}: stop it first, since the demo makes its data anew")
        raise typer.Exit(1)
    story.clear(output)
    say("Guildmark demo")
    with story.begin(output, examples, base_url=base_url, actor=actor(), clock=clock) as run:
        say(f"  1. {run.issuer.name} gets a DID and keys: {run.issuer.did}")
        material = run.generate()
        say(f"  2. {material.people} people and {len(material.events)} events of two years are made up")
        with progress_bar("Playing", len(material.events)) as progress:
            history = run.play(material, lambda done, _: progress.update(progress.task_ids[0], completed=done))
        done = history.done
        say(f"  3. they are played, each event on its day: {done['program']} programs, {done['award']} awards,")
        say(f"     {done['renew']} renewals, {done['assessed']} assessments by quorum, {done['appeal']} appeals, …;")
        say(f"     {history.refused.total()} wishes were refused, as the rules do not allow them")
        counts = run.counts()
        say(f"     {counts.issued} credentials, each signed as JSON and as JWT: {_standings(counts)}")
        swept = run.sweep()
        say(f"  4. the jobs write {swept.messages} mails to holders, managers and owners, which lie in the outbox;")
        say(f"     {swept.suspended} credentials are suspended because one they build on lapsed")
        chosen = run.choose()
        with progress_bar("Writing", len(chosen)) as progress:
            files = 0
            for one in chosen:
                files += run.export(one)
                progress.advance(progress.task_ids[0])
        say(f"  5. {files} files of {len(chosen)} credentials are written: JSON, JWT, baked PNG and SVG, PDF, QR codes")
        with progress_bar("Verifying", len(chosen)) as progress:
            verdicts = []
            for one in chosen:
                verdicts.append(run.verify(one))
                progress.advance(progress.task_ids[0])
        say(f"  6. they are verified again, from {sum(len(one.forms) for one in verdicts)} files:\n")
        _print_table(verdicts)
        say("")
        say(run.summary(verdicts))
        example = run.example()
    home = output / "home"
    say("")
    say(f"The files lie in {output / 'credentials'}, the installation in {home}.")
    say(f"Look at them in a browser: make serve, or {sys.argv[0]} serve --home {home}")
    say(f"  one of the badges    {example}")
    say(f"  verify a file        {base_url}/verify")
    say(f"  the mails            {base_url}/outbox")
    say(f"What the rules will do in the coming year: {sys.argv[0]} program simulate --home {home}")
    raise typer.Exit(0 if all(one.as_expected for one in verdicts) else 1)


def _standings(counts: Counts) -> str:
    numbers = {
        "valid": counts.valid,
        "expired": counts.expired,
        "revoked": counts.revoked,
        "suspended": counts.suspended,
    }
    return ", ".join(f"{number} {word}" for word, number in numbers.items())


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
