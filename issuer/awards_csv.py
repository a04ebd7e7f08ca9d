"""Awards from a CSV file: every fault of every row at once, or all requests.

Columns: name, email, program, level, awarded_on; if wanted evidence_name, evidence_url, narrative, did,
license_number, idempotency_key, result:<id> for a level's results and evidence:<id> for what it demands, as a link or
as sha256:<hex> of a file. One row is one award.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches

from credentials.sentence import sentence
from issuer.awards import AwardRequest, Evidence, faults_of
from issuer.errors import AwardsRefused, Fault
from issuer.programs import Catalogue

REQUIRED = ("name", "email", "program", "level", "awarded_on")
OPTIONAL = ("evidence_name", "evidence_url", "narrative", "did", "license_number", "idempotency_key")
RESULT = "result:"
EVIDENCE = "evidence:"
_DIGEST = "sha256:"
MOST_COLUMNS = 200
MAX_BYTES = 64 * 1_048_576
_MAX_FIELD = 100_000


@dataclass(frozen=True, slots=True)
class AwardsReading:
    """What a file asks for: `requests` are the rows without a fault, `rows` counts all rows, `faults` has every fault.

    `whole_file` are those among them that leave no row to read: a file that is no CSV, or whose heading is wrong. With
    these, leaving out the rows that have faults leaves out all of them.
    """

    requests: tuple[AwardRequest, ...]
    faults: tuple[Fault, ...]
    rows: int
    whole_file: tuple[Fault, ...] = ()

    def require(self) -> tuple[AwardRequest, ...]:
        """The requests, if no row has a fault. Raises AwardsRefused with all of them."""
        if self.faults:
            raise AwardsRefused("The file of awards", self.faults)
        return self.requests


def read_awards_csv(data: bytes, *, catalogue: Catalogue, now: datetime) -> AwardsReading:
    """Read a file and hold each row against its level.

    UTF-8, with or without the mark that Excel writes; separated by commas or, if the first line has no comma,
    semicolons. Row numbers are those of a spreadsheet: the heading is row 1. Nothing is raised for faults: the caller
    decides whether one bad row stops them all (`require`) or is left out and reported.
    """
    try:
        text = _decoded(data)
        rows = list(_rows(text))
    except _UnreadableError as error:
        return _unreadable([error.fault])
    if not rows:
        return _unreadable(
            [
                Fault(
                    "",
                    sentence("the file is empty"),
                    sentence("its first line names {names}", names=", ".join(REQUIRED)),
                )
            ]
        )
    heading = [cell.strip() for cell in rows[0][1]]
    faults = list(_faults_of_heading(heading))
    if faults:
        return _unreadable(faults, len(rows) - 1)
    requests: list[AwardRequest] = []
    seen: dict[str, str] = {}
    for number, cells in rows[1:]:
        found = _read_row(number, heading, cells, catalogue=catalogue, now=now, seen=seen)
        if isinstance(found, AwardRequest):
            requests.append(found)
        else:
            faults += found
    return AwardsReading(tuple(requests), tuple(faults), len(rows) - 1)


def _unreadable(faults: list[Fault], rows: int = 0) -> AwardsReading:
    return AwardsReading((), tuple(faults), rows, whole_file=tuple(faults))


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
        raise _UnreadableError(
            Fault(
                f"row {row}",
                sentence("byte 0x{byte} is not UTF-8", byte=f"{data[error.start]:02x}"),
                sentence("save the file as UTF-8 (in Excel: CSV UTF-8)"),
            )
        ) from error


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of each row that has any; a quoted cell may hold line breaks."""
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
        raise _UnreadableError(
            Fault(
                f"row {number + 1}",
                sentence("this is no CSV: {error}", error=error),
                sentence("quote cells that hold commas, quotes or line breaks"),
            )
        ) from error


def _faults_of_heading(heading: list[str]) -> Iterator[Fault]:
    known = (*REQUIRED, *OPTIONAL)
    if len(heading) > MOST_COLUMNS:
        yield Fault(
            "row 1",
            sentence("it names {count} columns", count=len(heading)),
            sentence("at most {most_columns} are read", most_columns=MOST_COLUMNS),
        )
        return
    for column in heading:
        if column in known or any(column.startswith(one) and column != one for one in (RESULT, EVIDENCE)):
            continue
        near = get_close_matches(column.lower().replace(" ", "_"), known, n=1)
        right = (
            sentence("did you mean {value}?", value=near[0])
            if near
            else sentence("known are: {names}, result:<id>, evidence:<id>", names=", ".join(known))
        )
        yield Fault("row 1", sentence("there is no column {column!r}", column=column), right)
    for column in sorted(one for one, count in Counter(heading).items() if count > 1):
        yield Fault(
            "row 1", sentence("the column {column!r} stands here twice", column=column), sentence("keep one of them")
        )
    for column in REQUIRED:
        if column not in heading:
            yield Fault(
                "row 1",
                sentence("the column {column} is missing", column=column),
                sentence("needed are: {names}", names=", ".join(REQUIRED)),
            )


def _read_row(
    number: int, heading: list[str], cells: list[str], *, catalogue: Catalogue, now: datetime, seen: dict[str, str]
) -> AwardRequest | list[Fault]:
    row = f"row {number}"
    if len(cells) != len(heading):
        return [
            Fault(
                row,
                sentence("it has {count} cells and the heading has {columns}", count=len(cells), columns=len(heading)),
                sentence("quote cells that hold commas, and give every row all its cells"),
            )
        ]
    values = {column: cell.strip() for column, cell in zip(heading, cells, strict=True) if cell.strip()}
    faults = [
        Fault(f"{row}, {column}", sentence("this is empty"), sentence("give a value"))
        for column in REQUIRED
        if column not in values
    ]
    awarded_on = _day(values.get("awarded_on"), row, faults)
    request = _request(row, values, awarded_on or now.date())
    unread = {fault.where for fault in faults}
    faults += [
        fault
        for fault in faults_of(request, catalogue, now)
        if fault.where not in unread and not (f"{row}, program" in unread and fault.where == f"{row}, level")
    ]
    if faults:
        return faults
    if request.key in seen:
        return [
            Fault(
                row,
                sentence("this is the same award as {value}", value=seen[request.key]),
                sentence("keep one of them, or give each an idempotency_key of its own"),
            )
        ]
    seen[request.key] = row
    return request


def _day(text: str | None, row: str, faults: list[Fault]) -> date | None:
    if text is None:
        return None
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
            return date.fromisoformat(text)
        what = sentence("{text!r} is no date", text=text)
    except ValueError:
        what = sentence("there is no day {text!r}", text=text)
    faults.append(Fault(f"{row}, awarded_on", what, sentence("write year-month-day, like 2026-11-22")))
    return None


def _evidence(values: Mapping[str, str]) -> Iterator[Evidence]:
    """What each column evidence:<id> hands in."""
    for column, value in sorted(values.items()):
        if column.startswith(EVIDENCE):
            rule = column.removeprefix(EVIDENCE)
            digest = value.lower().removeprefix(_DIGEST) if value.lower().startswith(_DIGEST) else None
            yield Evidence(url=None if digest else value, name=rule if digest else None, sha256=digest, rule=rule)


def _request(row: str, values: Mapping[str, str], awarded_on: date) -> AwardRequest:
    evidence = Evidence(url=values.get("evidence_url"), name=values.get("evidence_name"))
    return AwardRequest(
        name=values.get("name", ""),
        email=values.get("email", ""),
        program=values.get("program", ""),
        level=values.get("level", ""),
        awarded_on=awarded_on,
        did=values.get("did"),
        license_number=values.get("license_number"),
        narrative=values.get("narrative"),
        evidence=(*((evidence,) if evidence != Evidence() else ()), *_evidence(values)),
        results=tuple(
            (column.removeprefix(RESULT), value)
            for column, value in sorted(values.items())
            if column.startswith(RESULT)
        ),
        idempotency_key=values.get("idempotency_key"),
        origin=row,
    )
