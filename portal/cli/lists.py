"""`guildmark lists`: how large and how full the status lists are, and how large new ones will be."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Annotated

import typer

from issuer.list_sizes import ListSize, list_sizes, resize
from portal.cli.installation import DEFAULT_HOME, AsJson, Home, IssuerName, actor, clock, opened
from portal.cli.terminal import print_json, say

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    help="Status lists: how large and how full they are, and how large new ones will be.",
)


@app.command("show")
def show(home: Home = DEFAULT_HOME, issuer: IssuerName = None, as_json: AsJson = False) -> None:
    """Show every status list of an issuer: its address, how many places are given out, and its edition."""
    with opened(home) as service:
        lists = list_sizes(service.database, issuer or service.issuer)
    if as_json:
        print_json([_as_json(one) for one in lists])
        return
    for one in lists:
        state = "open" if one.is_open else "closed"
        say(f"{one.purpose:<10}  {one.used:>10,} of {one.size:>10,}  {state:<6}  edition {one.edition:>6}  {one.url}")
    if not lists:
        say("There is no status list yet: the first credential opens one.")


@app.command("resize")
def resize_(
    size: Annotated[int, typer.Argument(help="Entries of a list, from 131072 to 10000000.")],
    home: Home = DEFAULT_HOME,
    issuer: IssuerName = None,
    as_json: AsJson = False,
) -> None:
    """Give new credentials places in lists of another size; lists that are there stay as they are."""
    with opened(home) as service:
        made = resize(
            service.database,
            issuer=issuer or service.issuer,
            size=size,
            actor=actor(),
            now=clock(),
            randomness=secrets.token_bytes,
        )
    if as_json:
        print_json([str(one) for one in made])
    elif made:
        say(f"New credentials get their status in lists of {size:,} entries.")
    else:
        say(f"The open lists have {size:,} entries already.")


@app.command("keep")
def keep(
    directory: Annotated[Path, typer.Argument(help="Where copies lie; best on another machine. It is made if needed.")],
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Copy every published list to a directory, for `guildmark restore --lists`; a timer may do so every minute."""
    from issuer.kept_lists import published_lists

    directory.mkdir(parents=True, exist_ok=True)
    changed = 0
    with opened(home) as service:
        lists = published_lists(service.database)
    for list_id, body in lists:
        target = directory / f"{list_id}.json"
        if target.exists() and target.read_bytes() == body:
            continue
        fresh = directory / f".{list_id}.new"
        with fresh.open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(target)
        changed += 1
    if as_json:
        print_json({"lists": len(lists), "changed": changed})
    else:
        say(f"{directory} holds {len(lists)} lists; {changed} of them changed.")


def _as_json(one: ListSize) -> dict[str, object]:
    return {
        "id": str(one.id),
        "url": one.url,
        "purpose": one.purpose,
        "size": one.size,
        "used": one.used,
        "open": one.is_open,
        "edition": one.edition,
        "published_at": one.published_at.isoformat() if one.published_at else None,
    }
