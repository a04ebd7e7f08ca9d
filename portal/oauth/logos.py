"""The logo of an application, on the page that asks for it: fetched and drawn anew by us.

The browser of whoever is asked never asks the application's server, which would learn where and when he reads. It is
asked by this server, through the verifier's guard (no private addresses, bounded in size and time), when somebody who
is signed in looks at the page first, and at most once a day; what it gave is kept in the database, for all processes.
"""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from credentials.sentence import sentence
from issuer.authorizations.clients import Client
from issuer.authorizations.grants import find_request
from issuer.authorizations.logos import keep_logo, logo_of, take_turn
from portal.access import Served
from portal.layers.security_headers import IMAGE_POLICY
from portal.pages.site import site_of
from portal.problems import NOT_FOUND, HttpProblem
from portal.service import Service
from portal.sign_in.showing import for_him_alone
from portal.sign_in.who import SignedIn
from verifier.fetch import FetchError
from wallet_export.errors import WalletExportError
from wallet_export.logo import MOST_BYTES, logo_png

router = APIRouter(include_in_schema=False)


@router.get("/oauth/consent/{handle}/logo.png")
def logo(service: Served, _: SignedIn, handle: str) -> Response:
    """The picture that the application registered; a plain one if there is none to be had."""
    asked = find_request(service.database, handle, now=service.clock())
    if asked is None:
        raise HttpProblem(NOT_FOUND, sentence("There is nothing to be allowed any more."))
    picture = _picture(service, asked.client)
    if picture is None:
        return for_him_alone(RedirectResponse(site_of(service).static("application.svg"), status_code=303))
    headers = {"Content-Security-Policy": IMAGE_POLICY}
    return for_him_alone(Response(picture, media_type="image/png", headers=headers))


def _picture(service: Service, client: Client) -> bytes | None:
    """The logo that is kept, or one fetched now."""
    now = service.clock()
    known = logo_of(service.database, client.id, now=now)
    if not known.to_fetch or not take_turn(service.database, client.id, now=now):
        return known.picture
    try:
        found = service.reach().fetch(str(client.registered["logo_uri"]), accept="image/*", max_bytes=MOST_BYTES)
        picture = logo_png(found.body)
    except (FetchError, WalletExportError):
        return known.picture
    keep_logo(service.database, client.id, picture)
    return picture
