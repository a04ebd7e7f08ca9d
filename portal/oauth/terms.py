"""`/terms` and `/privacy`: where other hosts and their people read under which terms this server is used, and what
becomes of people’s data. They lead to what the operator published (`terms_url`, `privacy_url`); without that they say
what the software does by itself, and who is to be asked.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from issuer.errors import UnknownIssuer
from portal import answers
from portal.access import Served
from portal.pages.rendering import render
from portal.pages.site import site_for
from portal.service import Service

router = APIRouter(include_in_schema=False)


@router.get("/terms")
def terms(request: Request, service: Served) -> Response:
    """Under which terms this server is used."""
    return _told(request, service, service.settings.terms_url, "oauth/terms.html")


@router.get("/privacy")
def privacy(request: Request, service: Served) -> Response:
    """What becomes of people’s data here."""
    return _told(request, service, service.settings.privacy_url, "oauth/privacy.html")


def _told(request: Request, service: Service, published: str | None, template: str) -> Response:
    if published is not None:
        return RedirectResponse(published, status_code=303)
    site = site_for(request, service)
    return answers.page(render(template, site, company=_company(service, site.name)), language=site.language)


def _company(service: Service, otherwise: str) -> str:
    try:
        return service.default_issuer().name
    except UnknownIssuer:
        return otherwise
