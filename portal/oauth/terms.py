"""`/terms` and `/privacy`: where other hosts and their people find what the operator published (`terms_url`)."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from portal.access import Served

router = APIRouter(include_in_schema=False)


@router.get("/terms")
def terms(service: Served) -> Response:
    """The terms of this server; without any, what it does."""
    return RedirectResponse(service.settings.terms_url or service.base_url + "/docs", status_code=303)


@router.get("/privacy")
def privacy(service: Served) -> Response:
    """What becomes of people’s data here; without that, what it does."""
    return RedirectResponse(service.settings.privacy_url or service.base_url + "/docs", status_code=303)
