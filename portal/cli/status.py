"""`guildmark revoke`, `suspend` and `reinstate`: change what strangers see of a credential."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from portal.cli.installation import DEFAULT_HOME, AsJson, Home, actor, clock, credential_id, keyring_of, opened
from portal.cli.terminal import print_json, say

Credential = Annotated[str, typer.Argument(help="The credential's id or address.")]
Reason = Annotated[str, typer.Option(prompt="Reason (strangers can read it)", help="Why; strangers can read it.")]


def revoke(credential: Credential, reason: Reason, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Revoke a credential for good; strangers see it at once."""
    from issuer.status import revoke as change

    _change(change, home, credential, reason, as_json)


def suspend(credential: Credential, reason: Reason, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Suspend a credential until it is reinstated."""
    from issuer.status import suspend as change

    _change(change, home, credential, reason, as_json)


def reinstate(credential: Credential, reason: Reason, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Make a suspended credential valid again."""
    from issuer.status import reinstate as change

    _change(change, home, credential, reason, as_json)


def _change(change: Callable[..., Any], home: Path, credential: str, reason: str, as_json: bool) -> None:
    with opened(home) as service:
        done = change(
            service.database,
            keyring_of(service),
            credential_id=credential_id(service, credential),
            reason=reason,
            actor=actor(),
            now=clock(),
        )
    if as_json:
        print_json({"id": str(done.credential_id), "change": done.change, "at": done.at.isoformat()})
    else:
        say(f"{done.credential_id} is {done.change}; the status list that says so is published.")
