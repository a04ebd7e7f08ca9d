"""How commands are told which credentials they are about, and how they show whom that touches before they ask."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portal.cli.installation import credential_id
from portal.cli.terminal import complain, say

if TYPE_CHECKING:
    from issuer.preview import Preview
    from issuer.selection import Selected, Selection
    from portal.service import Service

SHOWN = 20

Credential = Annotated[str | None, typer.Argument(help="The credential's id or address; or select many, as below.")]
Persons = Annotated[list[str] | None, typer.Option("--person", help="Those of the person with this e-mail address.")]
Program = Annotated[str | None, typer.Option(help="Those of this program.")]
Level = Annotated[str | None, typer.Option(help="Those of this level, as program/level.")]
Query = Annotated[str | None, typer.Option(help="Those with this in a person's, level's or program's name.")]
ExpiringBefore = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Those that expire before this day.")
]
EarnedBefore = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Those that were earned before this day.")
]
IdsFrom = Annotated[
    Path | None, typer.Option(help="Those whose ids or addresses are in this file, one a line; - reads.")
]
OnlyPreview = Annotated[bool, typer.Option("--preview", help="Show whom it touches, and change nothing.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before many are changed.")]


@dataclass(frozen=True, slots=True)
class Choice:
    """What was given on the command line; `single` if it is one credential, named by itself."""

    selection: Selection
    single: bool


def choice(
    service: Service,
    *,
    issuer: str | None,
    credential: str | None,
    persons: list[str] | None,
    program: str | None,
    level: str | None,
    query: str | None,
    expiring_before: datetime | None,
    earned_before: datetime | None,
    ids_from: Path | None,
) -> Choice:
    """The selection that the options mean. Raises typer.BadParameter, Refused for a level that is written wrong."""
    from issuer.selection import Selection, level_named

    others = any((persons, program, level, query, expiring_before, earned_before, ids_from))
    if (credential is None) == (not others):
        raise typer.BadParameter("name one credential, or select with --person, --level, --ids-from and the like")
    ids = (credential_id(service, credential),) if credential is not None else _ids(service, ids_from)
    selection = Selection(
        issuer=issuer or service.issuer,
        persons=tuple(persons or ()),
        program=program,
        level=level_named(level) if level else None,
        query=query,
        expiring_before=_day(expiring_before),
        earned_before=_day(earned_before),
        ids=ids,
    )
    return Choice(selection, credential is not None)


def _day(given: datetime | None) -> date | None:
    return given.date() if given is not None else None


def _ids(service: Service, file: Path | None) -> tuple[Any, ...]:
    if file is None:
        return ()
    text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8-sig")
    words = [line.split(",")[0].split(";")[0].strip() for line in text.splitlines()]
    found = tuple(dict.fromkeys(credential_id(service, word) for word in words if word and not word.startswith("#")))
    if not found:
        raise typer.BadParameter(f"{file} holds no ids of credentials")
    return found


_TAKING_BACK = frozenset({"revoked", "suspended"})


def show(preview: Preview, verb: str) -> None:
    """Whom a change touches, whom it cannot, and how many would be told."""
    count = len(preview.touched)
    say(f"{_many(count, 'credential')} of {_many(preview.people, 'person', 'people')} would be {verb}.")
    for name, number in preview.levels if count else ():
        say(f"  {number:>6}  {name}")
    for one in preview.touched[:SHOWN]:
        say(f"  {one.id}  {line_of(one)}")
    if count > SHOWN:
        say(f"  … and {count - SHOWN} more")
    if verb in _TAKING_BACK and (left := preview.replaced_elsewhere):
        say(f"{_many(len(left), 'of them was', 'of them were')} replaced since; the newer credential stays as it is:")
        for one in left[:SHOWN]:
            say(f"  {one.id} leads to {one.successor_id}")
    if preview.already:
        say(f"{_many(len(preview.already), 'credential')} would be left alone: nothing is to be done there.")
    if preview.refused:
        say(f"{_many(len(preview.refused), 'credential')} cannot be {verb}:")
        for one, why in preview.refused[:SHOWN]:
            say(f"  {one.name or '-'}: {why}")
        if len(preview.refused) > SHOWN:
            say(f"  … and {len(preview.refused) - SHOWN} more")
    say(f"{_many(preview.told, 'person', 'people')} would get a message.")


def line_of(one: Selected) -> str:
    """A credential in one line: whose, what, until when."""
    until = one.row.valid_until.date().isoformat() if one.row.valid_until else "without end"
    return f"{one.name or '-'}, {one.level_name}, {until}"


def preview_json(preview: Preview) -> dict[str, Any]:
    """The same for scripts."""
    return {
        "touched": [str(one.id) for one in preview.touched],
        "already": [str(one.id) for one in preview.already],
        "refused": [{"id": str(one.id), "why": why} for one, why in preview.refused],
        "people": preview.people,
        "messages": preview.told,
    }


def ask(preview: Preview, question: str, *, yes: bool) -> None:
    """Ask before many are changed. Raises typer.Exit if the answer is no, or if there is nothing to do."""
    if not preview.touched:
        complain("there is nothing to change.")
        raise typer.Exit(1 if preview.refused else 0)
    if not yes and not typer.confirm(question):
        complain("nothing was changed.")
        raise typer.Exit(1)


def _many(count: int, one: str, more: str | None = None) -> str:
    return f"{count} {one if count == 1 else more or one + 's'}"
