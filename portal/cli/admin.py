"""`guildmark admin`: who may do what in the portal. The first admin is named here; he can then name others there."""

from __future__ import annotations

import secrets
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

import typer

from portal.cli.installation import DEFAULT_HOME, AsJson, Home, IssuerName, actor, clock, opened
from portal.cli.terminal import print_json, say
from portal.service import Service

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    help="Who may do what in the portal: give roles, take them away, sign people out.",
)

Email = Annotated[str, typer.Argument(help="One of the person's e-mail addresses in the directory.")]


class GivenRole(StrEnum):
    """Roles that are given by name; managers follow from the directory."""

    ADMIN = "admin"
    AUDITOR = "auditor"
    ASSESSOR = "assessor"


RoleName = Annotated[
    GivenRole,
    typer.Argument(help="admin: everything; auditor: reads the audit trail; assessor: sees who is to be assessed."),
]


@app.command()
def grant(email: Email, role: RoleName, home: Home = DEFAULT_HOME, issuer: IssuerName = None) -> None:
    """Give somebody of the directory a role. It counts at once."""
    from issuer.sign_in.role_grants import grant_role
    from issuer.sign_in.roles import Role

    with opened(home) as service:
        new = grant_role(
            service.database,
            issuer=issuer or service.issuer,
            email=email,
            role=Role(role.value),
            actor=actor(),
            now=clock(),
            today=_today(service),
        )
        ways = service.settings.oidc_issuer is not None or service.settings.mails_links
    say(f"{email} is {role.value} now." if new else f"{email} is {role.value} already.")
    if not ways:
        say("No way to sign in is set (oidc_issuer, or smtp_host to mail links); `guildmark admin link` makes a link.")


@app.command()
def revoke(email: Email, role: RoleName, home: Home = DEFAULT_HOME, issuer: IssuerName = None) -> None:
    """Take a role away. It ends at once, also where the person is signed in; what a group gives stays."""
    from issuer.sign_in.role_grants import revoke_role
    from issuer.sign_in.roles import Role

    with opened(home) as service:
        revoke_role(
            service.database,
            issuer=issuer or service.issuer,
            email=email,
            role=Role(role.value),
            actor=actor(),
            now=clock(),
        )
    say(f"{email} is not {role.value} any more.")


@app.command("list")
def list_(home: Home = DEFAULT_HOME, issuer: IssuerName = None, as_json: AsJson = False) -> None:
    """List who was given which role, by whom."""
    from issuer.sign_in.role_grants import role_grants

    with opened(home) as service:
        found = role_grants(service.database, issuer=issuer or service.issuer)
        groups = service.settings.oidc_roles
    if as_json:
        grants: list[dict[str, Any]] = [
            {
                "role": one.role.value,
                "person": str(one.person_id),
                "name": one.name,
                "email": one.email,
                "grantedBy": one.granted_by,
                "grantedAt": one.granted_at.isoformat(),
            }
            for one in found
        ]
        print_json({"grants": grants, "groups": dict(groups)})
        return
    for one in found:
        address = f" <{one.email}>" if one.email else ""
        say(f"{one.role.value:<9} {one.name}{address}  by {one.granted_by}, {one.granted_at:%Y-%m-%d}")
    for group, role in groups.items():
        say(f"{role:<9} everyone in the provider's group {group}")
    if not found and not groups:
        say("Nobody was given a role. The first admin: guildmark admin grant EMAIL admin")


@app.command()
def link(email: Email, home: Home = DEFAULT_HOME) -> None:
    """Print a link that signs somebody in, once, within 15 minutes. It stands in the audit trail that there was one."""
    from issuer.sign_in.one_time_links import make_link

    with opened(home) as service:
        made = make_link(
            service.database,
            email=email,
            base_url=service.base_url,
            actor=actor(),
            now=clock(),
            today=_today(service),
            randomness=secrets.token_bytes,
        )
    say(made)


@app.command("sign-out")
def sign_out(email: Email, home: Home = DEFAULT_HOME) -> None:
    """Sign somebody out everywhere: a device was lost, or somebody else was at it."""
    from issuer.sign_in.sessions import sign_out as end

    with opened(home) as service:
        ended = end(service.database, email=email, actor=actor(), now=clock())
    say(f"{email} was signed in {ended} times, and is not any more." if ended else f"{email} was not signed in.")


def _today(service: Service) -> date:
    return clock().astimezone(service.settings.zone).date()
