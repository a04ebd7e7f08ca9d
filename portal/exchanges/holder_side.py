"""The holder's side of an exchange: a link and a code for his Learner Credential Wallet, made with one button."""

from __future__ import annotations

import secrets
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from credentials.sentence import sentence
from issuer.catalogue import Standing
from issuer.credential_facts import CredentialFacts
from issuer.errors import Unknown
from issuer.wallet_requests.exchanges import exchange_of, open_exchange
from portal.access import Served
from portal.exchanges.wallet_side import EXCHANGES, INTERACTIONS
from portal.layers.security_headers import IMAGE_POLICY
from portal.me.once import remember, remembered
from portal.me.way import Way
from portal.pages.site import site_for
from portal.problems import NOT_FOUND, HttpProblem
from portal.service import Service
from portal.sign_in.door import AtDoor, Door
from portal.sign_in.showing import for_him_alone, show
from portal.sign_in.who import SignedIn
from wallet_export import lcw
from wallet_export.qr import ErrorCorrection, qr_svg

router = APIRouter(include_in_schema=False)

_ONCE: Final = "exchange"
_NOT_MINE: Final = sentence("You hold no such credential; compare the address with the original.")


def way(service: Service, facts: CredentialFacts) -> Way | None:
    """The way into the Learner Credential Wallet; None for what no wallet would be given."""
    if service.keyring is None or facts.standing(service.clock()) is not Standing.VALID:
        return None
    return Way(
        key="lcw",
        name="Learner Credential Wallet",
        told=sentence(
            "The free wallet of the Digital Credentials Consortium. It gets a copy that is bound to its key."
        ),
        button=sentence("Add to the Learner Credential Wallet"),
        path=f"/me/credentials/{facts.id}/exchange",
        method="post",
    )


@router.post("/me/credentials/{credential_id}/exchange")
def make(request: Request, credential_id: UUID, service: Served, person: SignedIn, door: AtDoor) -> Response:
    """Make the link; leads to the page that shows it."""
    try:
        secret = open_exchange(
            service.database,
            person_id=person.person_id,
            credential_id=credential_id,
            now=service.clock(),
            randomness=secrets.token_bytes,
        )
    except Unknown:
        raise HttpProblem(NOT_FOUND, _NOT_MINE) from None
    address = site_for(request, service).at(f"/me/credentials/{credential_id}/exchange")
    response = RedirectResponse(address, status_code=303)
    remember(response, door, _ONCE, secret)
    return for_him_alone(response)


@router.get("/me/credentials/{credential_id}/exchange")
def shown(request: Request, credential_id: UUID, service: Served, person: SignedIn, door: AtDoor) -> Response:
    """The link and the code that were made just now."""
    secret = _secret(request, service, door, person.person_id, credential_id)
    found = exchange_of(service.database, secret, now=service.clock()) if secret else None
    site = site_for(request, service)
    return show(
        request,
        "exchanges/exchange.html",
        visitor=person,
        here="me",
        back=site.at(f"/me/credentials/{credential_id}"),
        again=site.at(f"/me/credentials/{credential_id}/exchange"),
        taken=found is not None and found.taken,
        link=lcw.deep_link(service.base_url + EXCHANGES + secret) if secret else "",
        other=lcw.interaction_link(service.base_url + INTERACTIONS + secret) if secret else "",
        code=site.at(f"/me/credentials/{credential_id}/exchange.svg") if secret else "",
        until=found.expires_at.astimezone(service.settings.zone) if found is not None else None,
    )


@router.get("/me/credentials/{credential_id}/exchange.svg")
def code(request: Request, credential_id: UUID, service: Served, person: SignedIn, door: AtDoor) -> Response:
    """The code: an address that cameras open too, and that tells any wallet how to go on."""
    secret = _secret(request, service, door, person.person_id, credential_id)
    if not secret:
        raise HttpProblem(NOT_FOUND, _NOT_MINE)
    address = lcw.interaction_url(service.base_url + INTERACTIONS + secret)
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": IMAGE_POLICY}
    return Response(qr_svg(address, correction=ErrorCorrection.M), media_type="image/svg+xml", headers=headers)


def _secret(request: Request, service: Service, door: Door, person_id: UUID, credential_id: UUID) -> str:
    """The secret that the browser was given, if it is that of an exchange of this credential of his."""
    secret = remembered(request, door, _ONCE)
    found = exchange_of(service.database, secret, now=service.clock())
    return secret if found and (found.credential_id, found.person_id) == (credential_id, person_id) else ""
