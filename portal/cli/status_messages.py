"""`guildmark status`: what a credential's status tells besides being revoked or suspended."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from portal.cli import selecting
from portal.cli.installation import (
    DEFAULT_HOME,
    AsJson,
    Home,
    IssuerName,
    actor,
    clock,
    credential_id,
    keyring_of,
    opened,
)
from portal.cli.selecting import EarnedBefore, ExpiringBefore, IdsFrom, Level, Persons, Program, Query, Yes
from portal.cli.terminal import print_json, say

if TYPE_CHECKING:
    from uuid import UUID

    from issuer.bulk_status import StatusOutcome
    from portal.service import Service

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    help="What a credential's status tells besides being revoked or suspended: the issuer's message.",
)

One = Annotated[str, typer.Argument(help="The credential's id or address.")]
Given = Annotated[
    list[str],
    typer.Argument(help="The credential's id or address, and the message; or the message alone, and which to select."),
]


@app.command("show")
def show(credential: One, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Show what a credential's status message says, and what else it can say."""
    from issuer.status_told import messages_of

    with opened(home) as service:
        found = messages_of(service.database, credential_id(service, credential))
    if as_json:
        print_json({"message": found.word, "messages": list(found.words)} if found else {"message": None})
        return
    if found is None:
        say("It was issued without a status message.")
        return
    for value, word in enumerate(found.words):
        say(f"{'*' if value == found.value else ' '} {word}")


@app.command("message")
def message(
    given: Given,
    person: Persons = None,
    program: Program = None,
    level: Level = None,
    query: Query = None,
    expiring_before: ExpiringBefore = None,
    earned_before: EarnedBefore = None,
    ids_from: IdsFrom = None,
    yes: Yes = False,
    home: Home = DEFAULT_HOME,
    issuer: IssuerName = None,
    as_json: AsJson = False,
) -> None:
    """Let a credential's status say one of its messages, or the status of many; none becomes invalid by it."""
    if len(given) > 2:
        raise typer.BadParameter("put the message into quotation marks")
    credential, word = (given[0], given[1]) if len(given) == 2 else (None, given[0])
    with opened(home) as service:
        ids = _chosen(
            service, credential, issuer, person, program, level, query, expiring_before, earned_before, ids_from
        )
        if credential is not None:
            _say_one(service, ids[0], word, as_json)
            return
        count = f"{len(ids)} credential{'' if len(ids) == 1 else 's'}"
        if not ids:
            raise typer.BadParameter("no credential is selected so")
        if not yes and not typer.confirm(f"Let {count} say “{word}”?"):
            raise typer.Exit(1)
        _tell(_say_many(service, ids, word), word, as_json)


def _chosen(
    service: Service,
    credential: str | None,
    issuer: str | None,
    persons: list[str] | None,
    program: str | None,
    level: str | None,
    query: str | None,
    expiring_before: datetime | None,
    earned_before: datetime | None,
    ids_from: Path | None,
) -> tuple[UUID, ...]:
    """Of those that are selected, those that are not revoked."""
    from issuer.selection import select_credentials

    choice = selecting.choice(
        service, issuer=issuer, credential=credential, persons=persons, program=program, level=level, query=query,
        expiring_before=expiring_before, earned_before=earned_before, ids_from=ids_from,
    )  # fmt: skip
    if choice.single:
        return choice.selection.ids
    return tuple(one.id for one in select_credentials(service.database, choice.selection) if one.row.revoked_at is None)


def _say_one(service: Service, identifier: UUID, word: str, as_json: bool) -> None:
    from issuer.bulk_status import Result
    from issuer.status_told import say as tell

    done = tell(
        service.database, keyring_of(service), credential_id=identifier, message=word, actor=actor(), now=clock()
    )
    if as_json:
        print_json({"id": str(identifier), "message": word, "changed": done.result is Result.DONE})
    elif done.result is Result.DONE:
        say(f"{identifier} says “{word}”; the status list that says so is published.")
    else:
        say(done.detail)


def _say_many(service: Service, ids: tuple[UUID, ...], word: str) -> list[StatusOutcome]:
    from issuer.bulk_status import CHUNK_SIZE
    from issuer.status_told import say_many

    keyring = keyring_of(service)
    found: list[StatusOutcome] = []
    for start in range(0, len(ids), CHUNK_SIZE):
        chunk = ids[start : start + CHUNK_SIZE]
        found += say_many(service.database, keyring, credential_ids=chunk, message=word, actor=actor(), now=clock())
    return found


def _tell(outcomes: list[StatusOutcome], word: str, as_json: bool) -> None:
    done = [one for one in outcomes if one.edition is not None]
    left = [one for one in outcomes if one.edition is None]
    if as_json:
        print_json(
            {
                "message": word,
                "changed": [str(one.credential_id) for one in done],
                "left": [{"id": str(one.credential_id), "why": one.detail} for one in left],
            }
        )
        return
    say(f"{len(done)} say{'s' if len(done) == 1 else ''} “{word}”; the status lists are published.")
    for one in left:
        say(f"  left as it was: {one.detail}")
