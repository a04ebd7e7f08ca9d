"""What a manager wants to see, as the address of his page says it, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from starlette.datastructures import QueryParams

from issuer.people.team_matrix import Asking, Only, Order, Reach
from portal.sealed_search import Sought

PATH = "/team"
FILE = "/team/people.csv"
LAST_PAGE = 10_000
Word = TypeVar("Word", bound=StrEnum)


def asking_of(sought: Sought, query: QueryParams) -> Asking:
    """What an address asks for; what is not understood is left out."""
    page = query.get("page", "")
    return Asking(
        reach=_member(Reach, sought.value("people")) or Reach.DIRECT,
        program=sought.value("program") or None,
        team=sought.value("team") or None,
        only=_member(Only, sought.value("only")),
        order=_member(Order, sought.value("order")) or Order.NAME,
        page=min(int(page), LAST_PAGE) if page.isascii() and page.isdecimal() and len(page) < 9 else 0,
        after=_uuid(query.get("after", "")),
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def address_of(asking: Asking, carried: Mapping[str, str], path: str = PATH, **changes: Any) -> str:
    """The address of a page that asks for it, with some of it changed; `carried` is how the team stands in it."""
    wanted = replace(asking, **changes)
    said = {
        "people": wanted.reach.value if wanted.reach is not Reach.DIRECT else None,
        "program": wanted.program,
        **(carried if wanted.team else {}),
        "only": wanted.only.value if wanted.only is not None else None,
        "order": wanted.order.value if wanted.order is not Order.NAME else None,
        "page": str(wanted.page) if wanted.page and path == PATH else None,
        "after": str(wanted.after) if wanted.after is not None and path == PATH else None,
    }
    query = urlencode({name: value for name, value in said.items() if value is not None})
    return f"{path}?{query}" if query else path


def _member(words: type[Word], text: str | None) -> Word | None:
    return next((one for one in words if one.value == text), None)
