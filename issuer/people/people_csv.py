"""The company's directory from a CSV file: every fault of every row at once, or all rows. Pure.

Columns: name, email; if wanted employee_number, manager (an e-mail address or employee number), function, teams, roles,
time_zone, joined_on, left_on, more_emails. Several teams, roles or addresses are separated by `|`; a team or role may
say since when: `platform@2026-01-15`. A column that is not there says nothing; an empty cell says that there is none.
"""

from __future__ import annotations

import csv
import io
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from credentials.sentence import sentence, sentence_of
from issuer.awards import comparable
from issuer.errors import Fault, Refused
from issuer.plain_text import is_email_address, one_line

REQUIRED = ("name", "email")
MOST_COLUMNS = 100
OPTIONAL = (
    "employee_number",
    "manager",
    "function",
    "teams",
    "roles",
    "time_zone",
    "joined_on",
    "left_on",
    "more_emails",
)
MAX_BYTES = 256 * 1_048_576
_MAX_FIELD = 10_000
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

Groups = tuple[tuple[str, date | None], ...]
"""Names of teams or roles, each with the day since when, if it is said."""


class DirectoryRefused(Refused):
    """A directory file has faults; nothing of it was entered."""


@dataclass(frozen=True, slots=True)
class DirectoryRow:
    """A person as a file gives him; `row` is the row of the spreadsheet. Addresses stand as they were written."""

    row: int
    name: str
    email: str
    employee_number: str | None
    manager: str | None
    function: str | None
    teams: Groups
    roles: Groups
    time_zone: str | None
    joined_on: date | None
    left_on: date | None
    more_emails: tuple[str, ...]

    @property
    def addresses(self) -> dict[str, str]:
        """All addresses, as they are compared, with how they were written."""
        return {comparable(one): one for one in (self.email, *self.more_emails)}


@dataclass(frozen=True, slots=True)
class DirectoryReading:
    """What a file says: its rows, those with a fault too, the columns that it has, and every fault.

    Rows with faults are there so that whatever else is wrong can be found as well; `unread` holds the cells of rows
    that could not be read at all.
    """

    rows: tuple[DirectoryRow, ...]
    columns: frozenset[str]
    faults: tuple[Fault, ...]
    faulty: frozenset[int] = frozenset()
    unread: frozenset[str] = frozenset()

    def require_rows(self) -> DirectoryReading:
        """Itself, unless it could not be read at all. Raises DirectoryRefused with every fault of the whole file."""
        if self.faults and not self.columns:
            raise DirectoryRefused("The directory", self.faults)
        return self


def read_people_csv(data: bytes) -> DirectoryReading:
    """Read a directory. UTF-8, with or without Excel's mark; commas, or semicolons if the first line has no comma."""
    try:
        rows = _rows(_decoded(data))
        _, heading = next(rows, (1, []))
        columns = [cell.strip() for cell in heading]
        faults = list(_faults_of_heading(columns))
        if faults:
            return DirectoryReading((), frozenset(), tuple(faults))
        reading = _Reading()
        for number, cells in rows:
            reading.row(number, columns, cells)
    except _UnreadableError as error:
        return DirectoryReading((), frozenset(), (error.fault,))
    return DirectoryReading(
        tuple(reading.rows),
        frozenset(columns),
        tuple(reading.faults),
        frozenset(reading.faulty),
        frozenset(reading.unread),
    )


def row_of(fault: Fault) -> int:
    """The row that a fault is in; 0 for one of the whole file."""
    match = re.match(r"row (\d+)", fault.where)
    return int(match[1]) if match else 0


class _UnreadableError(Exception):
    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(str(fault))


def _decoded(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise _UnreadableError(
            Fault(
                "",
                sentence("the file has {count} bytes", count=len(data)),
                sentence("at most {max_bytes} are read; split it", max_bytes=MAX_BYTES),
            )
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        what = sentence("byte 0x{byte} is not UTF-8", byte=f"{data[error.start]:02x}")
        raise _UnreadableError(
            Fault(f"row {row}", what, sentence("save the file as UTF-8 (in Excel: CSV UTF-8)"))
        ) from error


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    first = text.split("\n", 1)[0]
    delimiter = ";" if "," not in first and ";" in first else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            if any(len(cell) > _MAX_FIELD for cell in cells):
                raise _UnreadableError(
                    Fault(
                        f"row {number}",
                        sentence("a cell is too long"),
                        sentence("at most {max_field} characters", max_field=_MAX_FIELD),
                    )
                )
            if any(cell.strip() for cell in cells):
                yield number, cells
    except csv.Error as error:
        right = sentence("quote cells that hold commas, quotes or line breaks")
        raise _UnreadableError(
            Fault(f"row {number + 1}", sentence("this is no CSV: {error}", error=error), right)
        ) from error


def _faults_of_heading(columns: list[str]) -> Iterator[Fault]:
    known = (*REQUIRED, *OPTIONAL)
    if not columns:
        yield Fault(
            "",
            sentence("the file is empty"),
            sentence("its first line names the columns: {names}", names=", ".join(known)),
        )
        return
    if len(columns) > MOST_COLUMNS:
        yield Fault(
            "row 1",
            sentence("it names {count} columns", count=len(columns)),
            sentence("at most {most_columns} are read", most_columns=MOST_COLUMNS),
        )
        return
    for column in columns:
        if column not in known:
            near = get_close_matches(column.lower().replace(" ", "_"), known, n=1)
            right = (
                sentence("did you mean {value}?", value=near[0])
                if near
                else sentence("known are: {names}", names=", ".join(known))
            )
            yield Fault("row 1", sentence("there is no column {column!r}", column=column), right)
    for column in sorted(one for one, count in Counter(columns).items() if count > 1):
        yield Fault(
            "row 1", sentence("the column {column!r} stands here twice", column=column), sentence("keep one of them")
        )
    for column in REQUIRED:
        if column not in columns:
            yield Fault(
                "row 1",
                sentence("the column {column} is missing", column=column),
                sentence("needed are: {names}", names=", ".join(REQUIRED)),
            )


@dataclass
class _Reading:
    rows: list[DirectoryRow] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    faulty: set[int] = field(default_factory=set)
    unread: set[str] = field(default_factory=set)
    seen_addresses: dict[str, int] = field(default_factory=dict)
    seen_numbers: dict[str, int] = field(default_factory=dict)

    def row(self, number: int, columns: list[str], cells: list[str]) -> None:
        """Take a row, or note what is wrong with it."""
        where = f"row {number}"
        if len(cells) != len(columns):
            what = sentence(
                "it has {count} cells and the heading has {columns}", count=len(cells), columns=len(columns)
            )
            self.faults.append(
                Fault(where, what, sentence("quote cells that hold commas, and give every row all its cells"))
            )
            self.unread.update(comparable(cell) for cell in cells)
            return
        values = {column: text for column, cell in zip(columns, cells, strict=True) if (text := cell.strip())}
        before = len(self.faults)
        found = self._read(number, values)
        self._doubled(found)
        self.rows.append(found)
        if len(self.faults) > before:
            self.faulty.add(number)

    def _read(self, number: int, values: Mapping[str, str]) -> DirectoryRow:
        joined_on, left_on = (self._day(number, values, column) for column in ("joined_on", "left_on"))
        if joined_on is not None and left_on is not None and left_on < joined_on:
            what = sentence(
                "{left_on} is before the day of joining, {joined_on}", left_on=f"{left_on}", joined_on=f"{joined_on}"
            )
            self._fault(number, "left_on", what, sentence("put the two dates right"))
        return DirectoryRow(
            row=number,
            name=self._line(number, values, "name", needed=True) or "",
            email=self._address(number, "email", values.get("email", "")),
            employee_number=self._line(number, values, "employee_number"),
            manager=self._line(number, values, "manager"),
            function=self._line(number, values, "function"),
            teams=self._groups(number, values, "teams"),
            roles=self._groups(number, values, "roles"),
            time_zone=self._zone(number, values.get("time_zone")),
            joined_on=joined_on,
            left_on=left_on,
            more_emails=tuple(
                self._address(number, "more_emails", part.strip())
                for part in values.get("more_emails", "").split("|")
                if part.strip()
            ),
        )

    def _fault(self, number: int, column: str, what: str, right: str) -> None:
        self.faults.append(Fault(f"row {number}, {column}", what, right))

    def _line(self, number: int, values: Mapping[str, str], column: str, *, needed: bool = False) -> str | None:
        text = values.get(column)
        if text is None:
            if needed:
                self._fault(number, column, sentence("this is empty"), sentence("give a value"))
            return None
        try:
            return sys.intern(one_line(text))
        except ValueError as error:
            self._fault(number, column, sentence_of(error), "")
            return None

    def _address(self, number: int, column: str, text: str) -> str:
        if not is_email_address(text):
            what = sentence("{text!r} is no e-mail address", text=text) if text else sentence("this is empty")
            self._fault(number, column, what, sentence("write it as name@example.org"))
        return text

    def _day(self, number: int, values: Mapping[str, str], column: str) -> date | None:
        text = values.get(column)
        if text is None:
            return None
        found = _day_of(text)
        if found is None:
            self._fault(
                number,
                column,
                sentence("{text!r} is no day", text=text),
                sentence("write year-month-day, like 2026-11-22"),
            )
        return found

    def _zone(self, number: int, text: str | None) -> str | None:
        if text is not None and not _is_zone(text):
            self._fault(
                number,
                "time_zone",
                sentence("{text!r} is no time zone", text=text),
                sentence("write it like Europe/Berlin or UTC"),
            )
        return sys.intern(text) if text is not None else None

    def _groups(self, number: int, values: Mapping[str, str], column: str) -> Groups:
        found, faults = _groups_of(values.get(column, ""))
        for what, right in faults:
            self._fault(number, column, what, right)
        return found

    def _doubled(self, found: DirectoryRow) -> None:
        for address in found.addresses:
            first = self.seen_addresses.setdefault(address, found.row)
            if address and first != found.row:
                what = sentence("the address {address} stands in row {first} too", address=address, first=first)
                self._fault(
                    found.row, "email", what, sentence("every address belongs to one person; keep one of the rows")
                )
        if found.employee_number is not None:
            first = self.seen_numbers.setdefault(found.employee_number, found.row)
            if first != found.row:
                what = sentence(
                    "the employee number {employee_number} stands in row {first} too",
                    employee_number=found.employee_number,
                    first=first,
                )
                self._fault(found.row, "employee_number", what, sentence("two rows are one person; keep one of them"))


@lru_cache(maxsize=50_000)
def _day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


@lru_cache(maxsize=1_000)
def _is_zone(text: str) -> bool:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


@lru_cache(maxsize=50_000)
def _groups_of(cell: str) -> tuple[Groups, tuple[tuple[str, str], ...]]:
    """The names in a cell, each once, and what is wrong with them."""
    groups: dict[str, date | None] = {}
    faults: list[tuple[str, str]] = []
    for part in cell.split("|"):
        name, at, since = (one.strip() for one in part.rpartition("@")) if "@" in part else (part.strip(), "", "")
        if not name and not at:
            continue
        day = _day_of(since) if at else None
        if at and day is None:
            faults.append(
                (
                    sentence("{value!r} does not say since when", value=part.strip()),
                    sentence("write it like platform@2026-01-15"),
                )
            )
            continue
        try:
            name = one_line(name)
        except ValueError as error:
            faults.append((sentence_of(error), ""))
            continue
        if name in groups:
            faults.append((sentence("{name!r} stands here twice", name=name), sentence("keep one of them")))
        groups[name] = day
    return tuple(groups.items()), tuple(faults)
