"""How commands speak: sentences to people, JSON to scripts, progress to a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console

if TYPE_CHECKING:
    from rich.progress import Progress

    from issuer.issue import IssueProgress, ProgressReport

out = Console(highlight=False, emoji=False)  # an identifier like did:key:… is no picture
err = Console(stderr=True, highlight=False, emoji=False)


def complain(text: str) -> None:
    """A message about what went wrong, on standard error."""
    err.print(f"guildmark: {text}", style="red", markup=False, soft_wrap=True)


def say(text: str) -> None:
    """A sentence on standard output."""
    out.print(text, markup=False, soft_wrap=True)


def print_json(value: Any) -> None:
    """A JSON value for a script, on standard output, without colour or wrapping."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


@contextmanager
def progress_bar(what: str, total: int) -> Iterator[Progress]:
    """A bar on standard error that goes away when done; nothing at all where there is no terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        progress.add_task(what, total=total)
        yield progress


@contextmanager
def issuing_bar(what: str, total: int) -> Iterator[ProgressReport]:
    """A bar that follows the steps of issuing."""
    with progress_bar(what, total) as progress:
        task = progress.task_ids[0]

        def report(at: IssueProgress) -> None:
            progress.update(task, completed=at.done, total=at.total, description=f"{what}: {at.step.value}")

        try:
            yield report
        except KeyboardInterrupt:
            complain("stopped; the same command again, or `guildmark resume`, finishes what was begun.")
            raise typer.Exit(130) from None
