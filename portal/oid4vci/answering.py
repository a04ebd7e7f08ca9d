"""What all of it has in common: which issuer is asked, answers that nobody keeps, errors by the standard's codes."""

from __future__ import annotations

import functools
import secrets
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final
from urllib.parse import parse_qsl

import structlog
from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from issuer.addresses import SLUG
from issuer.errors import IssuerError, UnknownIssuer
from issuer.offers import nonces
from issuer.offers.configurations import Offerer, offerer
from issuer.sign_in.rates import Rate, within
from keys.errors import KeysError
from portal.bodies import media_type
from portal.json_text import json_bytes
from portal.problems import NOT_FOUND, HttpProblem
from portal.service import Service
from portal.sign_in.client import network_of
from wallet_export.dpop import LIFE as DPOP_LIFE
from wallet_export.dpop import DpopProof, check_dpop
from wallet_export.oid4vci import Oid4vciError

log = structlog.get_logger("guildmark.oid4vci")

MOST_BYTES: Final = 512 * 1024
CODES: Final = Rate("wallet codes from network", 120, timedelta(minutes=15))
"""Codes brought by one network: an office takes its badges home in a quarter of an hour, a guesser finds nothing."""
NONCES: Final = Rate("wallet nonces from network", 1_200, timedelta(minutes=15))
_FORM: Final = "application/x-www-form-urlencoded"
_MOST_FIELDS: Final = 30
DPOP_NONCE: Final = "use_dpop_nonce"
TYPES: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"application/json": {}}, "description": "Done"},
    400: {"content": {"application/json": {}}, "description": "Refused, by a code of the standard"},
    401: {"content": {"application/json": {}}, "description": "No token that is good here"},
    429: {"content": {"application/json": {}}, "description": "Too many requests"},
}
"""Of the description of every endpoint of this room."""


class TooMany(Oid4vciError):  # noqa: N818  (a verdict)
    """One network asks too often."""

    def __init__(self, rate: Rate) -> None:
        self.after = int(rate.every.total_seconds())
        super().__init__("temporarily_unavailable", "Too many requests came from this network.", status=429)


def issuer_named(service: Service, slug: str) -> Offerer:
    """The issuer of that short name. Raises a 404 problem."""
    try:
        if SLUG.fullmatch(slug):
            return offerer(service.database, slug)
    except UnknownIssuer:
        pass
    raise HttpProblem(NOT_FOUND, NOT_FOUND.meaning)


def answered(work: Callable[[], Response]) -> Callable[[], Response]:
    """The same work, whose refusals are answers."""

    @functools.wraps(work)
    def whole() -> Response:
        try:
            return work()
        except Oid4vciError as error:
            return refusal(error)
        except (KeysError, IssuerError) as error:
            log.error("nothing was issued to a wallet", reason=str(error), kind=type(error).__name__)  # noqa: TRY400  (no crash)
            return refusal(Oid4vciError("server_error", "The issuer cannot do that now.", status=503))

    return whole


async def answer(work: Callable[[], Response]) -> Response:
    """What `work` answers, done in a thread."""
    return await run_in_threadpool(answered(work))


def refusal(error: Oid4vciError) -> Response:
    """The answer that an error is: a body, and for tokens a challenge (RFC 6750, section 3; RFC 9449, section 7.1)."""
    headers = {}
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(error.after)
    if error.status in {401, 403}:
        scheme = "DPoP" if "dpop" in error.code else "Bearer"
        named = f' error="{error.code}", error_description="{error.description}"' if error.code else ""
        headers["WWW-Authenticate"] = f"{scheme}{named}"
    return told(error.document() if error.code else {}, status=error.status, headers=headers)


def told(document: Mapping[str, Any], *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer for one wallet, which is kept nowhere; wallets in browsers may read it."""
    return Response(
        json_bytes(document), status_code=status, media_type="application/json", headers={**OPEN, **(headers or {})}
    )


OPEN: Final = {
    "Cache-Control": "no-store",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "DPoP-Nonce, WWW-Authenticate",
}


async def body_of(request: Request) -> bytes:
    """The body. Raises Oid4vciError for one that is larger than any that a wallet sends."""
    try:
        data = await request.body()
    except ClientDisconnect:
        data = b""
    if len(data) > MOST_BYTES:
        raise Oid4vciError("invalid_request", "The body is too large.", status=413)
    return data


def form_of_wallet(request: Request, data: bytes) -> dict[str, str]:
    """The parameters of a wallet's form, each once (RFC 6749, section 3.2). Raises Oid4vciError."""
    if media_type(request) != _FORM:
        raise Oid4vciError("invalid_request", f"The body must be {_FORM}.")
    try:
        pairs = parse_qsl(data.decode("utf-8"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise Oid4vciError("invalid_request", "The body is no form, or has too many fields.") from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise Oid4vciError("invalid_request", "A parameter is given twice.")
    return {name: value for name, value in form.items() if value}


def require_rate(request: Request, service: Service, rate: Rate) -> None:
    """Count one more request of this network. Raises TooMany."""
    if not within(service.database, rate, network_of(request, service), now=service.clock()):
        raise TooMany(rate)


def bound_to(
    request: Request, service: Service, url: str, *, token: str | None = None, status: int = 400
) -> DpopProof | None:
    """The DPoP proof of a request, or None if it has none: right, for this address, with a nonce of ours, and new.

    Raises Oid4vciError: invalid_dpop_proof, use_dpop_nonce.
    """
    sent = request.headers.getlist("dpop")
    if not sent:
        return None
    if len(sent) > 1:
        raise Oid4vciError("invalid_dpop_proof", "There is more than one DPoP proof.", status=status)
    now = service.clock()
    try:
        proof = check_dpop(sent[0], method=request.method, url=url, now=now, token=token)
    except Oid4vciError as error:
        error.status = status
        raise
    if not nonces.is_dpop_nonce(service.database, proof.nonce, now=now):
        raise Oid4vciError(DPOP_NONCE, "The DPoP proof needs the nonce of this answer.", status=status)
    life = timedelta(seconds=2 * DPOP_LIFE)
    if not nonces.take_proof(service.database, proof.thumbprint, proof.jti, now=now, life=life):
        raise Oid4vciError("invalid_dpop_proof", "The DPoP proof was used before.", status=status)
    return proof


def with_dpop_nonce(service: Service, response: Response) -> Response:
    """The same answer with a nonce for the next DPoP proof."""
    response.headers["DPoP-Nonce"] = nonces.new_nonce(
        service.database, nonces.DPOP, now=service.clock(), randomness=secrets.token_bytes
    )
    return response


def wants_nonce(request: Request, response: Response) -> bool:
    """Whether the answer must bring a nonce: to whoever sends proofs without one that is good."""
    return "dpop" in request.headers and response.status_code in {400, 401} and DPOP_NONCE.encode() in response.body
