"""`guildmark report`: the reports of the portal on the command line, as tables, JSON, CSV or PDF."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from portal.cli.installation import DEFAULT_HOME, AsJson, Home, IssuerName, clock, opened
from portal.cli.terminal import out, print_json, say

if TYPE_CHECKING:
    from portal.admin.reports.reading import Report

_NAMES = "credentials, outcomes, overdue, differences, quarter"


def report(
    name: Annotated[str, typer.Argument(help=f"Which: {_NAMES}.")] = "credentials",
    program: Annotated[str, typer.Option(help="Only this program (outcomes, overdue), or the one reported on.")] = "",
    level: Annotated[str, typer.Option(help="PROGRAM/LEVEL whose candidates are compared (differences).")] = "",
    quarter: Annotated[str, typer.Option(help="The quarter, like 2026-Q3; default: the last whole one.")] = "",
    pdf: Annotated[Path | None, typer.Option(help="Write the quarterly report to this file.")] = None,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV, a figure to a row.")] = False,
    home: Home = DEFAULT_HOME,
    issuer: IssuerName = None,
    as_json: AsJson = False,
) -> None:
    """Tell how programs fare: what ends, who passes, what is overdue; a quarter’s report as PDF."""
    from portal.admin.reports.reading import Name, Wanted, read_report

    if name not in tuple(Name):
        raise typer.BadParameter(f"there is no report {name!r}; there are {_NAMES}")
    if pdf is not None and name != Name.QUARTER:
        raise typer.BadParameter("only the quarterly report is made as PDF: guildmark report quarter --pdf FILE")
    with opened(home) as service:
        asked_of = issuer or service.issuer
        wanted = Wanted(Name(name), program, level, quarter)
        found = read_report(service.database, asked_of, service.settings.zone, wanted, now=clock())
    if pdf is not None:
        _write(found, pdf)
    elif as_json:
        print_json(_as_json(found))
    elif csv:
        _print_csv(found)
    else:
        _print(found)


def _write(found: Report, path: Path) -> None:
    from portal.admin.reports.paper import as_pdf
    from portal.language.language import ENGLISH

    if found.health is None:
        raise typer.BadParameter("there is no program to report on")
    path.write_bytes(as_pdf(found.health, found, ENGLISH))
    say(f"{path}: {found.health.name}, {found.wanted.quarter}")


def _as_json(found: Report) -> dict[str, object]:
    from portal.admin.reports.sheet import as_table
    from portal.language.language import ENGLISH

    tables: dict[str, object] = {}
    for sheet in found.sheets:
        head, rows = as_table(sheet, ENGLISH)
        tables[sheet.key] = [dict(zip(head, row, strict=True)) for row in rows]
    return {
        "report": found.wanted.name.value,
        "program": found.wanted.program or None,
        "level": found.wanted.level or None,
        "quarter": found.wanted.quarter or None,
        "since": found.since.isoformat() if found.since else None,
        "until": found.until.isoformat(),
        "tables": tables,
    }


def _print_csv(found: Report) -> None:
    from portal.admin.reports.sheet import as_long_table
    from portal.language.language import ENGLISH
    from portal.spreadsheet import as_csv

    sys.stdout.buffer.write(as_csv(*as_long_table(found.sheets, ENGLISH)))
    sys.stdout.buffer.flush()


def _print(found: Report) -> None:
    from rich.table import Table
    from rich.text import Text

    from portal.admin.reports.sheet import Kind, lines
    from portal.language.language import ENGLISH

    if not found.sheets:
        say("There is no program yet.")
    for sheet in found.sheets:
        table = Table(title=Text(str(sheet.title)), title_justify="left", title_style="bold", box=None, pad_edge=False)
        for column in sheet.columns:
            words = column.kind in {Kind.TEXT, Kind.MONTH, Kind.QUARTER}
            table.add_column(Text(str(column.name)), justify="left" if words else "right")
        for row in lines(sheet, ENGLISH):
            table.add_row(*(Text(cell) for cell in row))
        out.print(table)
        out.print()
