"""Each report, read for whoever asks for it: the same for pages, files and the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from credentials.sentence import Sentence, sentence
from issuer.errors import Fault, Refused, UnknownProgram
from issuer.issuers import issuer_row
from issuer.recertification.facts import LevelKey
from issuer.reports.differences import Differences, differences, most_decided
from issuer.reports.health import Health, health
from issuer.reports.known_levels import KnownLevels, known_levels
from issuer.reports.outcomes import outcomes
from issuer.reports.overdue import overdue
from issuer.reports.periods import Quarter, month_later
from issuer.reports.standing import standings
from issuer.store import Database
from issuer.validity import start_of_day
from portal.admin.reports.blocks import Block, Teller
from portal.admin.reports.health_blocks import health_blocks
from portal.admin.reports.sheet import Sheet
from portal.admin.reports.sheets import (
    difference_sheets,
    health_sheets,
    outcome_sheets,
    overdue_sheets,
    standing_sheets,
)
from portal.language.language import Language


class Name(StrEnum):
    """The reports there are."""

    CREDENTIALS = "credentials"
    OUTCOMES = "outcomes"
    OVERDUE = "overdue"
    DIFFERENCES = "differences"
    QUARTER = "quarter"


TITLES: Final[Mapping[Name, Sentence]] = {
    Name.CREDENTIALS: sentence("Credentials and their ends"),
    Name.OUTCOMES: sentence("Pass rates and times"),
    Name.OVERDUE: sentence("Required and overdue"),
    Name.DIFFERENCES: sentence("Differences between groups"),
    Name.QUARTER: sentence("Quarterly report"),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which report: "" leaves the choice to it. `level` is `program/level`, `quarter` is written `2026-Q3`."""

    name: Name
    program: str = ""
    level: str = ""
    quarter: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """A report that was read at `at`. `wanted` says what was chosen where nothing was named; `blocks` tells it."""

    wanted: Wanted
    at: datetime
    since: date | None
    until: date
    sheets: tuple[Sheet, ...]
    blocks: Callable[[Language], tuple[Block, ...]]
    programs: Mapping[str, str] = field(default_factory=dict)
    levels: Mapping[LevelKey, str] = field(default_factory=dict)
    health: Health | None = None
    differences: Differences | None = None


@dataclass(frozen=True, slots=True)
class _Asking:
    db: Database
    issuer: str | None
    zone: ZoneInfo
    now: datetime

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()


def read_report(db: Database, issuer: str | None, zone: ZoneInfo, wanted: Wanted, *, now: datetime) -> Report:
    """The report; its days are those of `zone`, or of the program that it is about.

    Raises Refused for a quarter or level that is none, UnknownProgram, UnknownIssuer.
    """
    return _READ[wanted.name](_Asking(db, issuer, zone, now), wanted)


def _credentials(asking: _Asking, wanted: Wanted) -> Report:
    found = standings(asking.db, asking.issuer, now=asking.now, zone=asking.zone)
    return Report(
        wanted,
        asking.now,
        None,
        asking.today,
        standing_sheets(found),
        lambda language: Teller(language).standing(found),
    )


def _outcomes(asking: _Asking, wanted: Wanted) -> Report:
    since = month_later(asking.today, -12)
    with asking.db.read() as session:
        owner, levels = _known(session, asking.issuer, wanted.program)
        keys = levels.of_program(wanted.program or None)
        found = outcomes(session, owner, levels, keys, start_of_day(since, asking.zone), asking.now)
    sheets = outcome_sheets(found, levels.names, levels.programs)
    return Report(
        wanted,
        asking.now,
        since,
        asking.today,
        sheets,
        lambda language: Teller(language).outcomes(found, levels.names, levels.programs),
        levels.programs,
    )


def _overdue(asking: _Asking, wanted: Wanted) -> Report:
    with asking.db.read() as session:
        owner, levels = _known(session, asking.issuer, wanted.program)
        found = overdue(session, owner, levels, levels.of_program(wanted.program or None), as_of=asking.now)
    sheets = overdue_sheets(found, levels.names, levels.programs)
    return Report(
        wanted,
        asking.now,
        None,
        asking.today,
        sheets,
        lambda language: Teller(language).overdue(found, levels.names, levels.programs),
        levels.programs,
    )


def _differences(asking: _Asking, wanted: Wanted) -> Report:
    with asking.db.read() as session:
        owner, levels = _known(session, asking.issuer)
        level = _level(levels, wanted.level) or most_decided(session, owner, levels, today=asking.today)
        if level is None:
            return _nothing(asking, wanted)
        found = differences(session, owner, levels, level, today=asking.today)
    return Report(
        Wanted(wanted.name, level=str(level)),
        asking.now,
        found.first,
        found.last,
        difference_sheets(found),
        lambda language: Teller(language).differences(found),
        levels.programs,
        levels.names,
        differences=found,
    )


def _quarterly(asking: _Asking, wanted: Wanted) -> Report:
    with asking.db.read() as session:
        _, levels = _known(session, asking.issuer, wanted.program)
    program = wanted.program or next(iter(levels.programs), "")
    if not program:
        return _nothing(asking, wanted)
    quarter = _quarter(wanted.quarter) or Quarter.of(asking.today).later(-1)
    found = health(asking.db, asking.issuer, program, quarter, now=asking.now)
    return Report(
        Wanted(wanted.name, program, quarter=str(quarter)),
        asking.now,
        quarter.first,
        quarter.last,
        health_sheets(found),
        lambda language: health_blocks(Teller(language), found),
        levels.programs,
        health=found,
    )


def _nothing(asking: _Asking, wanted: Wanted) -> Report:
    return Report(wanted, asking.now, None, asking.today, (), lambda language: ())  # noqa: ARG005  (there is nothing to tell)


_READ: Final[Mapping[Name, Callable[[_Asking, Wanted], Report]]] = {
    Name.CREDENTIALS: _credentials,
    Name.OUTCOMES: _outcomes,
    Name.OVERDUE: _overdue,
    Name.DIFFERENCES: _differences,
    Name.QUARTER: _quarterly,
}


def _known(session: Session, issuer: str | None, program: str = "") -> tuple[int, KnownLevels]:
    owner = issuer_row(session, issuer).id
    levels = known_levels(session, owner)
    if program and program not in levels.programs:
        raise UnknownProgram(sentence("there is no program “{program}”", program=program))
    return owner, levels


def _level(levels: KnownLevels, text: str) -> LevelKey | None:
    if not text:
        return None
    key = LevelKey(*text.partition("/")[::2])
    if key not in levels.names:
        what = sentence("there is no level “{level}”", level=text)
        raise Refused(sentence("The report"), [Fault("level", what, sentence("write it as program/level"))])
    return key


def _quarter(text: str) -> Quarter | None:
    if not text:
        return None
    try:
        return Quarter.parse(text)
    except ValueError:
        what = sentence("“{quarter}” is no quarter; one is written like 2026-Q3", quarter=text)
        raise Refused(sentence("The report"), [Fault("quarter", what, sentence("write it like 2026-Q3"))]) from None
