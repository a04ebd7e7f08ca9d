"""`guildmark webhooks`: other systems that are told what happens to credentials, and how each telling went."""

from __future__ import annotations

import json
import secrets
from typing import Annotated
from uuid import UUID

import typer

from issuer.errors import Fault
from issuer.webhooks import delivering
from issuer.webhooks.endpoints import (
    WebhookRefused,
    add_webhook,
    list_webhooks,
    remove_webhook,
    resume_webhook,
)
from issuer.webhooks.kinds import Kind
from portal.cli.installation import DEFAULT_HOME, AsJson, Home, IssuerName, actor, clock, keyring_of, opened
from portal.cli.terminal import print_json, say
from portal.webhooks import fault_of_address

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    help="Other systems that are told what happens to credentials.",
)
Name = Annotated[str, typer.Argument(help="Which system; a name of your choice.")]


@app.command()
def add(
    name: Name,
    url: Annotated[str, typer.Argument(help="The https address that takes what is sent.")],
    kind: Annotated[list[Kind] | None, typer.Option(help="Only of this; may be given several times.")] = None,
    home: Home = DEFAULT_HOME,
    issuer: IssuerName = None,
    as_json: AsJson = False,
) -> None:
    """Tell a system of what happens from now on. Its secret is shown once; it is kept sealed."""
    with opened(home) as service:
        if fault := fault_of_address(service, url):
            raise WebhookRefused("the webhook", [Fault("url", fault)])
        made = add_webhook(
            service.database,
            keyring_of(service),
            issuer=issuer or service.issuer,
            name=name,
            url=url,
            kinds=kind or tuple(Kind),
            actor=actor(),
            now=clock(),
            randomness=secrets.token_bytes,
        )
    if as_json:
        print_json({"name": name, "secret": made.secret})
        return
    say(made.secret)
    say("What is sent is signed with this secret by the scheme of Standard Webhooks.")


@app.command("list")
def list_(home: Home = DEFAULT_HOME, issuer: IssuerName = None, as_json: AsJson = False) -> None:
    """List the systems that are told, without their secrets."""
    with opened(home) as service:
        found = list_webhooks(service.database, issuer or service.issuer)
    if as_json:
        print_json(
            [
                {
                    "name": one.name,
                    "url": one.url,
                    "kinds": list(one.kinds),
                    "waiting": one.waiting,
                    "failingSince": one.failing_since.isoformat() if one.failing_since else None,
                    "stopped": one.stopped_why,
                }
                for one in found
            ]
        )
        return
    for one in found:
        state = "stopped" if one.stopped_at else "cannot be reached" if one.failing_since else "works"
        say(f"{one.name}  {state}  {one.waiting} waiting  {one.url}")
        if one.stopped_why:
            say(f"    {one.stopped_why}; `guildmark webhooks resume` tells it again")


@app.command()
def log(
    name: Name,
    limit: Annotated[int, typer.Option(min=1, max=500, help="At most so many.")] = 50,
    home: Home = DEFAULT_HOME,
    issuer: IssuerName = None,
    as_json: AsJson = False,
) -> None:
    """Show what a system was told and is to be told, newest first."""
    with opened(home) as service:
        found = delivering.told(service.database, issuer=issuer or service.issuer, name=name, limit=limit)
    if as_json:
        print_json(
            [
                {
                    "id": str(one.id),
                    "type": one.kind,
                    "state": one.state,
                    "at": one.created_at.isoformat(),
                    "attempts": one.attempts,
                    "answered": one.answered,
                    "fault": one.fault,
                    "body": json.loads(one.body),
                }
                for one in found
            ]
        )
        return
    for one in found:
        say(f"{one.id}  {one.state:<9}  {one.created_at:%Y-%m-%d %H:%M}  {one.kind}")
        if one.fault:
            say(f"    {one.fault} ({one.attempts} tries)")


@app.command("test")
def try_(name: Name, home: Home = DEFAULT_HOME, issuer: IssuerName = None) -> None:
    """Send an event of no credential, to see whether it arrives; `guildmark webhooks log` shows it."""
    with opened(home) as service:
        delivering.send_test(
            service.database,
            issuer=issuer or service.issuer,
            name=name,
            now=clock(),
            randomness=secrets.token_bytes,
        )
    say("A test is on its way; a worker sends it (guildmark worker).")


@app.command()
def again(
    name: Name,
    event: Annotated[UUID, typer.Argument(help="The event's id, as `guildmark webhooks log` shows it.")],
    home: Home = DEFAULT_HOME,
    issuer: IssuerName = None,
) -> None:
    """Send an event once more."""
    with opened(home) as service:
        delivering.tell_again(
            service.database, issuer=issuer or service.issuer, name=name, delivery_id=event, actor=actor(), now=clock()
        )
    say("The event is on its way once more.")


@app.command()
def resume(name: Name, home: Home = DEFAULT_HOME, issuer: IssuerName = None) -> None:
    """Tell a system again that is told no more, or that rests: from what it missed on."""
    with opened(home) as service:
        resume_webhook(service.database, issuer=issuer or service.issuer, name=name, actor=actor(), now=clock())
    say(f"{name} is told again.")


@app.command()
def remove(name: Name, home: Home = DEFAULT_HOME, issuer: IssuerName = None) -> None:
    """Tell a system nothing more, and forget what it was told."""
    with opened(home) as service:
        remove_webhook(service.database, issuer=issuer or service.issuer, name=name, actor=actor(), now=clock())
    say(f"{name} is told nothing more.")
