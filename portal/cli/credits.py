"""`guildmark credits`: hours of continuing education."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portal.cli.installation import DEFAULT_HOME, AsJson, Home, IssuerName, actor, clock, opened
from portal.cli.terminal import print_json, say

if TYPE_CHECKING:
    from issuer.people.credits import CreditRequest, CreditView

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    help="Hours of continuing education that count towards renewing.",
)


@app.command()
def add(
    email: Annotated[str, typer.Argument(help="Who did it, by an e-mail address.")],
    level: Annotated[str, typer.Argument(help="The level that it counts for, like cloud/associate.")],
    hours: Annotated[str, typer.Argument(help="How many hours, like 1.5.")],
    activity: Annotated[str, typer.Argument(help="What it was.")],
    on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="On which day; default: today.")] = None,
    url: Annotated[str | None, typer.Option(help="Where it is written down.")] = None,
    key: Annotated[
        str | None, typer.Option(help="What tells it from the same activity on the same day; the same key counts once.")
    ] = None,
    home: Home = DEFAULT_HOME,
    issuer: IssuerName = None,
    as_json: AsJson = False,
) -> None:
    """Record hours. The same activity of the same day counts once."""
    from issuer.people.credits import CreditRequest, parse_hours

    try:
        number = parse_hours(hours)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    program, _, name = level.partition("/")
    with opened(home) as service:
        day = (on or clock().astimezone(service.settings.zone)).date()
        one = CreditRequest(email, program, name, day, number, activity, url, key)
        done = _record(service, issuer, (one,))
    _tell(done, as_json)


@app.command("import")
def import_(
    file: Annotated[
        Path,
        typer.Argument(
            help="CSV with the columns email, program, level, done_on, hours, activity and, if wanted, url and "
            "idempotency_key."
        ),
    ],
    home: Home = DEFAULT_HOME,
    issuer: IssuerName = None,
    as_json: AsJson = False,
) -> None:
    """Record the hours of a file, all of them or none. The same file again records nothing."""
    from issuer.people.credits import read_credits_csv

    requests = read_credits_csv(file.read_bytes())
    with opened(home) as service:
        done = _record(service, issuer, requests)
    _tell(done, as_json)


@app.command("list")
def list_(
    email: Annotated[str | None, typer.Argument(help="Only this person.")] = None,
    withdrawn: Annotated[bool, typer.Option("--withdrawn", help="Also those that count no longer.")] = False,
    home: Home = DEFAULT_HOME,
    issuer: IssuerName = None,
    as_json: AsJson = False,
) -> None:
    """List hours on record, newest first, with their numbers."""
    from issuer.issuers import issuer_row
    from issuer.people.credits import list_credits
    from issuer.people.directory import people_by_id, required_person

    with opened(home) as service, service.database.read() as session:
        owner = issuer_row(session, issuer or service.issuer)
        person_id = required_person(session, email).id if email is not None else None
        found = list_credits(session, owner.id, person_id=person_id, withdrawn=withdrawn)
        people = people_by_id(session, {one.person_id for one in found})
    if as_json:
        print_json([_as_json(one) for one in found])
        return
    for one in found:
        end = f" (withdrawn {one.withdrawn_at:%Y-%m-%d})" if one.withdrawn_at is not None else ""
        name = people[one.person_id].name
        say(f"{one.id:>5}  {one.done_on}  {one.hours:g} h  {name}, {one.program}/{one.level}: {one.activity}{end}")
    hours = sum(one.hundredths for one in found if one.withdrawn_at is None) / 100
    say(f"{hours:g} hours in all." if found else "No hours on record.")


@app.command()
def withdraw(
    number: Annotated[int, typer.Argument(help="The number, from `guildmark credits list`.")],
    home: Home = DEFAULT_HOME,
    issuer: IssuerName = None,
    as_json: AsJson = False,
) -> None:
    """Count hours no longer that were recorded wrongly."""
    from issuer.people.credits import withdraw_credit

    with opened(home) as service:
        done = withdraw_credit(service.database, issuer or service.issuer, number, actor=actor(), now=clock())
    print_json(_as_json(done)) if as_json else say(f"{done.hours:g} hours of {done.done_on} count no longer.")


def _record(service: Any, issuer: str | None, requests: tuple[CreditRequest, ...]) -> Any:
    from issuer.people.credits import record_credits

    return record_credits(service.database, issuer or service.issuer, requests, actor=actor(), now=clock())


def _tell(done: Any, as_json: bool) -> None:
    if as_json:
        print_json({"new": done.new, "already": done.already})
    else:
        say(f"Recorded {done.new}; {done.already} had been recorded before.")


def _as_json(one: CreditView) -> dict[str, Any]:
    return {
        "id": one.id,
        "person": str(one.person_id),
        "level": f"{one.program}/{one.level}",
        "doneOn": one.done_on.isoformat(),
        "hours": float(one.hours),
        "activity": one.activity,
        "url": one.url,
        "recordedBy": one.recorded_by,
        "withdrawnAt": one.withdrawn_at.isoformat() if one.withdrawn_at else None,
    }
