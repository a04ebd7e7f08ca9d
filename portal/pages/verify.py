"""The verify page: a form, and the answer to what was given in it. Nothing that was given is kept or sent back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from issuer import addresses
from issuer.catalogue import CredentialView, find_credential
from portal import answers, bodies
from portal.access import AtDesk, Served
from portal.bodies import VerifyForm
from portal.pages.badge_view import badge_view
from portal.pages.credential import zone_of
from portal.pages.credential_page import VerifiedPage
from portal.pages.rendering import Site, render
from portal.pages.site import site_of
from portal.pages.status_view import status_view
from portal.problems import HttpProblem
from portal.service import Service
from verifier.extract import MAX_INPUT_BYTES
from verifier.result import CheckName, Outcome, VerificationResult

router = APIRouter(include_in_schema=False)

LONGEST_KEPT = 200_000  # characters of a typed text that a faulty form keeps


@dataclass(frozen=True, slots=True)
class FormView:
    """The form with what was typed, and the message if it did not work."""

    error: str = ""
    text: str = ""
    most: str = f"{MAX_INPUT_BYTES // 1024 // 1024} MB"


@router.get("/verify")
def verify_page(service: Served) -> Response:
    """The empty form."""
    return _form(site_of(service), FormView())


async def given_form(request: Request) -> VerifyForm | HttpProblem:
    """What was given; a form that cannot be read is a message at the form, not a page of its own."""
    try:
        return await bodies.verify_form(request)
    except HttpProblem as problem:
        return problem


@router.post("/verify")
async def verify_answer(
    given: Annotated[VerifyForm | HttpProblem, Depends(given_form)], service: Served, desk: AtDesk
) -> Response:
    """The result page; or the form again, with a message, if there was nothing in it that could be a credential."""
    result = None
    if isinstance(given, VerifyForm) and bool(given.file) != bool(given.text):
        result = await desk.verify(given.file or given.text, zone=service.settings.zone)
    return await run_in_threadpool(_answered, service, given, result)


def _answered(service: Service, given: VerifyForm | HttpProblem, result: VerificationResult | None) -> Response:
    site = site_of(service)
    if isinstance(given, HttpProblem):
        return _form(site, FormView(error=given.detail), status=given.kind.status)
    if not given.file and not given.text:
        return _form(site, FormView(error="There was nothing to verify: choose a file or paste a text."), status=400)
    if result is None:
        message = "There are a file and a text: give one of them, so that it is clear which one is meant."
        return _form(site, FormView(error=message, text=given.text[:LONGEST_KEPT]), status=400)
    unreadable = _unreadable(result)
    if unreadable and not given.file:
        return _form(site, FormView(error=unreadable, text=given.text[:LONGEST_KEPT]), status=400)
    html = render("verified.html", site, here="verify", page=_page(service, site, result))
    response = answers.page(html)
    response.headers["Cache-Control"] = "no-store"
    return response


def _unreadable(result: VerificationResult) -> str:
    """Why there is no credential in a text at all; empty if there is one, or if it could not be fetched."""
    extract = next((check for check in result.checks if check.name is CheckName.EXTRACT), None)
    return extract.sentence if extract is not None and extract.outcome is Outcome.FAILED else ""


def _page(service: Service, site: Site, result: VerificationResult) -> VerifiedPage:
    ours = _ours(service, result)
    zone = zone_of(service, ours)
    badge = badge_view(result.document, zone=zone) if result.document is not None else None
    own = site.at(f"/credentials/{ours.record.id}") if ours is not None and result.verified else ""
    return VerifiedPage(status=status_view(result, zone=zone), badge=badge, own_page=own)


def _ours(service: Service, result: VerificationResult) -> CredentialView | None:
    """The credential of this server that the document says it is; what it says counts only if it is verified."""
    identifier = (result.document or {}).get("id")
    address = addresses.parse(service.base_url, identifier) if isinstance(identifier, str) else None
    if address is None or address.kind is not addresses.Kind.CREDENTIAL or address.id is None:
        return None
    return find_credential(service.database, address.id)


def _form(site: Site, form: FormView, *, status: int = 200) -> Response:
    return answers.page(render("verify.html", site, here="verify", form=form), status=status, script=True)
