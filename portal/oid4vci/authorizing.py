"""`/oid4vci/{slug}/authorize` and `/par`: what a wallet asks a person for (OpenID4VCI 1.0, section 5; RFC 9126).

Nobody is sent anywhere before he has said so: what is wrong with a request is told on a page of ours, with a link to
where its answer would go, since whoever made the request chose that address (RFC 9700, section 4.11.2).
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Final
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from credentials.sentence import sentence
from issuer.offers.authorizations import PUSHED, ask, show_pushed
from issuer.offers.configurations import Offerer, offerings
from issuer.sign_in.rates import Rate
from portal.access import Served
from portal.oid4vci.answering import (
    TYPES,
    TooMany,
    answered,
    body_of,
    bound_to,
    form_of_wallet,
    issuer_named,
    refusal,
    require_rate,
    told,
    wants_nonce,
    with_dpop_nonce,
)
from portal.pages.site import site_of
from portal.problems import BAD_REQUEST, HttpProblem
from portal.service import Service
from portal.sign_in.showing import for_him_alone, show
from portal.sign_in.who import STRANGER
from wallet_export.oid4vci import Oid4vciError
from wallet_export.oid4vci_authorization import REQUEST_URI, Unanswerable, Wanted, wanted, whom_to_answer
from wallet_export.oid4vci_metadata import Endpoints

router = APIRouter(tags=["Wallets"])

QUESTIONS: Final = Rate("wallet questions from network", 300, timedelta(minutes=15))
_MOST_FIELDS: Final = 40
_NO_ADDRESS: Final = sentence(
    "The wallet does not say in a way that we take who it is and where its answer goes. Go back to it and begin anew."
)


@router.post(
    "/oid4vci/{slug}/par",
    summary="Push an authorization request",
    description="RFC 9126: the parameters of `/authorize`; the answer’s `request_uri` is good once, for two minutes. "
    "With a DPoP proof, the token will be bound to its key.",
    response_class=Response,
    responses={**TYPES, 201: {"content": {"application/json": {}}, "description": "Kept"}},
)
async def pushed(request: Request, slug: str, service: Served) -> Response:
    """RFC 9126, section 2; RFC 9449, section 10.1."""
    try:
        form = form_of_wallet(request, await body_of(request))
    except Oid4vciError as error:
        return refusal(error)

    def work() -> Response:
        owner = issuer_named(service, slug)
        response = answered(lambda: _pushed(request, service, owner, form))()
        return with_dpop_nonce(service, response) if wants_nonce(request, response) else response

    return await run_in_threadpool(work)


def _pushed(request: Request, service: Service, owner: Offerer, form: dict[str, str]) -> Response:
    require_rate(request, service, QUESTIONS)
    if "request_uri" in form or "request" in form:
        raise Oid4vciError("invalid_request", "A pushed request cannot refer to another.")
    try:
        asked = _wanted(service, owner, form)
    except Unanswerable:
        raise Oid4vciError("invalid_request", "client_id or redirect_uri is none that is taken here.") from None
    proof = bound_to(request, service, Endpoints(owner.identifier).at("par"))
    if proof is not None:
        if asked.dpop_key not in {None, proof.thumbprint}:
            raise Oid4vciError("invalid_dpop_proof", "dpop_jkt names another key than the proof's.")
        asked = asked.bound_to(proof.thumbprint)
    now = service.clock()
    handle = ask(service.database, owner.row_id, asked, pushed=True, now=now, randomness=secrets.token_bytes)
    return told({"request_uri": REQUEST_URI + handle, "expires_in": int(PUSHED.total_seconds())}, status=201)


@router.get("/oid4vci/{slug}/authorize", include_in_schema=False)
def authorize(request: Request, slug: str, service: Served) -> Response:
    """Judge the request, keep it, and lead on to its page. Raises a problem for what no wallet can be told."""
    owner = issuer_named(service, slug)
    try:
        require_rate(request, service, QUESTIONS)
        given = _parameters(request)
    except TooMany:
        raise HttpProblem(
            BAD_REQUEST, sentence("Too many requests came from your network. Wait some minutes.")
        ) from None
    except Oid4vciError:
        raise HttpProblem(BAD_REQUEST, _NO_ADDRESS) from None
    now = service.clock()
    if "request_uri" in given:
        handle = show_pushed(
            service.database,
            owner.row_id,
            given["request_uri"].removeprefix(REQUEST_URI),
            client_id=given.get("client_id", ""),
            now=now,
            randomness=secrets.token_bytes,
        )
        if handle is None:
            raise HttpProblem(
                BAD_REQUEST, sentence("This question was shown already, or waited too long. Go back to your wallet.")
            )
    else:
        try:
            asked = _wanted(service, owner, given)
        except Unanswerable:
            raise HttpProblem(BAD_REQUEST, _NO_ADDRESS) from None
        except Oid4vciError as error:
            return _refused(request, owner, given, error)
        handle = ask(service.database, owner.row_id, asked, pushed=False, now=now, randomness=secrets.token_bytes)
    return for_him_alone(RedirectResponse(site_of(service).at(f"/wallet-consent/{handle}"), status_code=303))


def _parameters(request: Request) -> dict[str, str]:
    """Each once (RFC 6749, section 3.1); those without a value are as if they were not there."""
    try:
        pairs = parse_qsl(request.url.query, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise Oid4vciError("invalid_request", "There are too many parameters.") from None
    if len(dict(pairs)) != len(pairs):
        raise Oid4vciError("invalid_request", "A parameter is given twice.")
    return {name: value for name, value in pairs if value}


def _wanted(service: Service, owner: Offerer, given: dict[str, str]) -> Wanted:
    levels = offerings(service.database, owner.slug).levels
    known = [name for level in levels for name, _ in level.formats.values()]
    return wanted(given, issuer=owner.identifier, known=known)


def _refused(request: Request, owner: Offerer, given: dict[str, str], error: Oid4vciError) -> Response:
    """The page that says what is wrong, with the answer as a link that nobody follows for the person."""
    _, back = whom_to_answer(given)
    state = given.get("state", "")[:1000]
    link = back.with_answer(error.document(), state=state if state.isprintable() else "", issuer=owner.identifier)
    return show(
        request, "oid4vci/refused.html", visitor=STRANGER, status=400, back=back, link=link, reason=error.description
    )
