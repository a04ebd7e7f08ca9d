"""`guildmark due`: what must be done until when, and why."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from portal.cli.installation import DEFAULT_HOME, AsJson, Home, IssuerName, clock, opened
from portal.cli.terminal import print_json, say


def due(
    email: Annotated[str | None, typer.Argument(help="One person, by an e-mail address.")] = None,
    team: Annotated[str | None, typer.Option(help="Everybody in this team.")] = None,
    role: Annotated[str | None, typer.Option(help="Everybody in this role.")] = None,
    manager: Annotated[str | None, typer.Option(help="Everybody who reports directly to this e-mail address.")] = None,
    everybody: Annotated[bool, typer.Option("--all", help="Everybody.")] = False,
    within: Annotated[
        str | None, typer.Option(help="Only what is due within, like “90 days”, and what is overdue.")
    ] = None,
    home: Home = DEFAULT_HOME,
    issuer: IssuerName = None,
    as_json: AsJson = False,
) -> None:
    """Say what must be done until when and why, soonest first."""
    from issuer.people.directory import PeopleFilter, required_person
    from issuer.people.duties import duties_of_people
    from issuer.validity import today
    from portal.cli.duty_words import duty_json, duty_lines

    named = [one for one in (email, team or role, manager) if one is not None]
    if len(named) + everybody != 1:
        raise typer.BadParameter("name one person, --team, --role, --manager, or --all")
    with opened(home) as service:
        now = clock()
        wanted = PeopleFilter(team=team, role=role)
        if email is not None or manager is not None:
            with service.database.read() as session:
                found = required_person(session, email or manager or "")
            wanted = PeopleFilter(person_id=found.id) if email is not None else PeopleFilter(manager_id=found.id)
        duties = duties_of_people(
            service.database, issuer or service.issuer, wanted, now, within=length_of(within, "--within")
        )
        day = today(now, service.settings.zone)
    if as_json:
        print_json(
            [
                {
                    "person": str(one.person.id),
                    "personName": one.person.name,
                    "email": one.person.email,
                    **duty_json(one.duty, one.level_name),
                }
                for one in duties
            ]
        )
        return
    for one in duties:
        who = "" if email is not None else f"{one.person.name}, "
        first, *rest = duty_lines(one.duty, one.level_name)
        say(f"{who}{first}")
        for line in rest:
            say(line)
    overdue = sum(one.duty.overdue for one in duties)
    say(f"{len(duties)} to do, {overdue} overdue, on {day}." if duties else "Nothing to do.")


def length_of(words: str | None, option: str) -> timedelta | None:
    """`90 days`, `12 weeks` or `3 months` (of 31 days) as a length of time. Raises typer.BadParameter."""
    from issuer.validity import parse_validity

    if words is None:
        return None
    try:
        found = parse_validity(words)
    except ValueError as error:
        raise typer.BadParameter(f"{option}: {error}") from None
    if found is None:
        raise typer.BadParameter(f"{option}: {words!r} is no length of time; write it as 90 days or 3 months")
    return timedelta(days=found.days or found.months * 31)
