"""`guildmark list`: what was issued, and how it stands."""

from __future__ import annotations

from typing import Annotated

import typer

from issuer.catalogue import Filter, Standing, count_credentials, list_credentials
from portal.cli.installation import DEFAULT_HOME, AsJson, Home, IssuerName, clock, opened
from portal.cli.terminal import print_json, say


def list_(
    search: Annotated[str | None, typer.Argument(help="Part of a person's or level's name.")] = None,
    standing: Annotated[Standing | None, typer.Option(help="Only those that stand so.")] = None,
    program: Annotated[str | None, typer.Option(help="Only this program.")] = None,
    level: Annotated[str | None, typer.Option(help="Only this level.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="At most so many.")] = 50,
    after: Annotated[str | None, typer.Option(help="Continue where the last page ended.")] = None,
    home: Home = DEFAULT_HOME,
    issuer: IssuerName = None,
    as_json: AsJson = False,
) -> None:
    """List credentials, newest first, with their ids."""
    now = clock()
    with opened(home) as service:
        wanted = Filter(issuer=issuer or service.issuer, program=program, level=level, standing=standing, search=search)
        page = list_credentials(service.database, now=now, filter_=wanted, after=after, limit=limit)
        counts = count_credentials(service.database, now=now, filter_=wanted)
    if as_json:
        print_json(
            {
                "credentials": [
                    {
                        "id": str(one.id),
                        "url": one.url,
                        "name": one.recipient_name,
                        "achievement": one.achievement_name,
                        "standing": one.standing(now),
                        "validFrom": one.valid_from.isoformat(),
                        "validUntil": one.valid_until.isoformat() if one.valid_until else None,
                    }
                    for one in page.items
                ],
                "next": page.next,
                "issued": counts.issued,
            }
        )
        return
    for one in page.items:
        until = one.valid_until.date().isoformat() if one.valid_until else "without end"
        say(f"{one.id}  {one.standing(now):<13} {until}  {one.recipient_name or '-'}, {one.achievement_name or '-'}")
    say(
        f"{counts.issued} issued: {counts.valid} valid, {counts.expired} expired, {counts.suspended} suspended, "
        f"{counts.revoked} revoked, {counts.not_yet_valid} not yet valid"
    )
    if page.next:
        say(f"More: guildmark list --after {page.next}")
