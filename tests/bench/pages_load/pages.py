"""Which pages are asked for: every GET of the table of routes, with parameters that lead somewhere; and with filters.

A route that comes into the table is asked for without a word here, as long as its parameters are known ones; if they
are not, its line says so.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from issuer.sign_in.roles import Role
from issuer.store import Database
from tests.bench.pages_load.crowd import Crowd, address_of
from tests.bench.pages_load.filling import ADMIN, ASSESSOR, DAY
from tests.portal.sign_in.routes import TABLE, For

_NOT_FOR_PEOPLE = {"GET /static/{digest}/{name}", "GET /sign-in/provider", "GET /sign-in/return", "GET /sign-in/link"}
"""Files, and steps of signing in that need a provider or a mail."""


@dataclass(frozen=True, slots=True)
class Page:
    """Something to ask for: who asks (the word of a visitor), and the path, None if a parameter is not known."""

    route: str
    visitor: str
    path: str | None
    note: str = ""
    variant: str = ""


@dataclass(frozen=True, slots=True)
class Subjects:
    """Whom and what the pages are about. `visitors` are people's ids by their word, None for a stranger."""

    visitors: Mapping[str, UUID | None]
    of_route: Mapping[str, Mapping[str, str]]
    general: Mapping[str, str]
    places: Mapping[str, str]


def pages(subjects: Subjects) -> list[Page]:
    """All of them, in the order of the table."""
    return list(_pages(subjects))


def _pages(subjects: Subjects) -> Iterator[Page]:
    for whom, lines in TABLE.items():
        for line in lines:
            method, path = line.split(" ")
            if method != "GET" or line in _NOT_FOR_PEOPLE or whom is For.MACHINES:
                continue
            for visitor in _visitors(whom, line):
                for name in _NAMES.get(path, ("{name}",)):
                    yield Page(line, visitor, _filled(line, path.replace("{name}", name), visitor, subjects))
            for visitor, query, note in _VARIANTS.get(path, ()):
                written = query.format_map(_Known(subjects.places))
                filled = _filled(line, path, visitor, subjects)
                if filled is not None:
                    yield Page(line, visitor, f"{filled}?{written}", note, query)


def _visitors(whom: For | Role, line: str) -> tuple[str, ...]:
    if whom is Role.MANAGER:
        return ("manager", "top") if "{" not in line else ("manager",)
    if whom is For.SIGNED_IN and line in {"GET /me", "GET /me/history", "GET /wall"}:
        return ("employee", "holder", "top")
    if whom is For.SIGNED_IN and "{credential_id}" in line:
        return ("signed",)
    words = {For.SIGNED_IN: "employee", Role.ASSESSOR: "assessor", Role.ADMIN: "admin", Role.AUDITOR: "admin"}
    return (words.get(whom, "stranger"),)


_REPORTS = ("credentials", "outcomes", "overdue", "differences", "quarter")
_NAMES: Mapping[str, tuple[str, ...]] = {
    "/admin/reports/{name}": _REPORTS,
    "/admin/reports/{name}/table.csv": _REPORTS,
}

_VARIANTS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "/admin/credentials": (
        ("admin", "after={credential_middle}", "half a million pages down"),
        ("admin", "after={credential_last}", "the last page"),
        ("admin", "q=Kj%C3%A6rsgaard", "a rare name"),
        ("admin", "q=an", "two letters, in most names"),
        ("admin", "q=xyzzyx", "nobody’s name"),
        ("admin", "q={address}", "an address"),
        ("admin", "q=person77", "part of an address"),
        ("admin", "q={credential_id}", "an id"),
        ("admin", "standing=valid", ""),
        ("admin", "standing=expired", ""),
        ("admin", "standing=revoked", ""),
        ("admin", "standing=suspended", ""),
        ("admin", "standing=not+yet+valid", "none at all"),
        ("admin", "level=cloud-engineering%2Fexpert", ""),
        ("admin", "level=customer-support%2F", "a program"),
        ("admin", "level=cloud-engineering%2Fexpert&standing=suspended&q=Kj%C3%A6r", ""),
        ("admin", "expiring=30", ""),
        ("admin", "earned_from=2023-01-01&earned_until=2023-01-31", ""),
        ("admin", "expires_from=2026-12-24&expires_until=2026-12-24", ""),
        ("admin", "expires_from=2035-01-01", "none at all"),
    ),
    "/admin/credentials/change": (
        ("admin", "id={credential_id}&kind=revoke", "one"),
        ("admin", "all=1&kind=revoke&standing=suspended", "all that are found"),
    ),
    "/admin/people": (
        ("admin", "after={person_middle}", "the middle"),
        ("admin", "after={person_last}", "the last page"),
        ("admin", "q=Kj%C3%A6rsgaard", "a rare name"),
        ("admin", "q=an", "two letters"),
        ("admin", "q=xyzzyx", "nobody"),
        ("admin", "q={address}", "an address"),
        ("admin", "q=E0000777", "a number"),
        ("admin", "team=team-00003", "a team"),
        ("admin", "gone=on", "those who left, too"),
    ),
    "/admin/people/{person_id}": (("admin", "", "the one at the top"),),
    "/admin/messages": (
        ("admin", "state=sent", ""),
        ("admin", "state=refused", ""),
        ("admin", "state=claimed", "none"),
        ("admin", "after={message_middle}", "the middle"),
    ),
    "/admin/audit": (
        ("admin", "below=100", "the last page"),
        ("admin", "action=credential+revoked", ""),
        ("admin", "action=revoked", "part of an action"),
        ("admin", "action=xyzzyx", "no action"),
        ("admin", "actor=admin%3A3", ""),
        ("admin", "actor=xyzzyx", "nobody"),
        ("admin", "actor={admin_address}", "an address"),
        ("admin", "subject={credential_id}", "an id"),
        ("admin", "subject=xyzzyx", "nothing"),
        ("admin", "since=2023-01-01&until=2023-01-31", ""),
        ("admin", "actor=admin%3A3&action=credential+suspended&until=2023-01-31", ""),
    ),
    "/team": (
        ("manager", "people=all&order=due&only=to-do", ""),
        ("top", "people=all", "100,000 people"),
        ("top", "people=all&page=1", "the second page"),
        ("top", "people=all&after={person_middle}", "the middle"),
        ("top", "people=all&page=1900", "by number, the last page"),
        ("top", "people=all&only=overdue", ""),
        ("top", "people=all&order=due", ""),
        ("top", "people=all&team=team-00003", "a team"),
        ("top", "people=all&program=cloud-engineering", ""),
        ("middle", "", "a manager of managers"),
        ("middle", "people=all", ""),
    ),
    "/team/people.csv": (
        ("top", "people=all", "too many for a file"),
        ("middle", "people=all", ""),
    ),
    "/assess": (("assessor", "after={proposal_place}", "the middle"),),
    "/me": (("holder", "levels=all", ""),),
}


class _Known(dict[str, str]):
    """What is not known stays empty: the page is asked for without it."""

    def __missing__(self, key: str) -> str:
        return ""


def _filled(route: str, path: str, visitor: str, subjects: Subjects) -> str | None:
    known = {**subjects.general, **subjects.of_route.get(route, {}), **subjects.of_route.get(f"{route} {visitor}", {})}
    names = re.findall(r"{(\w+)}", path)
    if not all(name in known for name in names):
        return None
    return re.sub(r"{(\w+)}", lambda found: known[found[1]], path)


def subjects_of(db: Database, people: int) -> Subjects:
    """Whom and what there is to ask for in a filled database."""
    crowd = Crowd(people, DAY)
    with db.engine.connect() as connection:
        find = _Finder(connection)
        numbers = {"top": 0, "admin": ADMIN, "assessor": ASSESSOR, "manager": crowd.lead}
        visitors: dict[str, UUID | None] = {word: find.person(number) for word, number in numbers.items()}
        report = find.person(crowd.layers[-1][0])
        holder = find.id("SELECT person_id FROM awards GROUP BY person_id ORDER BY count(*) DESC, person_id LIMIT 1")
        open_ = "FROM proposals p JOIN people w ON w.id = p.person_id WHERE p.state = 'proposed' AND w.left_on IS NULL"
        employee = find.id(f"SELECT p.person_id {open_} ORDER BY p.id LIMIT 1")
        middle_manager = visitors["manager"]
        for _ in crowd.layers[3:-1]:  # up to the third layer: some thousand people in a large company
            above = "SELECT manager_id FROM people WHERE id = :who"
            middle_manager = UUID(_uuid(find.one(above, who=_as_kept(connection, middle_manager))))
        visitors["middle"] = middle_manager
        visitors |= {"stranger": None, "signed": report, "holder": holder, "employee": employee}
        newest = find.one(
            "SELECT c.id FROM credentials c JOIN awards a ON a.id = c.award_id WHERE a.person_id = :who "
            "ORDER BY c.created_at DESC LIMIT 1",
            who=_as_kept(connection, report),
        )
        own = find.one("SELECT id FROM proposals WHERE person_id = :who LIMIT 1", who=_as_kept(connection, employee))
        open_one = find.one(f"SELECT p.id {open_} ORDER BY p.proposed_at DESC LIMIT 1")
        general = {
            "credential_id": _uuid(newest),
            "person_id": str(report),
            "program": "cloud-engineering",
            "level": "associate",
            "slug": "brightmoor",
            "version": "1",
            "form": "json",
            "proposal_id": _uuid(open_one),
            "bulk_id": _uuid(find.one("SELECT id FROM bulks ORDER BY created_at DESC LIMIT 1")),
            "message_id": _uuid(find.one("SELECT id FROM messages WHERE state = 'refused' LIMIT 1")),
            "achievement_id": _uuid(find.one("SELECT public_id FROM levels ORDER BY id LIMIT 1")),
            "list_id": _uuid(find.one("SELECT id FROM status_lists WHERE is_open ORDER BY purpose LIMIT 1")),
        }
        middle, last = (find.credential(share) for share in (0.5, 0.9999))
        places = {
            "address": address_of(people // 2),
            "admin_address": address_of(ADMIN),
            "credential_id": general["credential_id"],
            "credential_middle": middle,
            "credential_last": last,
            "person_middle": find.person_by_name(people // 2),
            "person_last": find.person_by_name(people - people // 10),
            "message_middle": find.message(people),
            "proposal_place": find.proposal_place(open_),
        }
        of_route = {
            "GET /me/proposals/{proposal_id}": {"proposal_id": _uuid(own)},
            "GET /me/levels/{program}/{level}": {},
            "GET /verify/signs/{version}": {"version": "1"},
        }
    return Subjects(visitors, of_route, general, places)


class _Finder:
    """Short questions about what was filled in."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def one(self, query: str, **parameters: Any) -> Any:
        row = self._connection.execute(text(query), parameters).first()
        return row[0] if row is not None else UUID(int=0)

    def id(self, query: str) -> UUID:
        return UUID(_uuid(self.one(query)))

    def person(self, number: int) -> UUID:
        query = "SELECT person_id FROM person_addresses WHERE address = :address"
        return UUID(_uuid(self.one(query, address=address_of(number))))

    def person_by_name(self, place: int) -> str:
        return _uuid(self.one("SELECT id FROM people ORDER BY name, id LIMIT 1 OFFSET :place", place=place))

    def credential(self, share: float) -> str:
        count = self.one("SELECT count(*) FROM credentials")
        query = "SELECT created_at, id FROM credentials ORDER BY created_at DESC, id DESC LIMIT 1 OFFSET :place"
        at, identifier = self._connection.execute(text(query), {"place": int(count * share) - 1}).one()
        return _cursor(f'["{_instant(at)}", "{_uuid(identifier)}"]')

    def message(self, place: int) -> str:
        query = "SELECT created_at, id FROM messages ORDER BY created_at DESC, id DESC LIMIT 1 OFFSET :place"
        at, identifier = self._connection.execute(text(query), {"place": place}).one()
        return _cursor(f'["{_instant(at)}", "{_uuid(identifier)}"]')

    def proposal_place(self, open_: str) -> str:
        row = self._connection.execute(
            text(f"SELECT p.proposed_at, p.id {open_} ORDER BY p.proposed_at, p.id LIMIT 1 OFFSET 100")
        ).first()
        return _cursor(f"{_instant(row[0])} {_uuid(row[1])}") if row is not None else ""


def _as_kept(connection: Connection, identifier: UUID | None) -> Any:
    assert identifier is not None
    return identifier if connection.dialect.name == "postgresql" else identifier.hex


def _uuid(value: Any) -> str:
    return str(value if isinstance(value, UUID) else UUID(str(value)))


def _instant(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _cursor(written: str) -> str:
    return base64.urlsafe_b64encode(written.encode()).decode().rstrip("=")
