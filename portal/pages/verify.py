"""The verify page: a form, and the answer to what was given in it. Nothing that was given is kept or sent back.

One thing gets a page, several get a table. Scripts send several one by one to `/verify/row`, to show them as they come.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from credentials.sentence import Sentence, sentence
from portal import answers, spreadsheet
from portal.access import AtDesk, Served
from portal.layers.security_headers import CAMERA_OF_THIS_PAGE
from portal.pages.browser_words import check_words
from portal.pages.presented_page import presented_page
from portal.pages.rendering import Site, product_version, render
from portal.pages.site import site_for
from portal.pages.verified_page import (
    Judged,
    VerifiedRow,
    VerifiedTable,
    row_page,
    unreadable,
    verified_page,
    verified_table,
)
from portal.pages.verify_form import MOST_BYTES, MOST_ITEMS, Given, given_in
from portal.problems import BAD_REQUEST, HttpProblem
from portal.service import Service
from portal.static_files import static_files
from portal.verifying.several import verify_several
from verifier.extract import MAX_INPUT_BYTES
from verifier.presentation import PresentationResult
from verifier.result import Outcome, Status

router = APIRouter(include_in_schema=False)

LONGEST_KEPT = 200_000  # characters of a typed text that a faulty form keeps
CODE_READER = "code_reader.js"
_MEGABYTE = 1024 * 1024
_CSV_NAME = "verified-credentials.csv"


@dataclass(frozen=True, slots=True)
class FormView:
    """The form with what was typed, and the message at the field that it is about; code_reader: where the script is
    that reads QR codes, or empty if it was not built; camera: whoever came wants to scan one."""

    file_error: str = ""
    text_error: str = ""
    text: str = ""
    code_reader: str = ""
    camera: bool = False
    most_items: int = MOST_ITEMS
    most_bytes: str = f"{MAX_INPUT_BYTES // _MEGABYTE} MB"
    most_together: str = f"{MOST_BYTES // _MEGABYTE} MB"


@router.get("/verify")
def verify_page(request: Request, service: Served) -> Response:
    """The empty form; with `?camera`, the camera first."""
    return _form(site_for(request, service), camera="camera" in request.query_params)


async def given_form(request: Request) -> AsyncIterator[Given | HttpProblem]:
    """What was given; a form that cannot be read is a message at the form, not a page of its own."""
    async with AsyncExitStack() as stack:
        given: Given | HttpProblem
        try:
            given = await stack.enter_async_context(given_in(request))
        except HttpProblem as problem:
            given = problem
        yield given


GivenForm = Annotated[Given | HttpProblem, Depends(given_form)]


@router.post("/verify")
async def verify_answer(request: Request, given: GivenForm, service: Served, desk: AtDesk) -> Response:
    """The result page, or the table of several; or the form again, with a message, if there was nothing in it that
    could be a credential."""
    site = await run_in_threadpool(site_for, request, service)
    if isinstance(given, HttpProblem):
        return _form(site, file_error=given.detail, status=given.kind.status)
    if given.problem is not None:
        return _form(site, file_error=given.problem.detail, text=given.text, status=given.problem.kind.status)
    fault = _fault(given)
    if fault:
        return _form(site, text_error=fault, text=given.text, status=400)
    zone = service.settings.zone
    if len(given.items) == 1:
        results = [await desk.judge(await given.items[0].content(), zone=zone)]
    else:
        results = await verify_several(desk, given.items, zone=zone, now=service.clock())
    return await run_in_threadpool(_answered, service, site, given, results)


@router.post("/verify/row")
async def verify_row(request: Request, given: GivenForm, service: Served, desk: AtDesk) -> Response:
    """One row of the table, for the page's script: the row and its checks, as HTML to put in."""
    if isinstance(given, HttpProblem):
        raise given
    if given.problem is not None:
        raise given.problem
    if len(given.items) != 1:
        raise HttpProblem(BAD_REQUEST, sentence("Send exactly one file or text."))
    results = await verify_several(desk, given.items, zone=service.settings.zone, now=service.clock())
    site = await run_in_threadpool(site_for, request, service)
    return await run_in_threadpool(_row, site, service, given, results[0])


@router.get("/verify/signs/{version}")
def verify_signs(request: Request, service: Served, version: str) -> Response:
    """The seals of every status and the signs of every outcome, for scripts, and what they say in the language that the
    address names; the same as long as the version is."""
    kinds, outcomes = [status.value for status in Status], [outcome.value for outcome in Outcome]
    site = site_for(request, service)
    html = render("verify_signs.html", site, kinds=kinds, outcomes=outcomes, words=check_words(site.language))
    keep = answers.FOREVER if version == (product_version() or "0") else timedelta()
    return answers.public(request, html.encode(), "text/plain; charset=utf-8", keep=keep)


def _fault(given: Given) -> Sentence | None:
    if not given.items:
        return sentence("There was nothing to verify: choose files, paste a text or give a link.")
    if given.files and given.text:
        return sentence("There are a file and a text: give one of them, so that it is clear which one is meant.")
    if len(given.items) > MOST_ITEMS:
        number = len(given.items)
        return sentence("These are {number} addresses. Give up to {most} at a time.", number=number, most=MOST_ITEMS)
    return None


def _answered(service: Service, site: Site, given: Given, results: Sequence[Judged]) -> Response:
    if given.wants_csv:
        return _csv(site, verified_table(service, site, [item.name for item in given.items], results))
    if len(results) > 1:
        return _several(site, verified_table(service, site, [item.name for item in given.items], results))
    result = results[0]
    if isinstance(result, PresentationResult):
        return _presented(service, site, result)
    reason = unreadable(result)
    if reason and not given.files:
        return _form(site, text_error=reason, text=given.text, status=400)
    page = verified_page(service, site, result, checkable=True)
    html = render("verified.html", site, here="verify", page=page)
    reaches = page.check.reaches if page.check else ()
    return _forgotten(answers.page(html, script=True, reaches=reaches, language=site.language))


def _presented(service: Service, site: Site, found: PresentationResult) -> Response:
    page = presented_page(service, site, found)
    html = render("verified_presentation.html", site, here="verify", page=page)
    return _forgotten(answers.page(html, script=True, language=site.language))


def _several(site: Site, table: VerifiedTable) -> Response:
    download = "data:text/csv;charset=utf-8;base64," + base64.b64encode(table.csv(site.language)).decode("ascii")
    html = render("verified_several.html", site, here="verify", table=table, download=download, csv_name=_CSV_NAME)
    return _forgotten(answers.page(html, script=True, language=site.language))


def _csv(site: Site, table: VerifiedTable) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{_CSV_NAME}"'}
    return _forgotten(Response(table.csv(site.language), media_type=spreadsheet.MEDIA_TYPE, headers=headers))


def _row(site: Site, service: Service, given: Given, result: Judged) -> Response:
    row = VerifiedRow(given.number, given.items[0].name, row_page(service, site, result))
    return _forgotten(answers.page(render("verified_row.html", site, row=row), language=site.language))


def _forgotten(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


def _form(
    site: Site, *, file_error: str = "", text_error: str = "", text: str = "", status: int = 200, camera: bool = False
) -> Response:
    code_reader = site.static(CODE_READER) if CODE_READER in static_files() else ""
    form = FormView(file_error, text_error, text[:LONGEST_KEPT], code_reader, camera=camera)
    html = render("verify.html", site, here="verify", form=form, table=VerifiedTable(()), csv_name=_CSV_NAME)
    response = answers.page(html, status=status, script=True, reaches=("'self'",), language=site.language)
    if code_reader:
        response.headers["Permissions-Policy"] = CAMERA_OF_THIS_PAGE
    return response
