"""`POST /api/verify`: the whole answer about one credential of any issuer."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from portal import bodies
from portal.access import AtDesk
from portal.api.schemas import PROBLEM, VERIFY_REQUEST, VERIFY_RESULT
from portal.json_text import JsonAnswer
from portal.problems import BAD_REQUEST, HttpProblem
from portal.secured_text import secured_text
from verifier.policy import ORDINARY, Policy
from verifier.presentation import PresentationResult
from verifier.result import VerificationResult

router = APIRouter(tags=["Verification"])

_CHOICES = ("credential", "text", "url")


class Question(NamedTuple):
    """What is to be verified, and for whom."""

    document: bytes | str
    policy: Policy


async def question(request: Request) -> Question:
    """The request's one credential. Raises a 400, 413 or 415 problem."""
    accepted = (*bodies.JSON_TYPES, bodies.FORM_TYPES[0])
    if bodies.require_media_type(request, accepted) in bodies.FORM_TYPES:
        form = await bodies.verify_form(request)
        if bool(form.file) == bool(form.text):
            raise HttpProblem(BAD_REQUEST, "Send exactly one of the form fields `file` and `text`, and not empty.")
        return Question(form.file or form.text, ORDINARY)
    return question_of(await bodies.json_object(request))


@router.post(
    "/api/verify",
    summary="Verify a credential of any issuer",
    description="JSON with exactly one of `credential` (an object, or a JWT as a string), `text` (JSON, JWT or an "
    "address) and `url`; or a multipart form with a `file` (JSON, JWT, baked PNG or SVG, a PDF with the credential "
    "attached, a picture of a QR code). The answer is 200 whatever the verdict: read `verified`. With `recipient` it "
    "is also checked to whom the credential was given. Of a presentation `holder` says who shows it, and `credentials` "
    "has the result of each.",
    responses={200: VERIFY_RESULT, 400: PROBLEM, 413: PROBLEM, 415: PROBLEM, 503: PROBLEM},
    openapi_extra={
        "requestBody": VERIFY_REQUEST,
        "x-curl": "curl -F file=@badge.png {base}/api/verify",
    },
)
async def verify(asked: Annotated[Question, Depends(question)], desk: AtDesk) -> Response:
    """The full result; of a presentation who shows it, and the result of each credential in it."""
    return answer(await desk.judge(asked.document, policy=asked.policy))


def answer(result: VerificationResult | PresentationResult) -> Response:
    """The result as JSON."""
    return JsonAnswer(result.as_dict(), headers={"Cache-Control": "no-store"})


def question_of(body: dict[str, Any]) -> Question:
    """What a request in JSON asks. Raises a 400 problem."""
    bodies.only_members(body, (*_CHOICES, "recipient"), "The request")
    given = [name for name in _CHOICES if name in body]
    if len(given) != 1:
        raise HttpProblem(BAD_REQUEST, f"Send exactly one of {', '.join(_CHOICES)}; there are {len(given)}.")
    return Question(_document(given[0], body[given[0]]), _policy(body.get("recipient")))


def _document(name: str, value: Any) -> bytes | str:
    if name == "credential" and isinstance(value, dict):
        return secured_text(value)
    if not isinstance(value, str) or not value.strip():
        raise HttpProblem(BAD_REQUEST, f"`{name}` must be {'an object or ' if name == 'credential' else ''}a text.")
    if name == "url" and not value.strip().lower().startswith(("https://", "http://")):
        raise HttpProblem(BAD_REQUEST, "`url` must be an https address.")
    return value


def _policy(recipient: Any) -> Policy:
    if recipient is None:
        return ORDINARY
    kind = recipient.get("type") if isinstance(recipient, dict) else None
    value = recipient.get("value") if isinstance(recipient, dict) else None
    if not isinstance(kind, str) or not isinstance(value, str):
        example = '{"type": "emailAddress", "value": "ada@example.org"}'
        raise HttpProblem(BAD_REQUEST, f"`recipient` must be an object such as {example}.")
    return replace(ORDINARY, recipient=(kind, value))
