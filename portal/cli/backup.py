"""`guildmark backup`: a copy of an installation, made while it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from portal.cli.installation import DEFAULT_HOME, AsJson, Home, clock, opened
from portal.cli.terminal import print_json, say


def backup(
    place: Annotated[Path, typer.Argument(help="A new directory; or a new file, if the name ends with .tar.")],
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Copy an installation while it runs: database, sealed keys and settings, but never what unseals the keys."""
    from portal.backups.making import make_backup
    from portal.pages.rendering import product_version

    with opened(home) as service:
        made = make_backup(service.settings, service.database, place, version=product_version() or "0", now=clock())
    manifest = made.manifest
    if as_json:
        print_json({"place": str(made.place), "sha256": manifest.digest, **manifest.model_dump(mode="json")})
        return
    size = sum(part.bytes for part in manifest.parts)
    keys = sum(part.name.startswith("keys/") for part in manifest.parts)
    say(f"{made.place} holds {manifest.credentials:,} issued credentials and {keys} sealed keys ({size:,} bytes).")
    say(f"  audit trail  {manifest.audit_head.sequence}:{manifest.audit_head.hash}")
    say(f"  manifest     sha256 {manifest.digest}  (write it down elsewhere: it names the whole backup)")
    for one in manifest.left_out:
        say(f"  not in it    {one}")
    say("The sealed keys are as safe as what unseals them: keep that elsewhere, and never beside the backup.")
