"""The holder's side of an offer: a link, a QR code and a transaction code for his wallet, made with one button."""

from __future__ import annotations

import secrets
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from credentials.sentence import sentence
from issuer.catalogue import Standing
from issuer.credential_facts import CredentialFacts, credential_facts
from issuer.errors import TransitionRefused, Unknown
from issuer.offers.authorizations import configurations_offered
from issuer.offers.configurations import offerer_of
from issuer.offers.offers import OfferView, end_offer, look_at, make_offer
from portal.access import Served
from portal.layers.security_headers import IMAGE_POLICY
from portal.me.once import remember, remembered
from portal.me.way import Way
from portal.oid4vci.offered import offer_address, standing_link
from portal.pages.site import site_for
from portal.problems import CONFLICT, NOT_FOUND, HttpProblem
from portal.service import Service
from portal.sign_in.door import AtDoor, Door
from portal.sign_in.showing import for_him_alone, show
from portal.sign_in.who import Person, SignedIn
from wallet_export.oid4vci import link_by_reference
from wallet_export.qr import ErrorCorrection, qr_svg

router = APIRouter(include_in_schema=False)

ONCE: Final = "offer"
_NOT_MINE: Final = sentence("You hold no such credential; compare the address with the original.")


def way(service: Service, facts: CredentialFacts) -> Way | None:
    """The way into any wallet that speaks OpenID4VCI; None for what no wallet would be given."""
    if service.keyring is None or facts.level_id is None or facts.standing(service.clock()) is not Standing.VALID:
        return None
    return Way(
        key="oid4vci",
        name="OpenID4VCI",
        told=sentence("Any wallet that speaks OpenID4VCI. It gets a copy that is bound to its own key."),
        button=sentence("Add to a wallet"),
        path=f"/me/credentials/{facts.id}/wallet",
        method="post",
    )


@router.post("/me/credentials/{credential_id}/wallet")
def make(request: Request, credential_id: UUID, service: Served, person: SignedIn, door: AtDoor) -> Response:
    """Make an offer; leads to the page that shows it."""
    try:
        made = make_offer(
            service.database,
            credential_id=credential_id,
            person_id=person.person_id,
            actor=person.actor,
            now=service.clock(),
            randomness=secrets.token_bytes,
        )
    except Unknown:
        raise HttpProblem(NOT_FOUND, _NOT_MINE) from None
    except TransitionRefused:
        why = sentence("It is revoked or has expired, or you made too many offers of it. Wait until some are over.")
        raise HttpProblem(CONFLICT, why) from None
    response = RedirectResponse(_address(request, service, credential_id), status_code=303)
    remember(response, door, ONCE, f"{made.reference}.{made.tx_code}")
    return for_him_alone(response)


@router.get("/me/credentials/{credential_id}/wallet")
def shown(request: Request, credential_id: UUID, service: Served, person: SignedIn, door: AtDoor) -> Response:
    """The offer that was made just now, or how it went. Raises a 404 problem for a credential that is not his."""
    _mine(service, person, credential_id)
    found, reference, tx_code = offer_of_browser(request, service, door, credential_id)
    state = found.state if found is not None else "over"
    here = _address(request, service, credential_id)
    link = ""
    if state == "open":
        link = link_by_reference(offer_address(offerer_of(service.database, credential_id), reference))
    elif state == "over" and configurations_offered(service.database, credential_id, now=service.clock()):
        state, link = "standing", standing_link(service, credential_id)
    return show(
        request,
        "oid4vci/offer.html",
        visitor=person,
        here="me",
        at_desk=False,
        back=here.removesuffix("/wallet"),
        again=here,
        state=state,
        link=link,
        code=f"{here}.svg",
        tx_code=tx_code,
        end=f"{here}/{found.id}/end" if found is not None else "",
        until=found.expires_at.astimezone(service.settings.zone) if found is not None else None,
    )


@router.get("/me/credentials/{credential_id}/wallet.svg")
def code(request: Request, credential_id: UUID, service: Served, person: SignedIn, door: AtDoor) -> Response:
    """The QR code of the offer that was made just now, or of the one whose wallet asks for a sign-in."""
    _mine(service, person, credential_id)
    found, reference, _ = offer_of_browser(request, service, door, credential_id)
    if found is not None and found.state == "open":
        link = link_by_reference(offer_address(offerer_of(service.database, credential_id), reference))
    elif found is not None and found.state != "over":
        raise HttpProblem(NOT_FOUND, _NOT_MINE)
    else:
        link = standing_link(service, credential_id)
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": IMAGE_POLICY}
    return Response(qr_svg(link, correction=ErrorCorrection.M), media_type="image/svg+xml", headers=headers)


@router.post("/me/credentials/{credential_id}/wallet/{offer_id}/end")
def end(request: Request, credential_id: UUID, offer_id: UUID, service: Served, person: SignedIn) -> Response:
    """Nobody can redeem it any more."""
    _mine(service, person, credential_id)
    end_offer(service.database, offer_id, actor=person.actor, now=service.clock(), credential_id=credential_id)
    return for_him_alone(RedirectResponse(_address(request, service, credential_id), status_code=303))


def _mine(service: Service, person: Person, credential_id: UUID) -> None:
    facts = credential_facts(service.documents.questions, credential_id)
    if facts is None or facts.person_id != person.person_id:
        raise HttpProblem(NOT_FOUND, _NOT_MINE)


def offer_of_browser(
    request: Request, service: Service, door: Door, credential_id: UUID
) -> tuple[OfferView | None, str, str]:
    """The offer that the browser was told of, if it is one of this credential; its reference and transaction code."""
    reference, _, tx_code = remembered(request, door, ONCE).partition(".")
    found = look_at(service.database, reference, now=service.clock())
    if found is None or found.credential_id != credential_id:
        return None, "", ""
    return found, reference, tx_code if tx_code.isascii() and tx_code.isdigit() else ""


def _address(request: Request, service: Service, credential_id: UUID) -> str:
    return site_for(request, service).at(f"/me/credentials/{credential_id}/wallet")
