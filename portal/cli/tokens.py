"""`guildmark tokens`: bearer tokens for the HTTP API."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Annotated

import typer

from issuer.api_tokens import Role, create_token, list_tokens, revoke_token
from portal.cli.installation import DEFAULT_HOME, AsJson, Home, IssuerName, actor, clock, opened
from portal.cli.terminal import print_json, say

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, add_completion=False, help="Bearer tokens for the HTTP API."
)

Name = Annotated[str, typer.Argument(help="What or whom the token is for; stands in the audit trail.")]


@app.command()
def create(
    name: Name,
    role: Annotated[
        Role, typer.Option(help="issue: may sign credentials; provision: may enter people (SCIM); manage: all.")
    ] = Role.ISSUE,
    days: Annotated[int | None, typer.Option(min=1, max=36_500, help="Days until it expires; default: never.")] = None,
    home: Home = DEFAULT_HOME,
    issuer: IssuerName = None,
    as_json: AsJson = False,
) -> None:
    """Create a token. It is shown once; only its hash is kept."""
    now = clock()
    with opened(home) as service:
        made = create_token(
            service.database,
            issuer=issuer or service.issuer,
            name=name,
            role=role,
            actor=actor(),
            now=now,
            randomness=secrets.token_bytes,
            expires_at=now + timedelta(days=days) if days else None,
        )
    if as_json:
        print_json({"name": made.token.name, "role": made.token.role, "secret": made.secret})
    else:
        say(made.secret)


@app.command("list")
def list_(home: Home = DEFAULT_HOME, issuer: IssuerName = None, as_json: AsJson = False) -> None:
    """List tokens without their secrets."""
    with opened(home) as service:
        tokens = list_tokens(service.database, issuer or service.issuer)
    if as_json:
        print_json(
            [
                {
                    "name": token.name,
                    "role": token.role,
                    "created": token.created_at.isoformat(),
                    "expires": token.expires_at.isoformat() if token.expires_at else None,
                    "revoked": token.revoked_at.isoformat() if token.revoked_at else None,
                }
                for token in tokens
            ]
        )
        return
    for token in tokens:
        end = "revoked" if token.revoked_at else f"until {token.expires_at:%Y-%m-%d}" if token.expires_at else "no end"
        say(f"{token.name}  {token.role}  {end}")


@app.command()
def revoke(name: Name, home: Home = DEFAULT_HOME, issuer: IssuerName = None) -> None:
    """Revoke a token."""
    with opened(home) as service:
        revoke_token(service.database, issuer=issuer or service.issuer, name=name, actor=actor(), now=clock())
    say(f"The token {name} is revoked.")
