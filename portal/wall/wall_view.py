"""What stands on the wall, as values for the page. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from issuer.wall import Celebrated, Looking, Mark
from portal.pages.reading import text
from portal.pages.shared_document import initials

PATH = "/wall"
PAGE = 18
_LONGEST = 200
_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Card:
    """Something to celebrate, as whoever looks may see it. `link` is the credential's page, where that names no more.

    own: it is of him who looks, who does not applaud himself.
    """

    award_id: UUID
    who: str
    level: str
    program: str
    image: str
    day: date
    mentors: tuple[str, ...]
    link: str
    own: bool
    applause: int
    applauded: bool


@dataclass(frozen=True, slots=True)
class WallPage:
    """A part of the wall. `address` is its own; `newest` and `older` lead on, or are empty."""

    cards: tuple[Card, ...]
    address: str
    newest: str
    older: str
    program: str
    team: str


def card(one: Celebrated, viewer: UUID | None, image: Callable[[Mapping[str, Any]], str]) -> Card:
    """How it is shown to `viewer`; `image` says where an achievement's badge lies."""
    own = one.person_id == viewer
    link = f"/me/credentials/{one.credential_id}" if own else f"/credentials/{one.credential_id}"
    return Card(
        award_id=one.award_id,
        who=one.name if one.full_name else initials(one.name),
        level=text(one.content, "name"),
        program=one.program_name,
        image=image(one.content),
        day=one.awarded_on,
        mentors=one.mentors,
        link=link if own or one.full_name else "",
        own=own,
        applause=one.applause,
        applauded=one.applauded,
    )


def wall_page(
    found: Sequence[Celebrated],
    looking: Looking,
    image: Callable[[Mapping[str, Any]], str],
    carried: Mapping[str, str] = _NOTHING,
) -> WallPage:
    """The page of what was found; of one more than PAGE, only that there is more is used.

    carried: how addresses have the team (portal.sealed_search).
    """
    shown = found[:PAGE]
    return WallPage(
        cards=tuple(card(one, looking.viewer, image) for one in shown),
        address=address_of(looking, carried),
        newest=address_of(Looking(looking.viewer, looking.program, looking.team), carried) if looking.after else "",
        older=address_of(Looking(looking.viewer, looking.program, looking.team, shown[-1].mark), carried)
        if len(found) > PAGE
        else "",
        program=looking.program,
        team=looking.team,
    )


def looking_of(query: Mapping[str, str], viewer: UUID | None) -> Looking:
    """What an address asks for; what it does not say right, it does not say. Teams are for colleagues."""
    team = query.get("team", "")[:_LONGEST] if viewer is not None else ""
    return Looking(viewer, query.get("program", "")[:_LONGEST], team, _mark(query.get("after", "")))


def address_of(looking: Looking, carried: Mapping[str, str] = _NOTHING) -> str:
    """Where that part of the wall is; `carried` is how the team stands in it."""
    after = f"{looking.after[0].isoformat()}_{looking.after[1].hex}" if looking.after else ""
    given = {"program": looking.program, **(carried if looking.team else {}), "after": after}
    query = urlencode({name: value for name, value in given.items() if value})
    return f"{PATH}?{query}" if query else PATH


def _mark(text_: str) -> Mark | None:
    at, _, identifier = text_.partition("_")
    try:
        instant, found = datetime.fromisoformat(at), UUID(identifier)
    except ValueError:
        return None
    return (instant, found) if instant.tzinfo is not None else None
