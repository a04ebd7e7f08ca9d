"""`guildmark erase`: remove what identifies a person."""

from __future__ import annotations

from typing import Annotated

import typer

from portal.cli.installation import DEFAULT_HOME, AsJson, Home, actor, clock, opened
from portal.cli.selecting import OnlyPreview, Yes
from portal.cli.terminal import complain, print_json, say


def erase(
    email: Annotated[str, typer.Argument(help="An e-mail address of the person.")],
    preview: OnlyPreview = False,
    yes: Yes = False,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Erase a person, for good: names, addresses, and what his credentials say; their status goes on being published.

    What others hold already (a badge in a wallet, a copy, a backup) is out of reach; a badge can be revoked first.
    """
    from issuer.erasure import erase_person, erase_preview, scrub

    with opened(home) as service:
        shown = erase_preview(service.database, email, now=clock())
        if not as_json:
            say(f"{shown.name} ({', '.join(shown.addresses)}) would be erased:")
            say(f"  {shown.credentials} credentials, {shown.valid} of them valid now, lose what they say")
            say(f"  {shown.proposals} proposals lose text and evidence; {shown.messages} messages are emptied")
            for sentence in shown.stays:
                say(f"  stays: {sentence}")
        if preview:
            if as_json:
                print_json(
                    {
                        "person": str(shown.person_id),
                        "credentials": shown.credentials,
                        "valid": shown.valid,
                        "proposals": shown.proposals,
                        "messages": shown.messages,
                        "stays": list(shown.stays),
                    }
                )
            return
        if not yes and not typer.confirm("This cannot be undone. Erase this person?"):
            complain("nothing was changed.")
            raise typer.Exit(1)
        done = erase_person(service.database, email=email, actor=actor(), now=clock())
        rewritten = scrub(service.database)
    if as_json:
        print_json({"person": str(done.person_id), "credentials": [str(one) for one in done.credentials]})
        return
    say(f"Erased. What is left is the number {done.person_id}, which stands in the audit trail.")
    if not rewritten:
        say("Run VACUUM on the database, and see to its backups: they hold what was there before.")
