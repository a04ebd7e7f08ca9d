"""`guildmark people`: the company's directory."""

from __future__ import annotations

import secrets
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from issuer.people.directory_import import Missing
from portal.cli.installation import DEFAULT_HOME, AsJson, Home, IssuerName, actor, clock, opened
from portal.cli.terminal import print_json, say

if TYPE_CHECKING:
    from issuer.people.directory import PersonView
    from issuer.people.directory_import import DirectoryImported
    from issuer.people.duties import Standing
    from issuer.people.progress import Event

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, add_completion=False, help="The company's directory: who is who."
)

DAY = ["%Y-%m-%d"]
_MOST = 1_000


@app.command("import")
def import_(
    file: Annotated[
        Path,
        typer.Argument(
            help="CSV with the columns name, email and, if wanted, employee_number, manager (an e-mail address or "
            "employee number), function, teams, roles (separated by |, each perhaps with @2026-01-15 for since when), "
            "time_zone, joined_on, left_on, more_emails (separated by |)."
        ),
    ],
    preview: Annotated[bool, typer.Option("--preview", help="Say what would change, and change nothing.")] = False,
    missing: Annotated[
        Missing, typer.Option(help="What becomes of people of the directory who are not in the file.")
    ] = Missing.KEEP,
    yes: Annotated[bool, typer.Option("--yes", help="With --missing leave: do not ask.")] = False,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Enter the company's directory from a file: all of it or nothing. The same file again changes nothing."""
    from issuer.people.directory_import import import_directory, preview_directory
    from issuer.validity import today

    data = file.read_bytes()
    with opened(home) as service:
        now = clock()
        how = {
            "missing": missing,
            "now": now,
            "today": today(now, service.settings.zone),
            "randomness": secrets.token_bytes,
        }
        if preview or (missing is Missing.LEAVE and not yes):
            ahead = preview_directory(service.database, data, **how)  # type: ignore[arg-type]
            if preview:
                _tell_import(ahead, as_json, would=True)
                return
            if ahead.left:
                typer.confirm(f"{ahead.left} people are not in the file and will have left. Go on?", abort=True)
        done = import_directory(service.database, data, actor=actor(), **how)  # type: ignore[arg-type]
    _tell_import(done, as_json, would=False)


def _tell_import(done: DirectoryImported, as_json: bool, *, would: bool) -> None:
    if as_json:
        names = ("rows", "new", "changed", "unchanged", "missing", "left")
        print_json({"preview": would, **{name: getattr(done, name) for name in names}})
        return
    verb = "would be" if would else "are"
    say(f"{done.rows} people: {done.new} {verb} new, {done.changed} changed, {done.unchanged} as they were.")
    if done.left:
        say(f"{done.left} are not in the file and {'would have' if would else 'have'} left.")
    elif done.missing:
        say(f"{done.missing} of the directory are not in the file and stay; --missing leave ends them.")


@app.command("list")
def list_(
    q: Annotated[str | None, typer.Option("--q", help="Part of a name or address, or an employee number.")] = None,
    team: Annotated[str | None, typer.Option(help="Only this team.")] = None,
    role: Annotated[str | None, typer.Option(help="Only this role.")] = None,
    manager: Annotated[str | None, typer.Option(help="Only who reports directly to this e-mail address.")] = None,
    everybody: Annotated[bool, typer.Option("--all", help="Also who has left.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=_MOST, help="At most so many.")] = 100,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """List people by name."""
    from issuer.people.directory import PeopleFilter, list_people, required_person
    from issuer.validity import today

    with opened(home) as service, service.database.read() as session:
        present_on = None if everybody else today(clock(), service.settings.zone)
        above = required_person(session, manager).id if manager is not None else None
        wanted = PeopleFilter(team=team, role=role, manager_id=above, search=q, present_on=present_on)
        found = list_people(session, wanted, limit=limit + 1)
    if as_json:
        print_json([_person_json(one) for one in found[:limit]])
        return
    for one in found[:limit]:
        teams = ", ".join(member.name for member in (*one.teams, *one.roles))
        parts = (one.email or "(no address)", one.function, teams, one.left_on and f"left on {one.left_on}")
        say(f"{one.name}  {'  '.join(str(part) for part in parts if part)}")
    if not found:
        say("Nobody.")
    if len(found) > limit:
        say(f"There are more; narrow it with --q or --team, or raise --limit (at most {_MOST}).")


def _person_json(one: PersonView) -> dict[str, Any]:
    return {
        "id": str(one.id),
        "name": one.name,
        "emails": list(one.emails),
        "employeeNumber": one.employee_number,
        "function": one.function,
        "managerId": str(one.manager_id) if one.manager_id else None,
        "manager": one.manager_name,
        "teams": [{"name": member.name, "since": member.since.isoformat()} for member in one.teams],
        "roles": [{"name": member.name, "since": member.since.isoformat()} for member in one.roles],
        "timeZone": one.time_zone,
        "joinedOn": one.joined_on.isoformat() if one.joined_on else None,
        "leftOn": one.left_on.isoformat() if one.left_on else None,
    }


@app.command()
def show(
    email: Annotated[str, typer.Argument(help="One of the person's e-mail addresses.")],
    home: Home = DEFAULT_HOME,
    issuer: IssuerName = None,
    as_json: AsJson = False,
) -> None:
    """Show a person: who he is, what he holds, what he must do, what comes next, and what happened so far."""
    from issuer.people.directory import reports_of, required_person
    from issuer.people.duties import standing_of_person
    from issuer.people.progress import history_of_person

    with opened(home) as service:
        now = clock()
        with service.database.read() as session:
            one = required_person(session, email)
            reports = reports_of(session, one.id, now.date())
        standing = standing_of_person(service.database, issuer or service.issuer, one.id, now)
        history = history_of_person(service.database, issuer or service.issuer, one.id, now)
    if as_json:
        print_json(_shown_json(one, reports, standing, history))
    else:
        _tell_person(one, reports, standing, history)


def _tell_person(
    one: PersonView, reports: tuple[PersonView, ...], standing: Standing, history: tuple[Event, ...]
) -> None:
    from portal.cli.duty_words import duty_lines, next_words, state_words

    say(one.name)
    for name, value in _facts_of(one, reports):
        if value:
            say(f"  {name:<10} {value}")
    held = [f"{standing.names[course.level]}: {state_words(course)}" for course in standing.courses]
    _section("Holds", held or ["nothing yet"])
    todo = [line for duty in standing.duties for line in duty_lines(duty, standing.names[duty.level])]
    _section("Must do", todo or ["nothing"])
    _section("Could go for next", [next_words(level, standing.names) for level in standing.next_levels])
    _section("History", [f"{event.at:%Y-%m-%d}  {event.what}" for event in history])


def _facts_of(one: PersonView, reports: tuple[PersonView, ...]) -> tuple[tuple[str, object], ...]:
    groups = [f"team {member.name} since {member.since}" for member in one.teams]
    groups += [f"role {member.name} since {member.since}" for member in one.roles]
    return (
        ("addresses", ", ".join(one.emails)),
        ("number", one.employee_number),
        ("function", one.function),
        ("manager", one.manager_name),
        ("manages", f"{len(reports)} people" if len(reports) > 1 else reports[0].name if reports else None),
        ("member of", ", ".join(groups)),
        ("time zone", one.time_zone),
        ("joined", one.joined_on),
        ("left", one.left_on),
    )


def _section(title: str, lines: list[str]) -> None:
    if lines:
        say(f"\n{title}")
    for line in lines:
        say(f"  {line}")


def _shown_json(
    one: PersonView, reports: tuple[PersonView, ...], standing: Standing, history: tuple[Event, ...]
) -> dict[str, Any]:
    from portal.cli.duty_words import duty_json

    return {
        **_person_json(one),
        "reports": [{"id": str(report.id), "name": report.name} for report in reports],
        "holds": [
            {
                "level": str(course.level),
                "name": standing.names[course.level],
                "state": course.state.value,
                "credential": str(course.holding.credential_id) if course.holding else None,
                "expiresOn": course.expires_on.isoformat() if course.expires_on else None,
            }
            for course in standing.courses
        ],
        "duties": [duty_json(duty, standing.names[duty.level]) for duty in standing.duties],
        "next": [
            {"level": str(level.level), "name": level.name, "requirement": level.requirement.value, "open": level.open}
            for level in standing.next_levels
        ],
        "history": [{"at": event.at.isoformat(), "what": event.what} for event in history],
    }


@app.command()
def leave(
    email: Annotated[str, typer.Argument(help="One of the person's e-mail addresses.")],
    on: Annotated[datetime, typer.Option(formats=DAY, help="The last day with the company.")],
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Record someone's last day. What he earned stays valid; nothing is asked of him any more."""
    from issuer.people.directory import leave as record

    with opened(home) as service:
        one = record(service.database, email, on=on.date(), actor=actor(), now=clock())
    if as_json:
        print_json(_person_json(one))
    else:
        say(f"{one.name} leaves on {on.date()}.")
