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
from portal.service import Service

FIELDS = ("q", "level", "standing", "expiring", "expires_from", "expires_until", "earned_from", "earned_until")
DATES = ("expires_from", "expires_until", "earned_from", "earned_until")
_LONGEST = 200
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class Asked:
    """A search with the form that it came from; with faults, `search` is that of the fields without any."""

    form: Form
    search: Search

    @property
    def given(self) -> Mapping[str, str]:
        """What was filled in, by field."""
        return {name: value for name in FIELDS if (value := self.form.value(name))}

    @property
    def has_dates(self) -> bool:
        """Whether it asks for dates, so that those fields are to be seen."""
        return any(self.form.value(name) for name in DATES)


def asked_of(values: Mapping[str, str], service: Service) -> Asked:
    """The search of these fields."""
    form = filled(**{name: values.get(name, "")[:_LONGEST] for name in FIELDS})
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
    return Asked(form, search)


def asked(request: Request, service: Service) -> Asked:
    """The search in the address of a page."""
    return asked_of(request.query_params, service)


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
