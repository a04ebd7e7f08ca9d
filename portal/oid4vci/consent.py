"""The page on which a person lets a wallet have one of his badges, or does not."""

from __future__ import annotations

import secrets
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from credentials.sentence import sentence
from issuer.offers.authorizations import Question, allow, choices, deny, find_question
from issuer.offers.configurations import offerer_of_row
from portal.access import Served
from portal.layers.security_headers import PAGE_POLICY
from portal.problems import GONE, HttpProblem
from portal.service import Service
from portal.sign_in.showing import for_him_alone, show
from portal.sign_in.who import SignedIn

router = APIRouter(include_in_schema=False)


@router.get("/wallet-consent/{handle}")
def consent_page(request: Request, service: Served, person: SignedIn, handle: str) -> Response:
    """Where the badge would go, which badges fit, and two buttons."""
    now = service.clock()
    question = find_question(service.database, handle, now=now)
    if question is None:
        raise _over()
    response = show(
        request,
        "oid4vci/consent.html",
        visitor=person,
        handle=handle,
        back=question.back,
        badges=choices(service.database, question, person.person_id, now=now),
        zone=service.settings.zone,
    )
    # The form's answer leads to the wallet: browsers hold form-action against that too.
    policy = PAGE_POLICY.replace("form-action 'self'", f"form-action 'self' {question.back.source}")
    response.headers["Content-Security-Policy"] = policy
    return response


@router.post("/wallet-consent/{handle}")
def answer(
    service: Served,
    person: SignedIn,
    handle: str,
    said: Annotated[str, Form(alias="answer")] = "",
    badge: Annotated[str, Form()] = "",
) -> Response:
    """To the wallet, with a code or a no."""
    now = service.clock()
    if said != "allow":
        question = deny(service.database, handle, now=now)
        if question is None:
            raise _over()
        said_no = {"error": "access_denied", "error_description": "The person did not allow it."}
        return _back(service, question, said_no)
    allowed = allow(
        service.database,
        handle,
        person_id=person.person_id,
        credential_id=_uuid(badge),
        now=now,
        randomness=secrets.token_bytes,
    )
    if allowed is None:
        raise _over()
    return _back(service, allowed.question, {"code": allowed.code})


def _over() -> HttpProblem:
    return HttpProblem(
        GONE, sentence("This question was answered already, or waited too long. Go back to your wallet and begin anew.")
    )


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


def _back(service: Service, question: Question, fields: dict[str, str]) -> Response:
    """To the wallet, saying who answers (RFC 9207)."""
    issuer = offerer_of_row(service.database, question.issuer_id).identifier
    url = question.back.with_answer(fields, state=question.state, issuer=issuer)
    response = for_him_alone(RedirectResponse(url, status_code=303))
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
