"""`guildmark mentors`: who accompanies whom."""

from __future__ import annotations

from typing import Annotated

import typer

from portal.cli.duty_words import duty_json, duty_lines, state_words
from portal.cli.installation import DEFAULT_HOME, AsJson, Home, IssuerName, actor, clock, opened
from portal.cli.terminal import print_json, say

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, add_completion=False, help="Who accompanies whom in a program."
)

Candidate = Annotated[str, typer.Argument(help="The candidate, by an e-mail address.")]
Program = Annotated[str, typer.Option(help="The program.")]


@app.command("assign")
def assign_(
    candidate: Candidate,
    mentor: Annotated[str, typer.Argument(help="The mentor, by an e-mail address.")],
    program: Program,
    thanked: Annotated[
        bool, typer.Option("--thanked", help="The mentor agreed to be named and thanked on the program's page.")
    ] = False,
    home: Home = DEFAULT_HOME,
    issuer: IssuerName = None,
) -> None:
    """Give a candidate a mentor; one whom he has already is ended."""
    from issuer.people.mentors import assign_mentor

    with opened(home) as service:
        done = assign_mentor(
            service.database,
            issuer=issuer or service.issuer,
            program=program,
            candidate=candidate,
            mentor=mentor,
            thanked=thanked,
            actor=actor(),
            now=clock(),
        )
    say(f"{done.mentor.name} accompanies {done.candidate.name} in {program} since {done.since}.")


@app.command()
def end(candidate: Candidate, program: Program, home: Home = DEFAULT_HOME, issuer: IssuerName = None) -> None:
    """End it."""
    from issuer.people.mentors import end_mentor

    with opened(home) as service:
        done = end_mentor(
            service.database,
            issuer=issuer or service.issuer,
            program=program,
            candidate=candidate,
            actor=actor(),
            now=clock(),
        )
    say(f"{done.mentor.name} accompanied {done.candidate.name} in {program} until {done.until}.")


@app.command()
def thanks(
    mentor: Annotated[str, typer.Argument(help="The mentor, by an e-mail address.")],
    agreed: Annotated[bool, typer.Option("--yes/--no", help="Whether he agrees to be named.")] = True,
    home: Home = DEFAULT_HOME,
    issuer: IssuerName = None,
) -> None:
    """Record that a mentor agrees to be named on the programs' pages, or no longer does."""
    from issuer.people.mentors import consent_to_thanks

    with opened(home) as service:
        count = consent_to_thanks(
            service.database,
            issuer=issuer or service.issuer,
            mentor=mentor,
            thanked=agreed,
            actor=actor(),
            now=clock(),
        )
    say(f"{mentor} is {'thanked' if agreed else 'not named'}; changed for {count} candidates.")


@app.command("list")
def list_(
    mentor: Annotated[str | None, typer.Option(help="Only this mentor's candidates, by an e-mail address.")] = None,
    program: Annotated[str | None, typer.Option(help="Only this program.")] = None,
    home: Home = DEFAULT_HOME,
    issuer: IssuerName = None,
    as_json: AsJson = False,
) -> None:
    """List candidates with their mentors and how far they are."""
    from issuer.people.mentors import candidates_of

    with opened(home) as service:
        found = candidates_of(service.database, issuer or service.issuer, clock(), mentor=mentor, program=program)
    if as_json:
        print_json(
            [
                {
                    "program": one.mentoring.program,
                    "candidate": one.mentoring.candidate.name,
                    "mentor": one.mentoring.mentor.name,
                    "since": one.mentoring.since.isoformat(),
                    "thanked": one.mentoring.thanked,
                    "holds": {course.level.level: course.state.value for course in one.courses},
                    "proposals": dict(one.proposals),
                    "duties": [duty_json(duty, str(duty.level)) for duty in one.duties],
                }
                for one in found
            ]
        )
        return
    for one in found:
        say(f"{one.mentoring.candidate.name}, {one.mentoring.program}, with {one.mentoring.mentor.name}")
        for course in one.courses:
            say(f"  {course.level.level}: {state_words(course)}")
        for level, state in sorted(one.proposals.items()):
            say(f"  {level}: {state}")
        for duty in one.duties:
            say(f"  {duty_lines(duty, duty.level.level)[0]}")
    if not found:
        say("Nobody has a mentor.")
