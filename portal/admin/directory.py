"""`/admin/people/directory`: how the company's directory keeps the people up to date by itself (SCIM 2.0)."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from issuer.api_tokens import Role, list_tokens
from portal.access import Served
from portal.admin.going import admin_page
from portal.scim.asking import PREFIX
from portal.sign_in.who import Administers

router = APIRouter(include_in_schema=False)

PATH: Final = "/admin/people/directory"


@router.get(PATH)
def directory(request: Request, service: Served, person: Administers) -> Response:
    """The address, the tokens that may enter people, and what becomes of what the directory sends."""
    now = service.clock()
    known = list_tokens(service.database, service.issuer)
    return admin_page(
        request,
        "directory.html",
        person,
        "people",
        slim=True,
        script=True,
        address=f"{service.base_url}{PREFIX}",
        tokens=[one for one in known if one.role is Role.PROVISION and one.works(now)],
        zone=service.settings.zone,
    )
