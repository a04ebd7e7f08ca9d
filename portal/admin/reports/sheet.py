"""A table of figures, made once and told in four ways: on a page, in a PDF, in a spreadsheet, on the command line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

from babel.dates import format_date

from credentials.sentence import Sentence, sentence
from issuer.reports.periods import Quarter
from portal.language.language import Language

Value = str | int | float | date | Quarter | None
"""What may stand in a cell; None: nothing is told."""


class Kind(Enum):
    """How the values of a column are told."""

    TEXT = "text"
    NUMBER = "number"
    DAYS = "days"
    PERCENT = "percent"
    MONTH = "month"
    QUARTER = "quarter"


@dataclass(frozen=True, slots=True)
class Column:
    """What stands in it, and how it is told."""

    name: Sentence
    kind: Kind = Kind.NUMBER


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table. `key` names it in addresses; rows have a value for each column."""

    key: str
    title: Sentence
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]


def told(value: Value, kind: Kind, language: Language) -> str:
    """The value as a reader of the language reads it; “–” for nothing."""
    if value is None:
        return "–"
    if isinstance(value, Quarter):
        return language.say(quarter_words(value))
    if isinstance(value, date):
        return format_date(value, "MMM y", locale=language.locale)
    if isinstance(value, str):
        return language.say(value)
    return language.percent(value) if kind is Kind.PERCENT else language.number(value)


def quarter_words(quarter: Quarter) -> Sentence:
    """“Q3 2026”."""
    return sentence("Q{number} {year}", number=str(quarter.number), year=str(quarter.year))


def lines(sheet: Sheet, language: Language) -> Iterator[tuple[str, ...]]:
    """Its rows, told."""
    for row in sheet.rows:
        yield tuple(told(value, column.kind, language) for value, column in zip(row, sheet.columns, strict=True))


def plain(value: Value, language: Language) -> object:
    """The value for a spreadsheet, which writes numbers itself: shares as numbers from 0 to 1, months as year-month."""
    if isinstance(value, Quarter):
        return str(value)
    if isinstance(value, date):
        return f"{value:%Y-%m}"
    if isinstance(value, float):
        return round(value, 4)
    return language.say(value) if isinstance(value, str) else value


def as_table(sheet: Sheet, language: Language) -> tuple[list[str], list[list[object]]]:
    """Head and rows of one sheet, for a spreadsheet."""
    head = [language.say(column.name) for column in sheet.columns]
    return head, [[plain(value, language) for value in row] for row in sheet.rows]


def as_long_table(sheets: Sequence[Sheet], language: Language) -> tuple[list[str], list[list[object]]]:
    """Several sheets as one table, a figure to a row: table, of what, which figure, value."""
    head = [language.say(name) for name in (sentence("Table"), sentence("Of what"), sentence("Figure"), _VALUE)]
    rows: list[list[object]] = []
    for sheet in sheets:
        first = sum(column.kind in {Kind.TEXT, Kind.MONTH, Kind.QUARTER} for column in sheet.columns[:2]) or 1
        for row in sheet.rows:
            of_what = ", ".join(str(plain(value, language)) for value in row[:first] if value is not None)
            for value, column in zip(row[first:], sheet.columns[first:], strict=True):
                rows.append([language.say(sheet.title), of_what, language.say(column.name), plain(value, language)])
    return head, rows


_VALUE = sentence("Value")
