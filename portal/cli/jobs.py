"""`guildmark jobs`: what runs by itself, when it last did, and running it by hand."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portal.cli.installation import DEFAULT_HOME, AsJson, Home, clock, opened
from portal.cli.terminal import print_json, say

if TYPE_CHECKING:
    from issuer.jobs.job import Job
    from issuer.jobs.leases import Lease
    from portal.service import Service

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, add_completion=False, help="Work that runs by itself: list it, run it."
)


@app.command("list")
def list_(home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """List the jobs: when each last ran and how that ended, and when it is due next."""
    from issuer.jobs.leases import leases
    from portal.worker import all_jobs

    now = clock()
    with opened(home) as service:
        jobs = all_jobs(service)
        known = leases(service.database, [job.name for job in jobs])
    shown = [_row(job, known.get(job.name), now) for job in jobs]
    if as_json:
        print_json(shown)
        return
    for one in shown:
        every, last = _length(one["everySeconds"]), one["last"] or "never"
        say(f"{one['name']:<11} every {every:<7} last {last:<20} {one['state']}")
        say(f"{'':<11} {one['does']}")


def _row(job: Job, lease: Lease | None, now: datetime) -> dict[str, Any]:
    last = lease.last_done_at if lease else None
    due = max(last + job.every, now) if last else now
    if lease is None:
        state = "has not run yet"
    elif lease.held(now):
        state = f"running on {lease.holder}"
    else:
        state = lease.holder
    return {
        "name": job.name,
        "does": job.does,
        "everySeconds": int(job.every.total_seconds()),
        "needsKeys": job.needs_keys,
        "last": last.strftime("%Y-%m-%d %H:%M:%SZ") if last else None,
        "next": due.strftime("%Y-%m-%d %H:%M:%SZ"),
        "state": state,
    }


def _length(seconds: int) -> str:
    return f"{seconds // 3600} h" if seconds % 3600 == 0 else f"{seconds // 60} min"


@app.command()
def run(
    name: Annotated[
        str | None, typer.Argument(help="The job, as `jobs list` names it; default: all, in order.")
    ] = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Run one job, or all, once, whether due or not; unless another worker is at it. Ends with 1 if one failed."""
    from portal.logs import configure_logging

    with opened(home) as service:
        configure_logging("warning")
        run_jobs(service, name, force=True, as_json=as_json)


def run_jobs(service: Service, name: str | None, *, force: bool, as_json: bool) -> None:
    """One pass, told to whoever asked for it. Raises typer.Exit with 1 if a job failed."""
    from issuer.jobs.job import Outcome
    from portal.worker import all_jobs, run_once

    known = [job.name for job in all_jobs(service)]
    if name is not None and name not in known:
        raise typer.BadParameter(f"there is no job “{name}”; there are: {', '.join(known)}")
    told = []
    for ran in run_once(service, [name] if name else None, force=force):
        told.append({"job": ran.job, "outcome": ran.outcome.value, "counts": dict(ran.report), "says": ran.sentence})
        if not as_json:
            busy = ran.outcome is Outcome.NOT_DUE and force
            say(f"{ran.job:<11} {'another worker is at it' if busy else ran.sentence}")
    if as_json:
        print_json(told)
    if any(one["outcome"] == Outcome.FAILED for one in told):
        raise typer.Exit(1)
