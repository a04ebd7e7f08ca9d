"""`guildmark lti`: learning platforms in whose courses levels stand (LTI 1.3)."""

from __future__ import annotations

import secrets
from typing import Annotated

import typer

from portal.cli.installation import DEFAULT_HOME, AsJson, Home, IssuerName, actor, clock, keyring_of, opened
from portal.cli.terminal import print_json, say

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    help="Learning platforms in whose courses levels stand (LTI 1.3).",
)
Name = Annotated[str, typer.Argument(help="A short name, as the programs' learning: rules call it.")]


@app.command()
def add(
    name: Name,
    iss: Annotated[str, typer.Option("--platform", help="What the platform calls itself (issuer).")],
    client_id: Annotated[str, typer.Option(help="The client ID that it made for this tool.")],
    deployment: Annotated[list[str], typer.Option(help="The deployment ID; may be given several times.")],
    auth_url: Annotated[str, typer.Option(help="Its authentication request URL.")],
    token_url: Annotated[str, typer.Option(help="Its access token URL.")],
    keys_url: Annotated[str, typer.Option(help="Its public keyset URL.")],
    audience: Annotated[str, typer.Option(help="Whom its token URL wants named, if not itself.")] = "",
    passing: Annotated[int, typer.Option(help="The percentage from which a grade is passed.")] = 80,
    trust_addresses: Annotated[
        bool, typer.Option("--trust-addresses", help="It vouches for people's mail addresses.")
    ] = False,
    home: Home = DEFAULT_HOME,
    issuer: IssuerName = None,
    as_json: AsJson = False,
) -> None:
    """Register a platform, and show what is entered there."""
    from issuer.lti.platforms import Registration, add_platform
    from portal.lti.tool import own_key, tool_addresses
    from portal.webhooks import fault_of_address

    said = Registration(
        name, iss, client_id, tuple(deployment), auth_url, token_url, keys_url, audience, trust_addresses, passing
    )
    with opened(home) as service:
        keyring = keyring_of(service)
        made = add_platform(
            service.database,
            keyring,
            said,
            issuer=issuer or service.issuer,
            fault_of_address=lambda url: fault_of_address(service, url),
            actor=actor(),
            now=clock(),
            randomness=secrets.token_bytes,
        )
        own_key(service, keyring, actor=actor(), issuer=issuer)
        own = tool_addresses(service)
    if as_json:
        told = {"login": own.login, "launch": own.launch, "keys": own.keys, "register": own.register}
        print_json({"id": str(made.id), **told})
        return
    say(f"The platform {name} is registered. Enter there:")
    say(f"  Tool URL, redirection URI, deep linking URL  {own.launch}")
    say(f"  Initiate login URL                           {own.login}")
    say(f"  Public keyset URL                            {own.keys}")


@app.command("list")
def list_(home: Home = DEFAULT_HOME, issuer: IssuerName = None, as_json: AsJson = False) -> None:
    """List the platforms that are registered."""
    from issuer.lti.platforms import list_platforms
    from portal.lti.tool import tool_addresses

    with opened(home) as service:
        found = list_platforms(service.database, issuer or service.issuer)
        register = tool_addresses(service).register
    if as_json:
        print_json(
            [
                {
                    "id": str(one.id),
                    "name": one.said.name,
                    "platform": one.said.iss,
                    "client_id": one.said.client_id,
                    "deployments": list(one.said.deployments),
                    "passing": one.said.passing,
                    "trusts_addresses": one.said.trusts_addresses,
                }
                for one in found
            ]
        )
        return
    for one in found:
        trusted = ", vouches for mail addresses" if one.said.trusts_addresses else ""
        say(f"{one.said.name}  {one.said.iss}  client {one.said.client_id}, passed from {one.said.passing} %{trusted}")
    if not found:
        say(f"There is none; `guildmark lti add` registers one, or an admin with {register} at the platform.")


@app.command()
def remove(name: Name, home: Home = DEFAULT_HOME, issuer: IssuerName = None) -> None:
    """Take nothing from a platform any more. What its grades led to stays."""
    from issuer.lti.platforms import remove_platform

    with opened(home) as service:
        remove_platform(service.database, issuer=issuer or service.issuer, name=name, actor=actor(), now=clock())
    say(f"Nothing is taken from the platform {name} any more.")
