"""Searches whose words stand in no address as they were typed (docs/adr/0053).

An address is written down by proxies, histories and Referer. So a form of a search is sent as any other, and leads
(303) to its page with what was typed, or chosen of people and teams, in one sealed value, `sought`; what is of nobody
(a program, a state, an order, a day) and ids stay readable beside it. Pages, orders and files carry the value on.

A sealed value opens for whoever sealed it, on the pages of that search. With another's, or one that was altered, the
search is empty, and the page says why. Words that stand in an address by hand are sealed before anything is searched.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import FastAPI, Request
from starlette.datastructures import QueryParams
from starlette.responses import RedirectResponse, Response

from issuer.link_secret import known_link_secret, link_secret
from keys.sealed_words import open_words, seal_words
from portal.forms import Form
from portal.pages.site import site_of
from portal.service import Service
from portal.sign_in.showing import for_him_alone
from portal.sign_in.who import Person

FIELD: Final = "sought"
LONGEST: Final = 200
"""Characters of one word."""


@dataclass(frozen=True, slots=True)
class SearchPage:
    """A search: the path of its page, the fields that are sealed, and those that an address may show."""

    path: str
    sealed: tuple[str, ...]
    shown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sought:
    """What somebody looks for. `words` are all fields that are filled in, by name.

    query: the same as addresses have it; carried: of that, what the sealed fields are in them. unread: something was
    sealed that does not open, so that more is found than whoever made it meant; nothing may be done to all of that.
    """

    words: Mapping[str, str]
    query: Mapping[str, str]
    carried: Mapping[str, str] = field(default_factory=dict)
    unread: bool = False

    def value(self, name: str) -> str:
        """What is looked for in a field; "" if nothing is."""
        return self.words.get(name, "")


class SealFirst(Exception):  # noqa: N818  (no error: the way to the sealed address)
    """Words stand readable in the address; `path` is the same with them sealed."""

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__("words in an address")


def sought_in(request: Request, service: Service, person: Person, page: SearchPage) -> Sought:
    """What the address of a page asks for. Raises SealFirst if words stand in it readable."""
    given = request.query_params
    found = sought_of(given, service, person, page)
    if any(given.get(name, "").strip() and not is_id(given[name]) for name in page.sealed):
        mine = {FIELD, *page.sealed}
        kept = [(name, value) for name, value in given.multi_items() if name not in mine]
        raise SealFirst(_address(request.scope["path"], [*kept, *found.carried.items()]))
    return found


def sought_of(given: Mapping[str, str], service: Service, person: Person, page: SearchPage) -> Sought:
    """What these fields ask for, of an address or a form, where words may stand sealed and readable."""
    opened = _opened(given.get(FIELD, ""), service, person, page)
    typed = {name: given[name].strip()[:LONGEST] for name in (*page.sealed, *page.shown) if name in given}
    words = {name: word for name, word in {**(opened or {}), **typed}.items() if word}
    carried = _carried(words, service, person, page)
    shown = {name: words[name] for name in page.shown if name in words}
    return Sought(words, {**shown, **carried}, carried, unread=opened is None)


def lead_to_search(form: Form, service: Service, person: Person, page: SearchPage) -> Response:
    """To the page of what a form of its search asks for (303)."""
    given = {name: form.value(name) for name in (*page.sealed, *page.shown)}
    return _lead(service, _address(page.path, list(sought_of(given, service, person, page).query.items())))


def is_id(text: str) -> bool:
    """Whether a word is the id of somebody or something, which tells strangers nothing."""
    try:
        return str(UUID(text.strip())) == text.strip().lower()
    except ValueError:
        return False


def without_words(path: str, query: QueryParams) -> str:
    """A path with its query as strangers may see it, for the way through the door: readable words are left out."""
    typed = {name for page in ALL if f"{path}/".startswith(f"{page.path}/") for name in page.sealed}
    return _address(path, [(name, value) for name, value in query.multi_items() if name not in typed or is_id(value)])


def lead_on(app: FastAPI) -> None:
    """Have the application answer for `SealFirst`."""

    async def told(request: Request, error: Exception) -> Response:
        assert isinstance(error, SealFirst)  # noqa: S101  (registered for it alone)
        return _lead(request.app.state.service, error.path)

    app.add_exception_handler(SealFirst, told)


def _opened(sealed: str, service: Service, person: Person, page: SearchPage) -> Mapping[str, str] | None:
    if not sealed:
        return {}
    secret = known_link_secret(service.database)
    return open_words(sealed, secret, purpose=page.path, owner=person.person_id.bytes) if secret is not None else None


def _carried(words: Mapping[str, str], service: Service, person: Person, page: SearchPage) -> Mapping[str, str]:
    ids = {name: words[name] for name in page.sealed if name in words and is_id(words[name])}
    others = {name: words[name] for name in page.sealed if name in words and name not in ids}
    if not others:
        return ids
    secret = link_secret(service.database, secrets.token_bytes)
    return {**ids, FIELD: seal_words(others, secret, purpose=page.path, owner=person.person_id.bytes)}


def _address(path: str, query: list[tuple[str, str]]) -> str:
    return f"{path}?{urlencode(query)}" if query else path


def _lead(service: Service, path: str) -> Response:
    return for_him_alone(RedirectResponse(site_of(service).at(path), status_code=303))


PEOPLE: Final = SearchPage("/admin/people", ("q", "team"), ("gone",))
CREDENTIALS: Final = SearchPage(
    "/admin/credentials",
    ("q",),
    ("level", "standing", "expiring", "expires_from", "expires_until", "earned_from", "earned_until"),
)
TRAIL: Final = SearchPage("/admin/audit", ("subject", "actor", "action"), ("since", "until"))
AWARD: Final = SearchPage("/admin/award", ("who",), ("level",))
DUTY: Final = SearchPage("/admin/duties/new", ("name",), ("level", "whom"))
TEAM: Final = SearchPage("/team", ("team",), ("people", "program", "only", "order"))
WALL: Final = SearchPage("/wall", ("team",), ("program",))
ALL: Final = (PEOPLE, CREDENTIALS, TRAIL, AWARD, DUTY, TEAM, WALL)
