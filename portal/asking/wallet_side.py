"""The two addresses of a question that wallets use: what is asked (request_uri), and where to answer (response_uri).

OpenID4VP 1.0, sections 5.10 and 8.2. Errors are told by the codes of OAuth; of a question that is unknown, answered
or over nothing is told but that.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Any, Final
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from issuer.wallet_requests import requests
from issuer.wallet_requests.requests import Found, Way
from keys import base64url
from keys.errors import KeysError
from portal import bodies
from portal.access import AtDesk, Served
from portal.asking.judging import judged
from portal.asking.who_asks import Asker, asker_of
from portal.json_text import JsonAnswer
from portal.service import Service
from portal.verifying.desk import Desk
from portal.verifying.places import Overloaded
from verifier.policy import Question
from wallet_export.oid4vp_dcql import read_query
from wallet_export.oid4vp_request import (
    MEDIA_TYPE,
    VpRequest,
    encryption_jwk,
    request_claims,
    signed_request,
)
from wallet_export.oid4vp_response import MOST_BYTES, AnswerRefused, WalletAnswer, public_key, read_answer

router = APIRouter(include_in_schema=False)

REQUESTS: Final = "/openid4vp/requests/"
ANSWERS: Final = "/openid4vp/answers/"
BACK: Final = "/verify/wallet/{id}/back"
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
_NONCE_LIMIT: Final = 512
BUSY: Final = "temporarily_unavailable"
_GONE: Final = "this request is unknown, answered already, or over"


def question_of(handle: str, client_id: str) -> Question:
    """What the holder must sign: a nonce that belongs to this handle alone, and who asks."""
    digest = hashlib.sha256(f"nonce of {handle}".encode()).digest()
    return Question(base64url.encode(digest), client_id)


@router.get(REQUESTS + "{handle}")
def request_object(handle: str, service: Served) -> Response:
    """The signed request."""
    return _request(service, handle, None)


@router.post(REQUESTS + "{handle}")
async def request_object_posted(request: Request, handle: str, service: Served) -> Response:
    """The same for a wallet that says something about itself; its `wallet_nonce` comes back in what is signed."""
    form = dict(parse_qsl((await bodies.body(request))[:65_536].decode("ascii", "replace"), keep_blank_values=True))
    nonce = form.get("wallet_nonce")
    if nonce is not None and not 0 < len(nonce) <= _NONCE_LIMIT:
        return _refused(AnswerRefused("wallet_nonce must be a text of up to 512 characters"))
    return await run_in_threadpool(_request, service, handle, nonce)


@router.post(ANSWERS + "{handle}")
async def answer(request: Request, handle: str, service: Served, desk: AtDesk) -> Response:
    """The wallet's answer: 200 if it is one, with where the browser of the same device goes on."""
    body = await bodies.body(request)
    try:
        _require_form(request, body)
        found, asker = await run_in_threadpool(_asked, service, handle)
        given = await run_in_threadpool(_given, found, body, handle)
        question = question_of(handle, asker.client_id)
        shown = None if given.error else await _shown(desk, found, given, question)
        return await run_in_threadpool(_keep, service, found, shown)
    except AnswerRefused as refusal:
        return _refused(refusal)
    except Overloaded:
        return _refused(AnswerRefused("too many documents are being verified; try again", BUSY))


def _require_form(request: Request, body: bytes) -> None:
    if bodies.media_type(request) != "application/x-www-form-urlencoded":
        raise AnswerRefused("the answer must be sent as application/x-www-form-urlencoded")
    if len(body) > MOST_BYTES:
        raise AnswerRefused("the answer is too large")


def _given(found: Found, body: bytes, handle: str) -> WalletAnswer:
    given = read_answer(body, seed=found.request.seed, kid=str(found.request.id))
    if not secrets.compare_digest(given.state.encode("utf-8", "surrogatepass"), handle.encode()):
        raise AnswerRefused("state is not that of this request")
    return given


async def _shown(desk: Desk, found: Found, given: WalletAnswer, question: Question) -> list[dict[str, Any]]:
    return [one.as_dict() for one in await judged(desk, read_query(found.request.query), given, question)]


def _asked(service: Service, handle: str) -> tuple[Found, Asker]:
    found = requests.of_wallet(service.database, handle, now=service.clock())
    asker = asker_of(service)
    if found is None or asker is None:
        raise AnswerRefused(_GONE)
    return found, asker


def _request(service: Service, handle: str, wallet_nonce: str | None) -> Response:
    try:
        found, asker = _asked(service, handle)
        jwk = None
        if found.request.seed is not None:
            jwk = encryption_jwk(public_key(found.request.seed), str(found.request.id))
        asked = VpRequest(
            client_id=asker.client_id,
            response_uri=f"{service.base_url}{ANSWERS}{handle}",
            nonce=question_of(handle, asker.client_id).nonce,
            state=handle,
            query=found.request.query,
            client_name=asker.issuer.name,
            encryption_key=jwk,
        )
        now = service.clock()
        life = max(found.request.expires_at - now, timedelta(seconds=1))
        claims = request_claims(asked, now=now, life=life, wallet_nonce=wallet_nonce)
        text = signed_request(claims, asker.signer(), asker.key.verification_method)
    except AnswerRefused as refusal:
        return _refused(refusal)
    except KeysError:
        return _refused(AnswerRefused("the request cannot be signed at the moment", BUSY))
    return Response(text, media_type=MEDIA_TYPE, headers=_HEADERS)


def _keep(service: Service, found: Found, shown: list[dict[str, Any]] | None) -> Response:
    code = requests.answer(service.database, found, shown=shown, now=service.clock(), randomness=secrets.token_bytes)
    if code is None:
        raise AnswerRefused(_GONE)
    if found.way is not Way.HERE:
        return JsonAnswer({}, headers=_HEADERS)
    back = f"{service.base_url}{BACK.format(id=found.request.id)}?response_code={code}"
    return JsonAnswer({"redirect_uri": back}, headers=_HEADERS)


def _refused(refusal: AnswerRefused) -> Response:
    status = 503 if refusal.code == BUSY else 400
    members = {"error": refusal.code, "error_description": refusal.description}
    return JsonAnswer(members, status, _HEADERS)
