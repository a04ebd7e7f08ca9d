"""`guildmark restore`: bring a backup back in an empty place."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from portal.cli.installation import DEFAULT_HOME, AsJson, Home, actor, clock
from portal.cli.terminal import complain, print_json, say


def restore(
    place: Annotated[Path, typer.Argument(help="The backup: a directory, or a .tar file.", exists=True)],
    lists: Annotated[
        Path | None,
        typer.Option(
            help="Directory with later copies of the published status lists, as `guildmark lists keep` makes them.",
            exists=True,
            file_okay=False,
        ),
    ] = None,
    without_later_lists: Annotated[
        bool,
        typer.Option(
            "--without-later-lists",
            help="There are no such copies: what was revoked after the backup will have to be revoked again.",
        ),
    ] = False,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Bring a backup back in an empty place: no status place is given out twice, nothing goes back from revoked.

    The exit status is 0 if all is as it must be afterwards, and 1 if not.
    """
    from portal.backups.restoring import restore as bring_back

    if (lists is None) != without_later_lists:
        complain(
            "what was revoked after the backup is known only from later copies of the status lists: name their "
            "directory with --lists, or say with --without-later-lists that there are none"
        )
        raise typer.Exit(2)
    done = bring_back(place, home, lists=lists, environment=dict(os.environ), actor=actor(), clock=clock)
    went, manifest = done.continued, done.manifest
    if as_json:
        print_json(
            {
                "sound": done.health.sound,
                "madeAt": manifest.made_at,
                "sha256": manifest.digest,
                "listsClosed": [str(one) for one in went.closed],
                "listsEntered": [str(one) for one in went.entered],
                "keptLists": done.kept,
                "changed": went.changed,
                "lost": went.lost,
                "signedOut": went.signed_out,
                "faults": [fault for one in done.health.examinations for fault in one.faults],
            }
        )
    else:
        say(f"{home} stands as it did on {manifest.made_at}: {manifest.credentials:,} issued credentials.")
        say(f"  status lists  {len(went.closed)} closed, so that no place is given out twice; all published anew")
        if lists is not None:
            say(f"  kept lists    {done.kept} read; {len(went.entered)} opened after the backup are entered again")
            say(f"  taken over    {went.changed} credentials on record are revoked or suspended again")
            say(f"  lost          {went.lost} that were issued after the backup stay revoked or suspended, by place")
        say(f"  signed out    {went.signed_out} sessions")
        say("What cannot be known, and is yours to find out:")
        say("  - credentials issued after the backup: holders’ copies verify, but are not on record here")
        if lists is None:
            say("  - revocations and suspensions after the backup: repeat them before you serve")
        say("  - awards, decisions, people and roles entered since; API tokens and roles taken away since hold again")
        say("  - mail that was waiting then may go out a second time")
        for one in done.health.examinations:
            for fault in one.faults:
                complain(f"{one.name}: {fault}")
        say("All is as it must be." if done.health.sound else "Something is not as it must be.")
    if not done.health.sound:
        raise typer.Exit(1)
