"""`/admin/reports`: the reports as pages, their tables as CSV, and the quarterly one as PDF."""

from __future__ import annotations

from time import monotonic
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from credentials.sentence import sentence, sentence_of
from issuer.errors import Refused, Unknown
from issuer.reports.periods import Quarter
from issuer.reports.small_groups import MINIMUM
from portal.access import Served
from portal.admin.going import admin_page, today_of
from portal.admin.reports.paper import as_pdf, glance_of, notes_of, span_words
from portal.admin.reports.reading import TITLES, Name, Report, Wanted, read_report
from portal.admin.reports.sheet import as_long_table, as_table, lines, quarter_words
from portal.forms import filled
from portal.language.language import Language
from portal.problems import NOT_FOUND, HttpProblem
from portal.service import Service
from portal.sign_in.showing import for_him_alone, language_of
from portal.sign_in.who import Audits, Person
from portal.spreadsheet import MEDIA_TYPE, as_csv

router = APIRouter(include_in_schema=False)

PATH = "/admin/reports"
_QUARTERS = 12
_LONGEST = 200
_LONG = 1.0
"""Seconds."""
_FIELDS = ("program", "level", "quarter")


@router.get(PATH)
def credentials(request: Request, service: Served, visitor: Audits) -> Response:
    """How credentials stand, what came and went, and what ends soon."""
    return _page(request, service, visitor, Name.CREDENTIALS)


@router.get(PATH + "/{name}")
def report(request: Request, service: Served, visitor: Audits, name: str) -> Response:
    """One of the others. Raises a 404 problem."""
    return _page(request, service, visitor, _named(name))


@router.get(PATH + "/{name}/table.csv")
def table(request: Request, service: Served, visitor: Audits, name: str, sheet: str = "") -> Response:  # noqa: ARG001
    """A table of a report for a spreadsheet; all of them, a figure to a row, if none is named. Raises a 404 problem."""
    language = language_of(request)
    found = _read(service, _wanted(_named(name), request))
    chosen = [one for one in found.sheets if sheet in ("", one.key)]
    if not chosen:
        raise HttpProblem(NOT_FOUND, sentence("There is no such table."))
    head, rows = as_table(chosen[0], language) if sheet else as_long_table(chosen, language)
    return _file(as_csv(head, rows), MEDIA_TYPE, _file_name(found, sheet, "csv"))


@router.get(PATH + "/quarter/report.pdf")
def pdf(request: Request, service: Served, visitor: Audits) -> Response:  # noqa: ARG001
    """The quarterly report on paper. Raises a 404 problem if there is no program."""
    found = _read(service, _wanted(Name.QUARTER, request))
    if found.health is None:
        raise HttpProblem(NOT_FOUND, sentence("There is no program to report on."))
    made = as_pdf(found.health, found, language_of(request))
    return _file(made, "application/pdf", _file_name(found, "", "pdf"))


def _page(request: Request, service: Service, visitor: Person, name: Name) -> Response:
    language, fault = language_of(request), ""
    try:
        found = _read(service, _wanted(name, request))
    except (Refused, Unknown) as error:
        fault = sentence("There is no such report: {why}. This one is shown instead.", why=_why(error))
        found = _read(service, Wanted(name))
    wanted = found.wanted
    query = urlencode({key: value for key in _FIELDS if (value := getattr(wanted, key))})
    return admin_page(
        request,
        "report.html",
        visitor,
        "reports",
        status=422 if fault else 200,
        fault=fault,
        name=name.value,
        title=TITLES[name],
        kinds=[(PATH if one is Name.CREDENTIALS else f"{PATH}/{one.value}", one.value, TITLES[one]) for one in Name],
        form=filled(**{key: getattr(wanted, key) for key in _FIELDS}),
        report=found,
        told_at=language.minute(found.at, service.settings.zone),
        blocks=[(block, list(lines(block.sheet, language))) for block in found.blocks(language)],
        table=f"{PATH}/{name.value}/table.csv?{query}&sheet=".replace("?&", "?"),
        paper=f"{PATH}/quarter/report.pdf?{query}",
        levels=[(str(key), f"{found.programs[key.program]}: {text}") for key, text in found.levels.items()],
        quarters=_quarters(service, wanted.quarter, language),
        glance=glance_of(found.health, language) if found.health is not None else (),
        span=span_words(found.health) if found.health is not None else "",
        notes=notes_of(found.health) if found.health is not None else (),
        minimum=MINIMUM,
    )


def _why(error: Refused | Unknown) -> str:
    return error.faults[0].what if isinstance(error, Refused) else sentence_of(error)


def _wanted(name: Name, request: Request) -> Wanted:
    given = {key: request.query_params.get(key, "")[:_LONGEST] for key in _FIELDS}
    return Wanted(name, **given)


def _read(service: Service, wanted: Wanted) -> Report:
    """The report; one that took long is kept for a few minutes, as the overview’s figures are."""
    began, now = monotonic(), service.clock()
    found, _ = service.counted.recall(
        ("report", service.issuer, wanted),
        lambda: read_report(service.database, service.issuer, service.settings.zone, wanted, now=now),
        now=now,
        takes_long=lambda _: monotonic() - began > _LONG,
    )
    return found


def _named(name: str) -> Name:
    if name not in tuple(Name):
        raise HttpProblem(NOT_FOUND, sentence("There is no such report."))
    return Name(name)


def _quarters(service: Service, chosen: str, language: Language) -> list[tuple[str, str]]:
    """Those that can be chosen, the running one first, and the one that is."""
    running = Quarter.of(today_of(service))
    there = {running.later(-back) for back in range(_QUARTERS)} | ({Quarter.parse(chosen)} if chosen else set())
    return [(str(one), language.say(quarter_words(one))) for one in sorted(there, reverse=True)]


def _file(body: bytes, media_type: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return for_him_alone(Response(body, media_type=media_type, headers=headers))


def _file_name(found: Report, sheet: str, ending: str) -> str:
    wanted = found.wanted
    parts = (wanted.name.value, wanted.program, wanted.level.replace("/", "-"), wanted.quarter, sheet)
    return "-".join(part for part in parts if part) + f".{ending}"
