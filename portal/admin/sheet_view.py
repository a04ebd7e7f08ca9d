"""A file of rows as it was given, with what is wrong beside each row that is wrong. Pure.

Rows are numbered as spreadsheets do, and as the rooms that read such files name them: the heading is row 1.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from credentials.sentence import together
from issuer.errors import Fault

MOST_SHOWN = 100
MOST_COLUMNS = 40
MOST_CHARACTERS = 18 * 1024 * 1024
EDITED = 100_000
"""Characters up to which a file can be mended in the page; a longer one is mended where it came from."""
_ROW = re.compile(r"row (\d+)(?:, (.*))?", re.DOTALL)
_CELL = 200


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row: its number, its cells, and its faults."""

    number: int
    cells: tuple[str, ...]
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What was read: `wrong` are rows with faults, the first MOST_SHOWN; `whole` are faults of the file.

    `right` are some rows without faults; `wrong_count` and `right_count` count all of either.
    """

    head: tuple[str, ...]
    wrong: tuple[SheetRow, ...]
    right: tuple[SheetRow, ...]
    whole: tuple[str, ...]
    wrong_count: int
    right_count: int


def sheet_of(text: str, faults: Iterable[Fault], *, some: int = 10) -> Sheet:
    """The sheet of a file's text and its faults."""
    by_row: dict[int, list[str]] = {}
    whole = []
    for fault in faults:
        found = _ROW.fullmatch(fault.where)
        if found is None or int(found[1]) == 1:
            whole.append(fault.said)
            continue
        by_row.setdefault(int(found[1]), []).append(_in_column(found[2], fault.said))
    head: tuple[str, ...] = ()
    wrong: list[SheetRow] = []
    right: list[SheetRow] = []
    right_count = 0
    for number, cells in _rows(text):
        if number == 1:
            head = cells
        elif number in by_row:
            if len(wrong) < MOST_SHOWN:
                wrong.append(SheetRow(number, cells, tuple(by_row[number])))
        else:
            right_count += 1
            if len(right) < some:
                right.append(SheetRow(number, cells, ()))
    return Sheet(head, tuple(wrong), tuple(right), tuple(whole), len(by_row), 0 if whole else right_count)


def _in_column(column: str | None, said: str) -> str:
    return together(f"{column}:", said) if column else said


def _rows(text: str) -> Iterable[tuple[int, tuple[str, ...]]]:
    """As the rooms that read them, but whatever they hold."""
    first = text.split("\n", 1)[0]
    delimiter = ";" if "," not in first and ";" in first else ","
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=delimiter)
    try:
        for number, cells in enumerate(reader, start=1):
            if any(cell.strip() for cell in cells):
                yield number, _short(cells)
    except csv.Error:
        return


def _short(cells: Sequence[str]) -> tuple[str, ...]:
    return tuple(cell.strip()[:_CELL] for cell in cells[:MOST_COLUMNS])
