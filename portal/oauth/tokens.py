"""The token endpoint (RFC 6749, with RFC 7636) and the revocation endpoint (RFC 7009)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from portal.access import Served
from portal.bodies import body, media_type
from portal.oauth.answers import TOKENS, OauthRefused, require_rate, told

if TYPE_CHECKING:
    from portal.oauth.grants import Answer, TokenServer
    from portal.service import Service

router = APIRouter(tags=["Applications"])

_FORM: Final = "application/x-www-form-urlencoded"
_MOST_BYTES: Final = 16 * 1024


@router.post("/oauth/token", summary="Tokens for a code, or for a refresh token", response_class=Response)
async def token(request: Request, service: Served) -> Response:
    """RFC 6749, sections 4.1.3 and 6."""
    return await _answered(request, service, lambda server, sent: server.create_token_response(sent))


@router.post("/oauth/revoke", summary="Revoke a token (RFC 7009)", response_class=Response)
async def revoke(request: Request, service: Served) -> Response:
    """RFC 7009, section 2."""
    return await _answered(request, service, lambda server, sent: server.create_endpoint_response("revocation", sent))


async def _answered(request: Request, service: Service, work: Callable[[TokenServer, Any], Answer]) -> Response:
    try:
        form = _form(request, await body(request))
    except OauthRefused as refused:
        return refused.answer()

    def done() -> Response:
        from portal.oauth.grants import TokenServer  # takes a moment to load, and few installations need it

        try:
            require_rate(request, service, TOKENS)
        except OauthRefused as refused:
            return refused.answer()
        server = TokenServer(service)
        sent = server.request(request.url.path, form, request.headers.get("authorization", ""))
        status, said, headers = work(server, sent)
        document = json.loads(said) if isinstance(said, str) else dict(said)
        if document.get("error") == "unsupported_token_type":
            status = 400
        challenge = {name: value for name, value in headers if name.lower() == "www-authenticate"}
        return told(document, status=status, headers=challenge)

    return await run_in_threadpool(done)


def _form(request: Request, data: bytes) -> dict[str, str]:
    """The parameters, each once (RFC 6749, section 3.2). Raises OauthRefused."""
    if media_type(request) != _FORM or len(data) > _MOST_BYTES:
        raise OauthRefused("invalid_request", f"Send {_FORM} of at most {_MOST_BYTES} bytes.")
    try:
        pairs = parse_qsl(data.decode("ascii"), keep_blank_values=True, max_num_fields=30)
    except ValueError:
        raise OauthRefused("invalid_request", "The body is no form, or has too many fields.") from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise OauthRefused("invalid_request", "A parameter is given twice.")
    if any(not value.isascii() or not value.isprintable() for value in form.values()):
        raise OauthRefused("invalid_request", "A parameter holds characters that none of these may.")
    if form.get("grant_type") not in {None, "authorization_code", "refresh_token"}:
        raise OauthRefused("unsupported_grant_type", "The grant_type is authorization_code or refresh_token.")
    return {name: value for name, value in form.items() if value}
