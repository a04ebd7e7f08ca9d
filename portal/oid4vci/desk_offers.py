"""An admin offers a credential to its holder, who stands beside the desk: what `guildmark offer make` does."""

from __future__ import annotations

import secrets
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from credentials.sentence import sentence
from issuer.errors import TransitionRefused
from issuer.offers.configurations import offerer_of
from issuer.offers.offers import end_offer, make_offer
from portal.access import Served
from portal.admin.going import lead
from portal.layers.security_headers import IMAGE_POLICY
from portal.me.once import remember
from portal.oid4vci.offered import offer_address
from portal.oid4vci.own_offers import ONCE, offer_of_browser
from portal.pages.site import site_for
from portal.problems import CONFLICT, NOT_FOUND, HttpProblem
from portal.sign_in.door import AtDoor
from portal.sign_in.showing import show
from portal.sign_in.who import Administers
from wallet_export.oid4vci import link_by_reference
from wallet_export.qr import ErrorCorrection, qr_svg

router = APIRouter(include_in_schema=False)

_PATH: Final = "/admin/credentials/{credential_id}/wallet"
_NO_OFFER: Final = sentence("This offer was used, has ended, or never was. Make a new one.")


@router.post(_PATH)
def make(service: Served, person: Administers, door: AtDoor, credential_id: UUID) -> Response:
    """Make an offer; leads to the page that shows it. Raises a 404 or a 409 problem."""
    try:
        made = make_offer(
            service.database,
            credential_id=credential_id,
            actor=person.actor,
            now=service.clock(),
            randomness=secrets.token_bytes,
        )
    except TransitionRefused:
        why = sentence("It is revoked or has expired, or you made too many offers of it. Wait until some are over.")
        raise HttpProblem(CONFLICT, why) from None
    response = lead(service, f"/admin/credentials/{credential_id}/wallet")
    remember(response, door, ONCE, f"{made.reference}.{made.tx_code}")
    return response


@router.get(_PATH)
def shown(request: Request, service: Served, person: Administers, door: AtDoor, credential_id: UUID) -> Response:
    """The offer that was made just now, or how it went. Raises a 404 problem for no credential."""
    owner = offerer_of(service.database, credential_id)
    found, reference, tx_code = offer_of_browser(request, service, door, credential_id)
    here = site_for(request, service).at(f"/admin/credentials/{credential_id}/wallet")
    return show(
        request,
        "oid4vci/offer.html",
        visitor=person,
        here="admin",
        at_desk=True,
        back=here.removesuffix("/wallet"),
        again=here,
        state=found.state if found is not None else "over",
        link=link_by_reference(offer_address(owner, reference)) if reference else "",
        code=f"{here}.svg",
        tx_code=tx_code,
        end=f"{here}/{found.id}/end" if found is not None else "",
        until=found.expires_at.astimezone(service.settings.zone) if found is not None else None,
    )


@router.get(_PATH + ".svg")
def code(request: Request, service: Served, _: Administers, door: AtDoor, credential_id: UUID) -> Response:
    """The QR code of the offer that was made just now."""
    found, reference, _digits = offer_of_browser(request, service, door, credential_id)
    if found is None or found.state != "open":
        raise HttpProblem(NOT_FOUND, _NO_OFFER)
    link = link_by_reference(offer_address(offerer_of(service.database, credential_id), reference))
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": IMAGE_POLICY}
    return Response(qr_svg(link, correction=ErrorCorrection.M), media_type="image/svg+xml", headers=headers)


@router.post(_PATH + "/{offer_id}/end")
def end(service: Served, person: Administers, credential_id: UUID, offer_id: UUID) -> Response:
    """Nobody can redeem it any more."""
    end_offer(service.database, offer_id, actor=person.actor, now=service.clock(), credential_id=credential_id)
    return lead(service, f"/admin/credentials/{credential_id}/wallet")
