"""`POST /sign-in/provider/logout`: the provider says that somebody signed out there, and he is signed out here too.

No browser comes here: the token is the provider's word (OpenID Connect Back-Channel Logout 1.0, sections 2.5 to 2.8).
Sessions end before it is answered, whatever becomes of the browser.
"""

from __future__ import annotations

from typing import Final

import structlog
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from issuer.sign_in.provider_sign_outs import Replayed, end_by_provider
from portal.bodies import require_media_type
from portal.problems import NOT_FOUND, HttpProblem
from portal.sign_in.door import LOGOUT_PATH, AtDoor, Door
from portal.sign_in.sent_form import sent_form, text_in
from portal.sign_in.vouching import ProviderTrouble, SignInRefused

router = APIRouter(include_in_schema=False)
log = structlog.get_logger("guildmark.sign_in")

_LONGEST: Final = 16_384
"""Characters of a token; one takes some 800."""
_FORM: Final = ("application/x-www-form-urlencoded",)


@router.post(LOGOUT_PATH)
async def told_of_sign_out(request: Request, door: AtDoor) -> Response:
    """200 when it is done, 400 for a token that is not the provider's word, 503 if its keys cannot be asked for."""
    require_media_type(request, _FORM)
    token = text_in(await sent_form(request), "logout_token")
    return await run_in_threadpool(_end, door, token)


def _end(door: Door, token: str) -> Response:
    if door.provider is None:
        raise HttpProblem(NOT_FOUND, NOT_FOUND.meaning)
    if not 0 < len(token) <= _LONGEST:
        return _answer(400, "There is no logout_token.")
    try:
        said = door.provider.sign_out(token)
        ended = end_by_provider(door.service.database, said, now=door.now())
    except (SignInRefused, Replayed) as refused:
        log.warning("a sign-out by the provider was refused", why=str(refused))
        return _answer(400, "The logout_token is not taken: the log of this server says why.")
    except ProviderTrouble as trouble:
        log.warning("a sign-out by the provider could not be checked", why=str(trouble))
        return _answer(503, "The keys of the provider cannot be asked for just now.")
    log.info("signed out by the provider", sessions=ended)
    return _answer(200)


def _answer(status: int, why: str = "") -> Response:
    headers = {"Cache-Control": "no-store"}
    if not why:
        return Response(status_code=status, headers=headers)
    kind = "invalid_request" if status == 400 else "temporarily_unavailable"
    return JSONResponse({"error": kind, "error_description": why}, status_code=status, headers=headers)
