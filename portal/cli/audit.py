"""`guildmark audit`: who did what when, and whether the trail was touched."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from issuer import audit
from portal.cli.installation import DEFAULT_HOME, AsJson, Home, opened
from portal.cli.terminal import complain, print_json, say

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, add_completion=False, help="The audit trail: list it, verify it."
)


@app.command()
def verify(
    head: Annotated[
        str | None, typer.Option(help="SEQUENCE:HASH written down earlier; finds a trail that was cut off since.")
    ] = None,
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(help="A checkpoint of the transparency log kept earlier, here or by others; can be repeated."),
    ] = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Walk the audit trail and the transparency log: find what was altered, removed, reordered, or told otherwise."""
    from issuer.log.inspecting import inspect_log

    remembered = _head(head) if head else None
    notes = [path.read_text(encoding="utf-8", errors="replace") for path in checkpoint or ()]
    with opened(home) as service:
        report = audit.verify(service.database, remembered_head=remembered)
        log = inspect_log(service.database, remembered=notes)
    shown = f"{report.head.sequence}:{report.head.hash}"
    whole = report.whole and log.fault is None
    if as_json:
        logged = {"entries": log.entries, "checkpoint": log.checkpoint, "fault": log.fault}
        print_json({"whole": whole, "events": report.events, "head": shown, "fault": report.fault, "log": logged})
    elif report.whole:
        say(f"The audit trail is whole: {report.events} events.")
        say(f"Its head is {shown}  (write it down to find out later if the end was cut off)")
    else:
        complain(f"the audit trail was touched: {report.fault}")
    if not as_json and log.fault is not None:
        complain(f"the transparency log was touched: {log.fault}")
    elif not as_json and log.checkpoint is not None:
        say(f"The transparency log is whole, and says the same: {log.entries} entries.")
    raise typer.Exit(0 if whole else 1)


@app.command("list")
def list_(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many events.")] = 50,
    after: Annotated[int, typer.Option(min=0, max=2**62, help="Only events after this number.")] = 0,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """List events, oldest first."""
    with opened(home) as service:
        events = audit.events(service.database, after=after, limit=limit)
    if as_json:
        print_json(
            [
                {
                    "sequence": event.sequence,
                    "at": event.at.isoformat(),
                    "actor": event.actor,
                    "action": event.action,
                    "subject": event.subject,
                    "details": dict(event.details),
                    "hash": event.hash,
                }
                for event in events
            ]
        )
        return
    for event in events:
        say(f"{event.sequence:>6}  {event.at:%Y-%m-%d %H:%M:%S}  {event.actor}  {event.action}  {event.subject}")


def _head(text: str) -> audit.Head:
    sequence, _, hash_ = text.partition(":")
    if not sequence.isascii() or not sequence.isdigit() or len(hash_) != len(audit.GENESIS):
        raise typer.BadParameter("a head is written as SEQUENCE:HASH, as `guildmark audit verify` prints it")
    return audit.Head(int(sequence), hash_)
