"""What somebody looks for among credentials, read from the address of a page and written into the next one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from fastapi import Request

from credentials.sentence import sentence
from issuer.catalogue import Standing
from issuer.errors import Refused
from issuer.programs import Catalogue, load_catalogue
from issuer.recertification.facts import LevelKey
from issuer.reports.credential_search import Search
from issuer.reports.figures import HORIZONS
from issuer.selection import level_named
from portal.forms import FieldFault, Form, filled
from portal.sealed_search import CREDENTIALS, Sought, sought_in
from portal.service import Service
from portal.sign_in.who import Person

DATES = ("expires_from", "expires_until", "earned_from", "earned_until")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class Asked:
    """A search with the form that it came from; with faults, `search` is that of the fields without any."""

    form: Form
    search: Search
    given: Mapping[str, str]
    """What was filled in, as addresses have it."""
    unread: bool
    """Something was sealed that does not open: the search is wider than it was meant."""

    @property
    def has_dates(self) -> bool:
        """Whether it asks for dates, so that those fields are to be seen."""
        return any(self.form.value(name) for name in DATES)


def asked_of(sought: Sought, service: Service) -> Asked:
    """The search that is meant."""
    form = filled(**sought.words)
    days: dict[str, date | None] = {}
    for name in DATES:
        days[name], form = _day(form, name)
    level, form = _level(form)
    standing = form.value("standing")
    expiring = form.value("expiring")
    search = Search(
        zone=service.settings.zone,
        words=form.value("q"),
        level=level,
        program=form.value("level").removesuffix("/") if form.value("level").endswith("/") else "",
        standing=Standing(standing) if standing in tuple(Standing) else None,
        expiring=int(expiring) if expiring in map(str, HORIZONS) else None,
        expires_from=days["expires_from"],
        expires_until=days["expires_until"],
        earned_from=days["earned_from"],
        earned_until=days["earned_until"],
    )
    return Asked(form, search, sought.query, sought.unread)


def asked(request: Request, service: Service, person: Person) -> Asked:
    """The search in the address of a page. Raises SealFirst."""
    return asked_of(sought_in(request, service, person, CREDENTIALS), service)


def day_in(form: Form, name: str) -> tuple[date | None, Form]:
    """The day in a field, and the form, refused if it is none."""
    return _day(form, name)


def _day(form: Form, name: str) -> tuple[date | None, Form]:
    text = form.value(name)
    if not text:
        return None, form
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text), form
    except ValueError:
        pass
    what = sentence("“{text}” is no date; write it as year-month-day, like 2026-11-22.", text=text)
    return None, form.refused(FieldFault(name, what))


def _level(form: Form) -> tuple[LevelKey | None, Form]:
    text = form.value("level")
    if not text or text.endswith("/"):
        return None, form
    try:
        return level_named(text), form
    except Refused as error:
        return None, form.refused(FieldFault("level", error.faults[0].what))


def level_options(service: Service) -> list[tuple[str, str]]:
    """Every program and its levels, as a choice: the program itself is `slug/`, a level `program/level`."""
    catalogue: Catalogue = load_catalogue(service.database, service.issuer)
    options = []
    for program in catalogue.programs.values():
        options.append((f"{program.slug}/", program.name))
        options += [(f"{program.slug}/{one.level}", f"— {one.name}") for one in program.levels]
    return options
