"""`guildmark bulk`: work in the background, watched and cancelled."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from portal.cli.installation import DEFAULT_HOME, AsJson, Home, IssuerName, actor, clock, opened
from portal.cli.terminal import complain, print_json, progress_bar, say

if TYPE_CHECKING:
    from issuer.awards import AwardRequest
    from issuer.jobs.bulk import Bulk
    from portal.service import Service

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    help="Work in the background, like `guildmark issue --background`.",
)
Id = Annotated[UUID, typer.Argument(help="The bulk's id.")]
_LOOK = 1.0  # seconds


@app.command("list")
def list_(
    limit: Annotated[int, typer.Option(min=1, max=500, help="At most so many.")] = 20,
    home: Home = DEFAULT_HOME,
    issuer: IssuerName = None,
    as_json: AsJson = False,
) -> None:
    """List bulks, newest first."""
    from issuer.jobs.bulk import list_bulks
    from portal.bulk_view import as_json as shown

    with opened(home) as service:
        bulks = list_bulks(service.database, issuer=issuer, limit=limit)
    if as_json:
        print_json([shown(one, clock()) for one in bulks])
        return
    for one in bulks:
        say(f"{one.id}  {one.created_at:%Y-%m-%d %H:%M}  {one.kind:<9} {_sentence(one)}")
    if not bulks:
        say("There is none; `guildmark issue FILE --background` begins one.")


@app.command()
def show(bulk: Id, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Show how far a bulk is, and what is wrong with items that failed."""
    from issuer.jobs.bulk import find_bulk, outcomes
    from portal.bulk_view import as_json as shown

    with opened(home) as service:
        found = find_bulk(service.database, bulk)
        failed = outcomes(service.database, bulk, state="failed")
    if as_json:
        faults = [{"item": one.ordinal, "origin": one.origin, "fault": one.fault} for one in failed]
        print_json({**shown(found, clock()), "faults": faults})
        return
    say(f"{found.kind}, begun by {found.created_by} on {found.created_at:%Y-%m-%d %H:%M:%SZ}: {_sentence(found)}")
    for one in failed:
        say(f"  {one.origin or f'item {one.ordinal + 1}'}: {one.fault}")
    if found.failed > len(failed):
        say(f"  … and {found.failed - len(failed)} more")


@app.command()
def watch(bulk: Id, home: Home = DEFAULT_HOME) -> None:
    """Watch a bulk until it has ended. Ends with 1 if an item failed or it was cancelled."""
    with opened(home) as service:
        ended = _watched(service, bulk)
    say(f"{ended.kind}: {_sentence(ended)}")
    raise typer.Exit(0 if ended.done == ended.total else 1)


def _watched(service: Service, bulk: UUID) -> Bulk:
    from issuer.jobs.bulk import find_bulk

    found = find_bulk(service.database, bulk)
    told: str | None = None
    with progress_bar(found.kind.value, found.total) as progress:
        while found.ended_at is None:
            progress.update(progress.task_ids[0], completed=found.total - found.waiting)
            if found.fault and found.fault != told:
                complain(f"it waits: {found.fault}")
                told = found.fault
            time.sleep(_LOOK)
            found = find_bulk(service.database, bulk)
    return found


@app.command()
def cancel(bulk: Id, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Cancel a bulk: what is being done is finished, what waits is not begun, what was done stays."""
    from issuer.jobs.bulk import cancel_bulk
    from issuer.jobs.table import BULK
    from portal.bulk_view import as_json as shown
    from portal.logs import configure_logging
    from portal.worker import nudge

    with opened(home) as service:
        configure_logging("error")
        found = cancel_bulk(service.database, bulk, actor=actor(), now=clock())
        nudge(service, BULK)
    if as_json:
        print_json(shown(found, clock()))
    elif found.ended_at is not None:
        say(f"It has ended already: {_sentence(found)}")
    else:
        say(f"It will end soon: {found.waiting} of {found.total} are not begun; see `guildmark bulk show {bulk}`.")


def begin_issuing(
    service: Service, requests: Sequence[AwardRequest], issuer: str | None, *, source: str, as_json: bool
) -> None:
    """`guildmark issue --background`: record the list, wake a worker, and say how to watch."""
    from issuer.jobs.bulk_issue import issue_in_background
    from issuer.jobs.table import BULK
    from portal.bulk_view import as_json as shown
    from portal.logs import configure_logging
    from portal.worker import nudge

    configure_logging("error")
    bulk = issue_in_background(
        service.database,
        issuer=issuer,
        requests=requests,
        actor=actor(),
        now=clock(),
        randomness=secrets.token_bytes,
        source=source,
    )
    nudge(service, BULK)
    if as_json:
        print_json(shown(bulk, clock()))
        return
    say(f"A worker issues {bulk.total} awards: bulk {bulk.id}")
    say(f"  guildmark bulk watch {bulk.id}")


def _sentence(bulk: Bulk) -> str:
    parts = [f"{bulk.done} of {bulk.total} done"]
    parts += [f"{bulk.failed} failed"] if bulk.failed else []
    parts += [f"{bulk.cancelled} cancelled"] if bulk.cancelled else []
    remaining = bulk.remaining(clock())
    if bulk.waiting and bulk.begun_at is None:
        parts.append("waiting for a worker")
    elif remaining is not None:
        parts.append(f"{bulk.rate(clock()) or 0:.1f} a second, about {remaining} left")
    if bulk.cancel_asked_at is not None and bulk.ended_at is None:
        parts.append("being cancelled")
    return ", ".join(parts) + (f" (it waits: {bulk.fault})" if bulk.fault else "")
