"""The W3C CCG VC API: issue and verify by machines that speak it. An instance is an issuer's slug, or `default`.

Issuing answers 201; verifying 200, or 400 with problem details beside the checks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from credentials.problems import Problem
from issuer.api_tokens import ApiToken, Role
from issuer.issuers import Issuer
from portal import bodies, issuing
from portal.access import AtDesk, Served, instance, require_role
from portal.api.schemas import (
    ISSUE_REQUEST,
    ISSUED,
    PROBLEM,
    VC_VERIFIED,
    VC_VERIFY_REQUEST,
    VP_VERIFY_REQUEST,
)
from portal.json_text import JsonAnswer, json_bytes
from portal.problems import BAD_REQUEST, MEDIA_TYPE, NOT_VERIFIED, HttpProblem
from portal.secured_text import secured_text
from portal.service import Service
from verifier.presentation import Challenge, NotAPresentation
from verifier.result import VerificationResult

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
    "`options.format` is `json` (default: embedded proof, `eddsa-rdfc-2022`) or `jwt` (enveloped). With the header "
    "`Idempotency-Key` a repeated request answers with the credential of the first.",
    responses={201: ISSUED, **_PROBLEMS, 401: PROBLEM, 403: PROBLEM, 409: PROBLEM, 503: PROBLEM},
    openapi_extra={
        "requestBody": ISSUE_REQUEST,
        "security": [{"bearer": []}],
        "x-curl": "curl -X POST {base}/vc-api/default/credentials/issue \\\n  -H 'Authorization: Bearer gmk_…' "
        "-H 'Content-Type: application/json' \\\n  -d @request.json",
    },
)
def issue(
    request: Request, access: Annotated[tuple[Issuer, ApiToken], Depends(issuing_access)], body: Body, service: Served
) -> Response:
    """Sign, record and publish one credential."""
    bodies.only_members(body, ("credential", "options"), "The request")
    document = _object(body, "credential")
    issuer, token = access
    options = issuing.issue_options(_options(body))
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


def credential_in(body: Mapping[str, Any]) -> str:
    """The credential that the request is about, as text. Raises a 400 problem."""
    _options(body)
    given = body.get("verifiableCredential", body.get("verifiableCredentialJwt"))
    if not isinstance(given, (dict, str)) or not given:
        raise HttpProblem(BAD_REQUEST, "`verifiableCredential` must be an object or a JWT.")
    return secured_text(given) if isinstance(given, dict) else given


def credential_answer(service: Service, result: VerificationResult) -> Response:
    """The verdict as the VC API has it."""
    problems = [problem for check in result.checks for problem in check.problems]
    members = {"verdict": result.status.value, "checks": [check.as_dict() for check in result.checks]}
    return _verdict(service.base_url, result.verified, result.sentence, problems, members)


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
    presentation, challenge = _object(body, "verifiablePresentation"), _challenge(_options(body))
    try:
        found = await desk.verify_presentation(presentation, len(await request.body()), challenge=challenge)
    except NotAPresentation as error:
        raise HttpProblem(BAD_REQUEST, str(error)) from None
    members = {
        "checks": [found.holder.as_dict()],
        "credentialResults": [result.as_dict() for result in found.credentials],
    }
    return _verdict(service.base_url, found.verified, found.sentence, found.problems, members)


def _verdict(
    base_url: str, verified: bool, sentence: str, problems: Sequence[Problem], members: Mapping[str, Any]
) -> Response:
    headers = {"Cache-Control": "no-store"}
    details = [problem.as_dict() for problem in problems]
    if verified:
        return JsonAnswer({"verified": True, **members, "problemDetails": details}, headers=headers)
    problem = HttpProblem(NOT_VERIFIED, sentence, members={"verified": False, **members, "problemDetails": details})
    return Response(
        json_bytes(problem.document(base_url)),
        status_code=NOT_VERIFIED.status,
        media_type=MEDIA_TYPE,
        headers=headers,
    )


def _object(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = body.get(name)
    if not isinstance(value, dict):
        raise HttpProblem(BAD_REQUEST, f"`{name}` must be an object.")
    return value


def _challenge(options: Mapping[str, Any]) -> Challenge:
    for name in ("challenge", "domain"):
        if not isinstance(options.get(name), str | None):
            raise HttpProblem(BAD_REQUEST, f"`options.{name}` must be a text.")
    return Challenge(options.get("challenge"), options.get("domain"))


def _options(body: Mapping[str, Any]) -> Mapping[str, Any]:
    options = body.get("options", {})
    if not isinstance(options, dict):
        raise HttpProblem(BAD_REQUEST, "`options` must be an object.")
    return options
