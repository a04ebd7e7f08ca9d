"""The token endpoint for codes of both kinds, and the nonce endpoint (OpenID4VCI 1.0, sections 6 and 7)."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from issuer.offers import nonces
from issuer.offers.configurations import Offerer
from issuer.offers.redeeming import Redeemed, redeem
from issuer.offers.redeeming_codes import redeem_code
from portal.access import Served
from portal.oid4vci.answering import (
    CODES,
    NONCES,
    TYPES,
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
from portal.service import Service
from wallet_export.oid4vci import (
    AUTHORIZATION_CODE,
    OPENID_CREDENTIAL,
    PRE_AUTHORIZED,
    Oid4vciError,
    credential_identifier,
)
from wallet_export.oid4vci_metadata import Endpoints
from wallet_export.oid4vci_requests import wanted_configurations

router = APIRouter(tags=["Wallets"])


@router.post(
    "/oid4vci/{slug}/token",
    summary="Redeem the code of an offer, or of a person who allowed it",
    description="The pre-authorized code grant of OpenID4VCI 1.0, and the authorization code grant with PKCE; the "
    "token is bound to a key if a DPoP proof comes with the request (RFC 9449). A code is good once.",
    response_class=Response,
    responses=TYPES,
)
async def token(request: Request, slug: str, service: Served) -> Response:
    """Section 6."""
    try:
        form = form_of_wallet(request, await body_of(request))
    except Oid4vciError as error:
        return refusal(error)

    def work() -> Response:
        owner = issuer_named(service, slug)
        response = answered(lambda: _token(request, service, owner, form))()
        return with_dpop_nonce(service, response) if wants_nonce(request, response) else response

    return await run_in_threadpool(work)


@router.post(
    "/oid4vci/{slug}/nonce",
    summary="A nonce for proofs of possession",
    description="Good for five minutes, and for one credential request.",
    response_class=Response,
    responses=TYPES,
)
def nonce(request: Request, slug: str, service: Served) -> Response:
    """Section 7."""

    def work() -> Response:
        issuer_named(service, slug)
        require_rate(request, service, NONCES)
        made = nonces.new_nonce(service.database, nonces.PROOF, now=service.clock(), randomness=secrets.token_bytes)
        return with_dpop_nonce(service, told({"c_nonce": made}))

    return answered(work)()


def _token(request: Request, service: Service, owner: Offerer, form: Mapping[str, str]) -> Response:
    require_rate(request, service, CODES)
    if "grant_type" not in form:
        raise Oid4vciError("invalid_request", "There is no grant_type.")
    grant = _GRANTS.get(form["grant_type"])
    if grant is None:
        raise Oid4vciError(
            "unsupported_grant_type", "Only codes of offers, and those that a person allowed, are taken."
        )
    missing = [name for name in grant.needs if name not in form]
    if missing:
        raise Oid4vciError("invalid_request", f"There is no {missing[0]}.")
    if form.get("resource", owner.identifier) != owner.identifier:
        raise Oid4vciError("invalid_target", "resource can only be the credential issuer's identifier.")
    wanted = wanted_configurations(form.get("authorization_details", ""), locations=owner.identifier)
    proof = bound_to(request, service, Endpoints(owner.identifier).at("token"))
    key = proof.thumbprint if proof is not None else None
    redeemed, named = grant.redeem(service, owner, form, wanted, key)
    details: dict[str, Any] = (
        {"scope": " ".join(redeemed.configurations)} if grant is _GRANTS[AUTHORIZATION_CODE] else {}
    )
    if named:
        details = {
            "authorization_details": [
                {
                    "type": OPENID_CREDENTIAL,
                    "credential_configuration_id": name,
                    "credential_identifiers": [credential_identifier(redeemed.credential_id, format_.value)],
                }
                for name, format_ in redeemed.configurations.items()
            ]
        }
    return told(
        {
            "access_token": redeemed.token,
            "token_type": "DPoP" if proof is not None else "Bearer",
            "expires_in": redeemed.expires_in,
            **details,
        },
        headers={"Pragma": "no-cache"},
    )


def _offered(
    service: Service, owner: Offerer, form: Mapping[str, str], wanted: Sequence[str] | None, key: str | None
) -> tuple[Redeemed, bool]:
    redeemed = redeem(
        service.database,
        issuer_id=owner.row_id,
        code=form["pre-authorized_code"],
        tx_code=form.get("tx_code"),
        wanted=wanted,
        dpop_key=key,
        now=service.clock(),
        randomness=secrets.token_bytes,
    )
    return redeemed, wanted is not None


def _allowed(
    service: Service, owner: Offerer, form: Mapping[str, str], wanted: Sequence[str] | None, key: str | None
) -> tuple[Redeemed, bool]:
    return redeem_code(
        service.database,
        issuer_id=owner.row_id,
        code=form["code"],
        client_id=form["client_id"],
        redirect_uri=form["redirect_uri"],
        verifier=form["code_verifier"],
        wanted=wanted,
        dpop_key=key,
        now=service.clock(),
        randomness=secrets.token_bytes,
    )


class _Grant(NamedTuple):
    """A kind of code: the parameters that come with it, and who knows what it is good for."""

    needs: tuple[str, ...]
    redeem: Callable[[Service, Offerer, Mapping[str, str], Sequence[str] | None, str | None], tuple[Redeemed, bool]]


_GRANTS: Final[Mapping[str, _Grant]] = {
    PRE_AUTHORIZED: _Grant(("pre-authorized_code",), _offered),
    AUTHORIZATION_CODE: _Grant(("code", "client_id", "redirect_uri", "code_verifier"), _allowed),
}
