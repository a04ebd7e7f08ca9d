"""The addresses of an exchange that wallets use: how to go on (interaction), and the exchange itself (VC API)."""

from __future__ import annotations

import json
import secrets
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from credentials.sentence import sentence
from issuer.wallet_copies import Copy, CopyFormat, check_copyable, copy_for_holder
from issuer.wallet_requests.exchanges import Exchange, challenge_of, exchange_of, take
from keys.errors import KeysError
from portal import bodies
from portal.access import AtDesk, Served
from portal.answers import page
from portal.json_text import JsonAnswer
from portal.negotiation import choose
from portal.pages.rendering import render
from portal.pages.site import site_for
from portal.problems import BAD_REQUEST, CONFLICT, NOT_FOUND, NOT_VERIFIED, UNAVAILABLE, HttpProblem
from portal.service import Service
from verifier.presentation import Challenge, NotAPresentation
from verifier.result import Outcome
from wallet_export import lcw
from wallet_export.holder_key import Holder

router = APIRouter(include_in_schema=False)

EXCHANGES: Final = "/exchanges/"
INTERACTIONS: Final = "/interactions/"
_HEADERS: Final = {"Cache-Control": "no-store", "Access-Control-Allow-Origin": "*"}
_GONE: Final = sentence("This link is over, or was never given out. Its holder can make another one.")
_TAKEN: Final = sentence("A wallet has fetched this already. Its holder can make another link.")
_LOCKED: Final = sentence("The keys of this server are locked, so it cannot sign at the moment.")
_OTHER_DID: Final = sentence("Only a did:key or a did:jwk can be bound here, and the wallet showed another DID.")

Body = Annotated[dict[str, Any], Depends(bodies.json_object)]


@router.get(INTERACTIONS + "{secret}")
def interaction(request: Request, secret: str, service: Served) -> Response:
    """By which protocols a wallet goes on; to a browser, a page that says which wallet to take."""
    _standing(service, secret)
    address = service.base_url + EXCHANGES + secret
    if choose(request.headers.get("accept"), ("application/json", "text/html")) != "text/html":
        return JsonAnswer(lcw.protocols(address), headers={**_HEADERS, "Vary": "Accept"})
    site = site_for(request, service)
    html = render("exchanges/interaction.html", site, link=lcw.deep_link(address))
    response = page(html, language=site.language)
    response.headers["Cache-Control"] = "no-store"
    return response


@router.post(EXCHANGES + "{secret}")
async def exchange(secret: str, request: Request, body: Body, service: Served, desk: AtDesk) -> Response:
    """`{}`: what the wallet must prove. A presentation that proves it: the credential, bound to the wallet's DID."""
    found = await run_in_threadpool(_standing, service, secret)
    if found.taken:
        raise HttpProblem(CONFLICT, _TAKEN)
    given = body.get("verifiablePresentation")
    if given is None and set(body) <= {"protocols", "options"}:
        return JsonAnswer(lcw.did_auth_request(challenge_of(secret), service.base_url), headers=_HEADERS)
    if not isinstance(given, dict):
        detail = sentence("“{name}” must be an object.", name="verifiablePresentation")
        raise HttpProblem(BAD_REQUEST, detail)
    challenge = Challenge(challenge_of(secret), service.base_url)
    try:
        judged = await desk.verify_presentation(given, len(await request.body()), challenge=challenge)
    except NotAPresentation as error:
        raise HttpProblem(BAD_REQUEST, str(error)) from None
    if judged.holder.outcome is not Outcome.PASSED:
        raise HttpProblem(NOT_VERIFIED, judged.holder.sentence, members={"checks": [judged.holder.as_dict()]})
    copy = await run_in_threadpool(_fetched, service, secret, found, _holder(given))
    return JsonAnswer(lcw.delivered(json.loads(copy.text)), headers=_HEADERS)


def _standing(service: Service, secret: str) -> Exchange:
    found = exchange_of(service.database, secret, now=service.clock())
    if found is None:
        raise HttpProblem(NOT_FOUND, _GONE)
    return found


def _holder(presentation: dict[str, Any]) -> Holder:
    """Whose proof the verifier has found right."""
    proof = presentation["proof"]
    method = str((proof[0] if isinstance(proof, list) else proof)["verificationMethod"])
    try:
        return Holder.of_did(method.partition("#")[0])
    except KeysError:
        raise HttpProblem(BAD_REQUEST, _OTHER_DID) from None


def _fetched(service: Service, secret: str, found: Exchange, holder: Holder) -> Copy:
    """The copy for the wallet that came first; whether it can be made is asked before the link is used up."""
    if service.keyring is None:
        raise HttpProblem(UNAVAILABLE, _LOCKED)
    now = service.clock()
    check_copyable(service.database, found.credential_id, now)
    if not take(service.database, secret, now=now):
        raise HttpProblem(CONFLICT, _TAKEN)
    return copy_for_holder(
        service.database,
        service.keyring,
        credential_id=found.credential_id,
        format_=CopyFormat.LDP_VC,
        holder=holder,
        actor=f"person:{found.person_id}",
        now=now,
        randomness=secrets.token_bytes,
    )
