"""`guildmark learning`: the systems that report what people learned, their secrets, and what came of their reports."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from issuer.learning.matching import Outcome
from portal.cli.installation import DEFAULT_HOME, AsJson, Home, IssuerName, actor, clock, keyring_of, opened
from portal.cli.terminal import print_json, say

if TYPE_CHECKING:
    from issuer.learning.events import Trial
    from issuer.learning.systems import NewSecret
    from portal.service import Service

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    help="Learning systems that report what people completed.",
)
Name = Annotated[str, typer.Argument(help="The system's short name, as the programs' learning: rules call it.")]


@app.command()
def add(name: Name, home: Home = DEFAULT_HOME, issuer: IssuerName = None, as_json: AsJson = False) -> None:
    """Register a system. Its secret is shown once; it is kept sealed."""
    from issuer.learning.systems import add_system

    with opened(home) as service:
        made = add_system(
            service.database,
            keyring_of(service),
            issuer=issuer or service.issuer,
            name=name,
            actor=actor(),
            now=clock(),
            randomness=secrets.token_bytes,
        )
        _show(service, made, as_json)


@app.command()
def rotate(name: Name, home: Home = DEFAULT_HOME, issuer: IssuerName = None, as_json: AsJson = False) -> None:
    """Give a system a new secret; the one before counts no more from now on."""
    from issuer.learning.systems import rotate_secret

    with opened(home) as service:
        made = rotate_secret(
            service.database,
            keyring_of(service),
            issuer=issuer or service.issuer,
            name=name,
            actor=actor(),
            now=clock(),
            randomness=secrets.token_bytes,
        )
        _show(service, made, as_json)


def _show(service: Service, made: NewSecret, as_json: bool) -> None:
    slug = made.system.issuer_slug
    webhook = f"{service.base_url}/api/{slug}/learning/{made.system.name}"
    xapi = f"{service.base_url}/xapi/{slug}"
    if as_json:
        print_json({"name": made.system.name, "secret": made.secret, "webhook": webhook, "xapi": xapi})
        return
    say(made.secret)
    say(f"Webhooks (Standard Webhooks, signed with this secret) go to {webhook}")
    say(f"An LMS or LRS forwards xAPI statements to {xapi}, user {made.system.name}, password: the secret")


@app.command("list")
def list_(home: Home = DEFAULT_HOME, issuer: IssuerName = None, as_json: AsJson = False) -> None:
    """List systems without their secrets."""
    from issuer.learning.systems import list_systems

    with opened(home) as service:
        systems = list_systems(service.database, issuer or service.issuer)
    if as_json:
        print_json(
            [
                {
                    "name": one.name,
                    "created": one.created_at.isoformat(),
                    "revoked": one.revoked_at.isoformat() if one.revoked_at else None,
                }
                for one in systems
            ]
        )
        return
    for one in systems:
        say(f"{one.name}  {'revoked' if one.revoked_at else f'since {one.created_at:%Y-%m-%d}'}")
    if not systems:
        say("There is none; `guildmark learning add NAME` registers one.")


@app.command()
def revoke(name: Name, home: Home = DEFAULT_HOME, issuer: IssuerName = None) -> None:
    """Take nothing more from a system. Its name is not used again; what it reported stays."""
    from issuer.learning.systems import revoke_system

    with opened(home) as service:
        revoke_system(service.database, issuer=issuer or service.issuer, name=name, actor=actor(), now=clock())
    say(f"The learning system {name} is revoked.")


@app.command()
def events(
    outcome: Annotated[Outcome | None, typer.Option(help="Only those with this outcome.")] = None,
    system: Annotated[str | None, typer.Option(help="Only those of this system.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 50,
    home: Home = DEFAULT_HOME,
    issuer: IssuerName = None,
    as_json: AsJson = False,
) -> None:
    """List what systems reported and what came of it, newest first."""
    from issuer.learning.events import list_events

    with opened(home) as service:
        found = list_events(service.database, issuer or service.issuer, outcome=outcome, system=system, limit=limit)
    if as_json:
        print_json(
            [
                {
                    "system": one.system,
                    "id": one.event_id,
                    "received": one.received_at.isoformat(),
                    "outcome": one.outcome,
                    "detail": one.detail,
                    "proposal": str(one.proposal_id) if one.proposal_id else None,
                }
                for one in found
            ]
        )
        return
    for one in found:
        say(f"{one.received_at:%Y-%m-%d %H:%M}  {one.outcome:<8}  {one.system}  {one.event_id}")
        say(f"{'':<18}{one.detail}")
    if not found:
        say("There are none.")


@app.command("try")
def try_(
    file: Annotated[Path, typer.Argument(help="A JSON file: a statement, an array of them, or an event of ours.")],
    system: Annotated[str, typer.Option(help="As if this system had sent it; it need not be registered yet.")],
    home: Home = DEFAULT_HOME,
    issuer: IssuerName = None,
    as_json: AsJson = False,
) -> None:
    """Show which rule would decide about a report and what would come of it now. Nothing is done or recorded."""
    from issuer.learning.events import try_reports
    from portal.learning_input import reports_in

    with opened(home) as service:
        reports, _ = reports_in(file.read_bytes(), "try")
        trials = try_reports(service.database, issuer or service.issuer, system=system, reports=reports, now=clock())
    if as_json:
        print_json([_trial(one) for one in trials])
        return
    for one in trials:
        say(f"{one.event_id}: {one.outcome}")
        if one.rule is not None:
            about = one.rule.activity or "events that name the level"
            say(f"  rule of {one.program}: {', '.join(one.rule.verbs)} on {about} count for {one.rule.level}")
        say(f"  {one.detail}")


def _trial(one: Trial) -> dict[str, Any]:
    rule = one.rule.model_dump(mode="json", exclude_defaults=True) if one.rule else None
    return {"id": one.event_id, "outcome": one.outcome, "detail": one.detail, "program": one.program, "rule": rule}
