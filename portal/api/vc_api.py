"""The W3C CCG VC API: issue and verify by machines that speak it. An instance is an issuer's slug, or `default`.

Issuing and deriving answer 201; verifying 200, or 400 with problem details beside the checks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from credentials.haste import TakesLong, in_haste
from credentials.problems import TOO_COMPLEX, refuse
from credentials.proofs.selective import ecdsa_sd_2023
from credentials.sentence import sentence
from issuer.api_tokens import ApiToken, Role
from issuer.issuers import Issuer
from portal import bodies, issuing
from portal.access import AtDesk, Served, instance, require_role
from portal.api import vc_exchange
from portal.api.schemas import (
    DERIVE_REQUEST,
    DERIVED,
    ISSUE_REQUEST,
    ISSUED,
    PROBLEM,
    VC_VERIFIED,
    VC_VERIFY_REQUEST,
    VP_VERIFY_REQUEST,
)
from portal.api.vc_exchange import credential_in
from portal.json_text import JsonAnswer
from portal.problems import BAD_REQUEST, HttpProblem
from portal.service import Service
from verifier.presentation import NotAPresentation
from verifier.result import VerificationResult

__all__ = ["credential_answer", "credential_in", "router"]

router = APIRouter(prefix="/vc-api/{instance_name}", tags=["VC API"])

Body = Annotated[dict[str, Any], Depends(bodies.json_object)]
_PROBLEMS: dict[int | str, dict[str, Any]] = dict.fromkeys((400, 404, 413, 415), PROBLEM)


def issuing_access(request: Request, instance_name: str, service: Served) -> tuple[Issuer, ApiToken]:
    """The instance and a token that may issue for it; asked before the body is read. Raises 401, 403 or 404."""
    issuer = instance(instance_name, service)
    return issuer, require_role(request, service, issuer, Role.ISSUE)


@router.post(
    "/credentials/issue",
    status_code=201,
    summary="Issue a credential",
    description="Signs `credential`, records it and publishes it. Without an `id` it gets one of this server. "
    "`options.credentialId` becomes its `id`. "
    "`options.format` is `json` (default: embedded proof) or `jwt` (enveloped). `options.cryptosuite` is one that the "
    "issuer has a key for: `eddsa-rdfc-2022` (default), `eddsa-jcs-2022`, `ecdsa-rdfc-2019`, `ecdsa-jcs-2019`, or "
    "`ecdsa-sd-2023`, whose base proof only this answer carries (`options.mandatoryPointers`). With the header "
    "`Idempotency-Key` a repeated request answers with the credential of the first.",
    responses={201: ISSUED, **_PROBLEMS, 401: PROBLEM, 403: PROBLEM, 409: PROBLEM, 503: PROBLEM},
    openapi_extra={
        "requestBody": ISSUE_REQUEST,
        "security": [{"bearer": [Role.ISSUE.value]}],
        "x-curl": "curl -X POST {base}/vc-api/default/credentials/issue \\\n  -H 'Authorization: Bearer gmk_…' "
        "-H 'Content-Type: application/json' \\\n  -d @request.json",
    },
)
def issue(
    request: Request, access: Annotated[tuple[Issuer, ApiToken], Depends(issuing_access)], body: Body, service: Served
) -> Response:
    """Sign, record and publish one credential."""
    bodies.only_members(body, ("credential", "options"), "The request")
    given = vc_exchange.object_in(body, "credential")
    issuer, token = access
    wishes = vc_exchange.options_in(body)
    options = issuing.issue_options(wishes)
    document = issuing.named_as_asked(given, wishes)
    key = request.headers.get("idempotency-key")
    issued = issuing.issue_one(service, issuer, token, document, options=options, idempotency_key=key)
    return Response(issued, status_code=201, media_type="application/json", headers={"Cache-Control": "no-store"})


@router.post(
    "/credentials/verify",
    summary="Verify a credential",
    description="200 if it is verified; 400 with `problemDetails` if a check failed or could not be made.",
    responses={200: VC_VERIFIED, **_PROBLEMS, 503: PROBLEM},
    openapi_extra={
        "requestBody": VC_VERIFY_REQUEST,
        "x-curl": "curl -X POST {base}/vc-api/default/credentials/verify \\\n  -H 'Content-Type: application/json' "
        "\\\n  -d @request.json",
    },
)
async def verify_credential(instance_name: str, body: Body, service: Served, desk: AtDesk) -> Response:
    """The verdict on one credential of any issuer."""
    await run_in_threadpool(instance, instance_name, service)
    return credential_answer(service, await desk.verify(credential_in(body)))


def credential_answer(service: Service, result: VerificationResult) -> Response:
    """The verdict as the VC API has it."""
    return vc_exchange.credential_answer(service.base_url, result)


@router.post(
    "/credentials/derive",
    status_code=201,
    summary="Derive what is shown from a base proof",
    description="Of a credential with one base proof by `ecdsa-sd-2023`: what its issuer made mandatory, and what the "
    "JSON Pointers in `options.selectivePointers` name. No key is needed for it, and nothing is kept.",
    responses={201: DERIVED, **_PROBLEMS},
    openapi_extra={
        "requestBody": DERIVE_REQUEST,
        "x-curl": "curl -X POST {base}/vc-api/default/credentials/derive \\\n  -H 'Content-Type: application/json' "
        "\\\n  -d @request.json",
    },
)
async def derive(instance_name: str, body: Body, service: Served) -> Response:
    """The derived credential."""
    await run_in_threadpool(instance, instance_name, service)
    bodies.only_members(body, ("verifiableCredential", "options"), "The request")
    given = vc_exchange.object_in(body, "verifiableCredential")
    chosen = vc_exchange.pointers_in(vc_exchange.options_in(body), "selectivePointers")
    return JsonAnswer(await run_in_threadpool(_derived, given, chosen), 201, {"Cache-Control": "no-store"})


def _derived(given: Mapping[str, Any], chosen: Sequence[str]) -> dict[str, Any]:
    """What takes long to canonicalize is refused: a thread cannot be stopped, and anybody may ask."""
    try:
        with in_haste():
            return ecdsa_sd_2023.derive(given, chosen)
    except TakesLong:
        detail = sentence("The credential is too complex to derive from it here.")
        raise refuse(TOO_COMPLEX, "Too complex", detail) from None


@router.post(
    "/presentations/verify",
    summary="Verify a presentation",
    description="Every credential in the presentation is verified, and the holder’s proof if there is one "
    "(`eddsa-rdfc-2022`, by a key under `authentication`). `options.challenge` and `options.domain` must be in it.",
    responses={200: VC_VERIFIED, **_PROBLEMS, 503: PROBLEM},
    openapi_extra={
        "requestBody": VP_VERIFY_REQUEST,
        "x-curl": "curl -X POST {base}/vc-api/default/presentations/verify \\\n  -H 'Content-Type: application/json' "
        "\\\n  -d @request.json",
    },
)
async def verify_presentation(
    request: Request, instance_name: str, body: Body, service: Served, desk: AtDesk
) -> Response:
    """The verdict on a presentation and on each credential in it."""
    await run_in_threadpool(instance, instance_name, service)
    presentation = vc_exchange.presentation_in(body)
    challenge = vc_exchange.challenge_in(vc_exchange.options_in(body))
    try:
        found = await desk.verify_presentation(presentation, len(await request.body()), challenge=challenge)
    except NotAPresentation as error:
        raise HttpProblem(BAD_REQUEST, str(error)) from None
    return vc_exchange.presentation_answer(service.base_url, found)
