"""An offer, for the wallet that was led to it by a link or a QR code (OpenID4VCI 1.0, section 4.1.3)."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from credentials.sentence import sentence
from issuer.offers.authorizations import configurations_offered
from issuer.offers.configurations import Offerer, offerer_of_row
from issuer.offers.offers import TX_CODE_LENGTH, NewOffer, OpenOffer, find_offer
from portal.access import Served
from portal.oid4vci.answering import CODES, TYPES, answered, issuer_named, require_rate, told
from portal.problems import NOT_FOUND, HttpProblem
from portal.service import Service
from wallet_export.oid4vci import Offer, TxCode, link_by_reference

router = APIRouter(tags=["Wallets"])

TX_CODE_WORDS: Final = "The six digits are shown beside the QR code, where the offer was made."
_NOT_NOW: Final = sentence("There is no such badge, or it is not valid now, so it is not offered to wallets.")
_OVER: Final = sentence("This offer was used, has ended, or never was. Make a new one.")


@router.get(
    "/oid4vci/{slug}/offers/{reference}",
    summary="An offer of a credential",
    description="For the wallet that was led here by a link or a QR code. It can be redeemed once, and for minutes.",
    response_class=Response,
    responses=TYPES,
)
def offered(request: Request, slug: str, reference: str, service: Served) -> Response:
    """The offer by reference."""

    def work() -> Response:
        owner = issuer_named(service, slug)
        require_rate(request, service, CODES)
        found = find_offer(service.database, reference, now=service.clock())
        if found is None or found.issuer_id != owner.row_id:
            raise HttpProblem(NOT_FOUND, _OVER)
        return told(offer_document(owner, found, needs_tx_code=found.needs_tx_code).document())

    return answered(work)()


@router.get(
    "/wallet-offers/{credential_id}",
    summary="An offer of a credential to whoever signs in as its holder",
    description="It holds no secret and is as lasting as the badge: its wallet asks for a sign-in here.",
    response_class=Response,
    responses=TYPES,
)
def standing(request: Request, credential_id: UUID, service: Served) -> Response:
    """The offer that stands in mails: with the authorization code grant alone."""

    def work() -> Response:
        require_rate(request, service, CODES)
        found = configurations_offered(service.database, credential_id, now=service.clock())
        if found is None:
            raise HttpProblem(NOT_FOUND, _NOT_NOW)
        owner = offerer_of_row(service.database, found[0])
        return told(Offer(owner.identifier, found[1], issuer_state=str(credential_id)).document())

    return answered(work)()


def standing_link(service: Service, credential_id: UUID) -> str:
    """The link to that offer for a wallet: it says nothing but which badge, as the address of its page does."""
    return link_by_reference(f"{service.base_url}/wallet-offers/{credential_id}")


def offer_document(owner: Offerer, offer: NewOffer | OpenOffer, *, needs_tx_code: bool) -> Offer:
    """The offer in the standard's words."""
    return Offer(
        credential_issuer=owner.identifier,
        configuration_ids=offer.configurations,
        code=offer.code,
        tx_code=TxCode(TX_CODE_LENGTH, TX_CODE_WORDS) if needs_tx_code else None,
    )


def offer_address(owner: Offerer, reference: str) -> str:
    """Where a wallet finds the offer."""
    return f"{owner.identifier}/offers/{reference}"
