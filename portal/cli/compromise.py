"""`guildmark keys compromise`: the drill for a key that somebody else may have (docs/keys.md)."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portal.cli import selecting
from portal.cli.installation import DEFAULT_HOME, AsJson, Home, IssuerName, actor, clock, keyring_of, opened
from portal.cli.terminal import print_json, say

if TYPE_CHECKING:
    from issuer.compromise import Compromised, SignedBy
    from issuer.selection import Selected

_INSTANTS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ"]


def compromise(
    fragment: Annotated[str, typer.Argument(metavar="KEY", help="The key's id, or what stands in it behind the #.")],
    since: Annotated[
        datetime | None,
        typer.Option(formats=_INSTANTS, help="Since when others may have signed with it, in UTC; default: now."),
    ] = None,
    reason: Annotated[
        str, typer.Option(help="What happened; it stands in the audit trail and in the revocations.")
    ] = "The key that signed it may be in other hands.",
    signer: Annotated[
        str | None, typer.Option(help="Where the new key is, if this one still signs: see `guildmark keys rotate`.")
    ] = None,
    leave: Annotated[
        bool, typer.Option("--leave", help="Sign nothing anew: what this key signed stays without a valid signature.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without this, only what would be done is shown.")] = False,
    home: Home = DEFAULT_HOME,
    issuer: IssuerName = None,
    as_json: AsJson = False,
) -> None:
    """Say that a key may be in other hands: list what it signed, publish that, and sign all of it anew."""
    from issuer.compromise import compromise as carried_out
    from issuer.compromise import signed_by
    from issuer.jobs.table import BULK
    from portal.logs import configure_logging
    from portal.worker import nudge

    name, instant = fragment.rpartition("#")[2], since.replace(tzinfo=UTC) if since is not None else None
    with opened(home) as service:
        configure_logging("error")
        whose, now = issuer or service.issuer, clock()
        found = signed_by(service.database, issuer=whose, fragment=name, since=instant, now=now)
        done = None
        if yes:
            done = carried_out(
                service.database, keyring_of(service), issuer=whose, fragment=name, since=instant, reason=reason,
                held_at=signer, sign_anew=not leave, actor=actor(), now=now, randomness=secrets.token_bytes,
            )  # fmt: skip
            nudge(service, BULK)
    if as_json:
        print_json(_as_json(found, done))
        return
    _show(found)
    if done is None:
        say("Nothing was changed. Do it with --yes.")
    else:
        _tell(done)


def _show(found: SignedBy) -> None:
    doubtful = found.doubtful
    when = f"since {found.since:%Y-%m-%d %H:%M:%SZ}" if found.since is not None else "since it was made"
    say(f"{found.key.verification_method} ({found.key.state}, {found.key.key_uri})")
    say(f"  signed {len(found.signed)} credentials, {len(doubtful)} of them {when}")
    for one in doubtful[: selecting.SHOWN]:
        say(f"    {_line(one)}")
    if len(doubtful) > selecting.SHOWN:
        say(f"    … and {len(doubtful) - selecting.SHOWN} more: --json lists all")
    if doubtful:
        say("  Were all of these decided? The audit trail tells of each; one that nobody decided is a forgery.")
    say(f"  {len(found.preview.touched)} still stand and are signed anew; {found.preview.told} people are told")
    for one, why in found.preview.refused:
        say(f"    left: {one.id}: {why}")
    if found.copies:
        say(f"  {found.copies} copies for wallets bear its signature: their holders fetch new ones")


def _tell(done: Compromised) -> None:
    if done.new is not None:
        say(f"active       {done.new.verification_method} ({done.new.key_uri})")
    say(f"compromised  {done.key.verification_method}")
    say(f"             published as revoked since {done.key.doubted_from:%Y-%m-%dT%H:%M:%SZ}")
    if done.bulk is None:
        say("Nothing is left to be signed anew.")
        return
    say(f"A worker signs {done.bulk.total} credentials anew: bulk {done.bulk.id}")
    say(f"  guildmark bulk watch {done.bulk.id}")


def _line(one: Selected) -> str:
    signed = one.row.issued_at or one.row.created_at
    return f"{signed:%Y-%m-%d %H:%M}  {one.id}  {one.program}/{one.level}  {one.name}"


def _as_json(found: SignedBy, done: Compromised | None) -> dict[str, Any]:
    anew = {one.id for one in found.preview.touched}
    left = {one.id: why for one, why in found.preview.refused}
    return {
        "key": found.key.verification_method,
        "since": found.since.isoformat() if found.since is not None else None,
        "signed": [
            {
                "id": str(one.id),
                "level": f"{one.program}/{one.level}",
                "signedAt": (one.row.issued_at or one.row.created_at).isoformat(),
                "doubtful": found.is_doubtful(one),
                "signedAnew": one.id in anew,
                **({"why": left[one.id]} if one.id in left else {}),
            }
            for one in found.signed
        ],
        "walletCopies": found.copies,
        "done": None
        if done is None
        else {
            "newKey": done.new.verification_method if done.new is not None else None,
            "bulk": str(done.bulk.id) if done.bulk is not None else None,
        },
    }
