"""The manager's table as its page shows it, and as a file for spreadsheets. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from credentials.sentence import Sentence, sentence
from issuer.people.team_matrix import (
    MOST_AT_ONCE,
    MOST_COUNTED,
    PAGE,
    Asking,
    Column,
    Matrix,
    Only,
    Order,
    Reach,
    TeamLine,
)
from portal.forms import Form, filled
from portal.language.language import Language
from portal.spreadsheet import as_csv
from portal.team.asking import FILE, address_of
from portal.team.standing_words import WORDS, StandingView, standing_view

ONLY: Final = {
    Only.TO_DO: sentence("Something to do"),
    Only.OVERDUE: sentence("Overdue"),
    Only.MISSING: sentence("Missing"),
    Only.WITHIN_30: sentence("Ends within 30 days"),
    Only.WITHIN_60: sentence("Ends within 60 days"),
    Only.WITHIN_90: sentence("Ends within 90 days"),
    Only.VALID: sentence("Valid"),
    Only.SUGGESTED: sentence("Suggested"),
}
ORDERS: Final = {
    Order.NAME: sentence("Name"),
    Order.DUE: sentence("What is due first"),
    Order.OVERDUE: sentence("Most overdue"),
}
_WITHIN: Final = (Only.WITHIN_30, Only.WITHIN_60, Only.WITHIN_90)


@dataclass(frozen=True, slots=True)
class FigureView:
    """A number with what it counts, and the way to whom it counts."""

    word: Sentence
    count: int
    address: str
    here: bool
    tone: str


@dataclass(frozen=True, slots=True)
class LineView:
    """A person of the table; `cells` in the order of its columns, None where nothing is held or asked."""

    name: str
    address: str
    about: str
    manager: str
    overdue: int
    cells: tuple[StandingView | None, ...]


@dataclass(frozen=True, slots=True)
class Pages:
    """The addresses of the pages before and after, or ""."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class TablePage:
    """What the page shows. `form` is what was asked for; the choices are pairs of value and text."""

    columns: tuple[Column, ...]
    lines: tuple[LineView, ...]
    figures: tuple[FigureView, ...]
    form: Form
    reaches: tuple[tuple[str, Sentence], ...]
    programs: tuple[tuple[str, str], ...]
    teams: tuple[str, ...]
    states: tuple[tuple[str, Sentence], ...]
    orders: tuple[tuple[str, Sentence], ...]
    count: Sentence
    whole: bool
    most: int
    nobody: bool
    narrowed: bool
    file: str
    clear: str
    pages: Pages


def table_page(found: Matrix, asking: Asking, carried: Mapping[str, str], language: Language, today: date) -> TablePage:
    """The page of what was found; `carried` is how addresses have the team (portal.team.asking)."""
    several = found.everyone > found.direct
    reaches = (
        (Reach.DIRECT.value, sentence("Reporting to me ({n})", n=found.direct)),
        (
            Reach.ALL.value,
            sentence("Everyone below me (more than {n})", n=MOST_COUNTED)
            if found.everyone > MOST_COUNTED
            else sentence("Everyone below me ({n})", n=found.everyone),
        ),
    )
    first = found.page * PAGE
    return TablePage(
        columns=found.columns,
        lines=tuple(_line(one, found.columns, language, today) for one in found.lines),
        figures=_figures(found, asking, carried),
        form=filled(
            people=asking.reach.value,
            program=asking.program,
            team=asking.team,
            only=asking.only.value if asking.only else None,
            order=asking.order.value,
        ),
        reaches=reaches if several else (),
        programs=found.programs if len(found.programs) > 1 else (),
        teams=found.teams if len(found.teams) > 1 or asking.team else (),
        states=tuple((one.value, words) for one, words in ONLY.items()) if found.whole else (),
        orders=tuple((one.value, words) for one, words in ORDERS.items()) if found.whole else (),
        count=_count(first, len(found.lines), found.people),
        whole=found.whole,
        most=MOST_AT_ONCE,
        nobody=not found.everyone,
        narrowed=bool(asking.program or asking.team or asking.only),
        file=address_of(asking, carried, FILE),
        clear=address_of(Asking(reach=asking.reach), {}),
        pages=_pages(found, replace(asking, after=None), carried),
    )


def _pages(found: Matrix, asking: Asking, carried: Mapping[str, str]) -> Pages:
    if not found.whole and found.people > MOST_COUNTED:  # too many to count pages: back is to the first
        after = address_of(asking, carried, page=0, after=found.after) if found.after is not None else ""
        return Pages(address_of(asking, carried, page=0) if found.begun else "", after)
    return Pages(
        address_of(asking, carried, page=found.page - 1) if found.page else "",
        address_of(asking, carried, page=found.page + 1) if found.more else "",
    )


def table_file(columns: Sequence[Column], lines: Sequence[TeamLine], language: Language) -> bytes:
    """The same table as CSV, a state and a day (ISO 8601) for each level."""
    say = language.say
    about = (sentence("Name"), sentence("Function"), sentence("Teams"), sentence("Reports to"))
    head, day = [say(word) for word in about], say(sentence("day"))
    for column in columns:
        head += [column.name, f"{column.name}: {day}"]
    return as_csv(head, (_row(line, columns, language) for line in lines))


def _row(line: TeamLine, columns: Sequence[Column], language: Language) -> Sequence[object]:
    row: list[object] = [line.name, line.function, ", ".join(line.teams), line.manager]
    for column in columns:
        cell = line.cells.get(column.key)
        row.append(language.say(WORDS[cell.state]) if cell else "")
        row.append(cell.on.isoformat() if cell and cell.on else "")
    return row


def _count(first: int, shown: int, of: int) -> Sentence:
    if of > MOST_COUNTED and shown:
        return sentence("{shown} of more than {n} shown, in the order of their names", shown=shown, n=MOST_COUNTED)
    if shown == of:
        return sentence("{n} people shown", n=of) if of != 1 else sentence("One person shown")
    if not shown:
        return sentence("Nobody shown")
    return sentence("{first} to {last} of {n} shown", first=first + 1, last=first + shown, n=of)


def _line(one: TeamLine, columns: Sequence[Column], language: Language, today: date) -> LineView:
    cells = (one.cells.get(column.key) for column in columns)
    return LineView(
        name=one.name,
        address=f"/team/people/{one.id}",
        about=", ".join(part for part in (one.function, *one.teams) if part),
        manager=one.manager,
        overdue=one.overdue,
        cells=tuple(standing_view(cell, language, today) if cell is not None else None for cell in cells),
    )


def _figures(found: Matrix, asking: Asking, carried: Mapping[str, str]) -> tuple[FigureView, ...]:
    return tuple(_figures_of(found, asking, carried))


def _figures_of(found: Matrix, asking: Asking, carried: Mapping[str, str]) -> Iterator[FigureView]:
    if found.figures is None:
        return
    counted = {
        Only.OVERDUE: (found.figures.overdue, "overdue"),
        Only.MISSING: (found.figures.missing, "lacking"),
        **{one: (count, "soon") for one, count in zip(_WITHIN, found.figures.within, strict=True)},
        Only.VALID: (found.figures.valid, "good"),
    }
    for only, (count, tone) in counted.items():
        here = asking.only is only
        address = address_of(asking, carried, only=None if here else only, page=0)
        yield FigureView(ONLY[only], count, address, here, tone if count else "")
