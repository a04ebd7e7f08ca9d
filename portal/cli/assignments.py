"""`guildmark assign`: what is required of, or suggested to, whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from portal.cli.installation import DEFAULT_HOME, AsJson, Home, IssuerName, actor, clock, opened
from portal.cli.terminal import print_json, say

if TYPE_CHECKING:
    from issuer.people.assignments import AssignmentView, Target


class _LevelOrCommand(TyperGroup):
    """`guildmark assign cloud/associate …` is `guildmark assign level cloud/associate …`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the command in where a level stands first."""
        if args and "/" in args[0]:
            args = ["level", *args]
        return list(super().parse_args(ctx, args))


app = typer.Typer(
    cls=_LevelOrCommand,
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    help="Require a level of people, teams, roles or everyone, or suggest it: assign PROGRAM/LEVEL --to-team …",
)


@app.command("level")
def level_(
    level: Annotated[str, typer.Argument(help="Program and level, like cloud/associate.")],
    to_team: Annotated[str | None, typer.Option(help="Everybody in this team, now and later.")] = None,
    to_role: Annotated[str | None, typer.Option(help="Everybody in this role, now and later.")] = None,
    to_person: Annotated[str | None, typer.Option(help="One person, by an e-mail address.")] = None,
    to_everyone: Annotated[bool, typer.Option("--to-everyone", help="Everybody, now and later.")] = False,
    required: Annotated[
        str | None,
        typer.Option(
            help="Until when: “within 90 days of joining”, “within 6 months of assignment”, “by 2026-12-31”, or "
            "“by 2026-12-31 or within 30 days of joining” for the later of the two."
        ),
    ] = None,
    suggested: Annotated[bool, typer.Option("--suggested", help="Suggest it: nobody is ever chased.")] = False,
    home: Home = DEFAULT_HOME,
    issuer: IssuerName = None,
    as_json: AsJson = False,
) -> None:
    """Assign a level. Whom it is newly required of is told; who joins a team later comes under what it has."""
    from issuer.people.assignments import assign, parse_due_rule

    if (required is None) == (not suggested):
        raise typer.BadParameter("say either --required “within 90 days of joining” or --suggested")
    try:
        due = parse_due_rule(required) if required is not None else None
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    program, _, name = level.partition("/")
    with opened(home) as service:
        made = assign(
            service.database,
            issuer=issuer or service.issuer,
            program=program,
            level=name,
            to=_target(to_team, to_role, to_person, to_everyone),
            due=due,
            actor=actor(),
            now=clock(),
        )
    print_json(_as_json(made)) if as_json else say(_sentence(made))


def _target(team: str | None, role: str | None, person: str | None, everyone: bool) -> Target:
    from pydantic import ValidationError

    from issuer.people.assignments import Target

    try:
        return Target(team=team, role=role, person=person, everyone=everyone)
    except ValidationError:
        raise typer.BadParameter(
            "say one of --to-team, --to-role, --to-person (an e-mail address) and --to-everyone"
        ) from None


@app.command("list")
def list_(
    program: Annotated[str | None, typer.Option(help="Only this program.")] = None,
    ended: Annotated[bool, typer.Option("--ended", help="Also those that have ended.")] = False,
    home: Home = DEFAULT_HOME,
    issuer: IssuerName = None,
    as_json: AsJson = False,
) -> None:
    """List assignments with their numbers."""
    from issuer.people.assignments import list_assignments

    with opened(home) as service:
        found = list_assignments(service.database, issuer or service.issuer, program=program, ended=ended)
    if as_json:
        print_json([_as_json(one) for one in found])
        return
    for one in found:
        say(_sentence(one))
    if not found:
        say("Nothing is assigned.")


@app.command()
def end(
    number: Annotated[int, typer.Argument(help="The assignment's number, from `guildmark assign list`.")],
    home: Home = DEFAULT_HOME,
    issuer: IssuerName = None,
    as_json: AsJson = False,
) -> None:
    """End an assignment that was made by hand. What was earned because of it stays."""
    from issuer.people.assignments import end_assignment

    with opened(home) as service:
        done = end_assignment(
            service.database, issuer=issuer or service.issuer, assignment_id=number, actor=actor(), now=clock()
        )
    print_json(_as_json(done)) if as_json else say(_sentence(done))


def _sentence(one: AssignmentView) -> str:
    whom = one.target or "everyone"
    kind = f"the {one.kind} " if one.kind in {"team", "role"} else ""
    how = f"required of {kind}{whom}, {one.due}" if one.due is not None else f"suggested to {kind}{whom}"
    origin = "in the program's file" if one.source == "program" else f"by {one.assigned_by}"
    ended = f"; ended {one.ended_at:%Y-%m-%d}" if one.ended_at is not None else ""
    return f"{one.id:>4}  {one.program}/{one.level} {how}; since {one.assigned_on}, {origin}{ended}"


def _as_json(one: AssignmentView) -> dict[str, Any]:
    return {
        "id": one.id,
        "level": f"{one.program}/{one.level}",
        "kind": one.kind.value,
        "target": one.target,
        "required": one.required,
        "due": str(one.due) if one.due is not None else None,
        "source": one.source,
        "assignedOn": one.assigned_on.isoformat(),
        "assignedBy": one.assigned_by,
        "endedAt": one.ended_at.isoformat() if one.ended_at else None,
    }
