"""Proposals over HTTP: propose, read, assess, decide, appeal. An instance is an issuer's slug, or `default`.

A token of the role `issue` proposes, assesses and appeals for the people that it names; one of the role `manage`
decides too, and sees all scores.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, Response

from issuer.api_tokens import ApiToken, Role
from issuer.assessment import appeals, assess, proposals, views
from issuer.assessment.cases import State
from issuer.assessment.course import course_of_proposal
from issuer.assessment.wishes import Wish
from issuer.awards import Evidence
from issuer.issuers import Issuer
from portal import bodies
from portal.access import Served, instance, require_role
from portal.api.proposal_schemas import (
    APPEAL_REQUEST,
    ASSESS_REQUEST,
    DECIDE_REQUEST,
    PROGRESS,
    PROPOSAL,
    PROPOSE_REQUEST,
    VIEW,
)
from portal.api.schemas import PROBLEM
from portal.issuing import LONGEST_KEY
from portal.problems import BAD_REQUEST, HttpProblem
from portal.proposal_json import progress_as_json, proposal_as_json, view_as_json

router = APIRouter(prefix="/api/{instance_name}/proposals", tags=["Proposals"])

Body = Annotated[dict[str, Any], Depends(bodies.json_object)]
Access = tuple[Issuer, ApiToken]
_PROBLEMS: dict[int | str, dict[str, Any]] = dict.fromkeys((400, 401, 403, 404, 409, 413, 415), PROBLEM)
_BEARER: list[dict[str, list[str]]] = [{"bearer": [Role.ISSUE.value]}]
_NO_STORE = {"Cache-Control": "no-store"}
_EVIDENCE = ("rule", "url", "name", "sha256", "description")
_NOBODY = UUID(int=0)  # a viewer who gave no score


def issuing(request: Request, instance_name: str, service: Served) -> Access:
    """The instance and a token that may issue for it; asked before the body is read. Raises 401, 403 or 404."""
    issuer = instance(instance_name, service)
    return issuer, require_role(request, service, issuer, Role.ISSUE)


def managing(request: Request, instance_name: str, service: Served) -> Access:
    """The instance and a token that may manage it. Raises 401, 403 or 404."""
    issuer = instance(instance_name, service)
    return issuer, require_role(request, service, issuer, Role.MANAGE)


Issuing = Annotated[Access, Depends(issuing)]
Managing = Annotated[Access, Depends(managing)]


@router.post(
    "",
    status_code=201,
    summary="Propose an award",
    description="Somebody earned a level, or what renews it. With the header `Idempotency-Key` the same request again "
    "answers 200 with the proposal of the first; without it, the same content does.",
    responses={201: PROPOSAL, 200: PROPOSAL, **_PROBLEMS},
    openapi_extra={
        "requestBody": PROPOSE_REQUEST,
        "security": _BEARER,
        "x-curl": "curl -X POST {base}/api/default/proposals \\\n  -H 'Authorization: Bearer gmk_…' "
        "-H 'Content-Type: application/json' \\\n  -d @proposal.json",
    },
)
def propose(request: Request, access: Issuing, body: Body, service: Served) -> Response:
    """Enter a proposal."""
    issuer, token = access
    made = proposals.propose(
        service.database,
        _wish(body, request.headers.get("idempotency-key")),
        issuer=issuer.slug,
        source="api",
        actor=f"api:{token.name}",
        now=service.clock(),
        randomness=secrets.token_bytes,
    )
    address = f"{service.base_url}/api/{issuer.slug}/proposals/{made.proposal.id}"
    headers = {**_NO_STORE, "Location": address}
    return JSONResponse(proposal_as_json(made.proposal), status_code=201 if made.new else 200, headers=headers)


@router.get(
    "/{proposal_id}",
    summary="A proposal and its course",
    description="As the person that `viewer` names may see it; without `viewer`, a token of the role `manage` sees "
    "everything. A token of the role `issue` sees no scores while they are still given, whomever it names: assessing "
    "is blind.",
    responses={200: VIEW, **_PROBLEMS},
    openapi_extra={
        "security": _BEARER,
        "x-curl": "curl {base}/api/default/proposals/{id} -H 'Authorization: Bearer gmk_…'",
    },
)
def show(proposal_id: UUID, access: Issuing, service: Served, viewer: str | None = None) -> Response:
    """A proposal as somebody may see it."""
    issuer, token = access
    views.require_issuer(service.database, proposal_id, issuer.slug)
    officer = token.allows(Role.MANAGE)
    who = viewer or (None if officer else _NOBODY)
    view = views.show_proposal(service.database, proposal_id, viewer=who, blind=not officer)
    course = course_of_proposal(service.database, proposal_id, names_assessors=view.names_assessors)
    return JSONResponse(view_as_json(view, course), headers=_NO_STORE)


@router.post(
    "/{proposal_id}/assessments",
    summary="Record an assessor's scores",
    description="Blind: nobody sees the scores of others before he gave his own. The last one needed decides, and what "
    "is approved is issued. The same scores again change nothing.",
    responses={200: PROGRESS, **_PROBLEMS},
    openapi_extra={
        "requestBody": ASSESS_REQUEST,
        "security": _BEARER,
        "x-curl": "curl -X POST {base}/api/default/proposals/{id}/assessments \\\n"
        "  -H 'Authorization: Bearer gmk_…' -H 'Content-Type: application/json' \\\n  -d @scores.json",
    },
)
def record_assessment(proposal_id: UUID, access: Issuing, body: Body, service: Served) -> Response:
    """Record one assessor's scoring."""
    issuer, token = access
    bodies.only_members(body, ("assessor", "results", "passed", "function", "remark"), "The request")
    passed = body.get("passed")
    if not isinstance(passed, bool | None):
        raise HttpProblem(BAD_REQUEST, "`passed` must be true or false.")
    scores = assess.Scores(_results(body), passed, _maybe(body, "function"), _maybe(body, "remark"))
    assessor = _text(body, "assessor")
    views.require_issuer(service.database, proposal_id, issuer.slug)
    progress = assess.assess(
        service.database,
        service.keyring,
        proposal_id=proposal_id,
        assessor=assessor,
        scores=scores,
        actor=f"api:{token.name}",
        now=service.clock(),
        randomness=secrets.token_bytes,
    )
    return JSONResponse(progress_as_json(progress), headers=_NO_STORE)


@router.post(
    "/{proposal_id}/decision",
    summary="Decide as an officer",
    description="Where the level asks for no assessors, or where they found no majority. Needs a token of the role "
    "`manage`.",
    responses={200: PROGRESS, **_PROBLEMS},
    openapi_extra={
        "requestBody": DECIDE_REQUEST,
        "security": [{"bearer": [Role.MANAGE.value]}],
        "x-curl": "curl -X POST {base}/api/default/proposals/{id}/decision \\\n  -H 'Authorization: Bearer gmk_…' "
        "-H 'Content-Type: application/json' \\\n  -d '{\"decision\": \"approve\"}'",
    },
)
def record_decision(proposal_id: UUID, access: Managing, body: Body, service: Served) -> Response:
    """Approve or decline."""
    issuer, token = access
    bodies.only_members(body, ("decision", "reason", "officer"), "The request")
    decision = _text(body, "decision")
    if decision not in {"approve", "decline"}:
        raise HttpProblem(BAD_REQUEST, "`decision` must be approve or decline.")
    reason, officer = _maybe(body, "reason"), _maybe(body, "officer")
    views.require_issuer(service.database, proposal_id, issuer.slug)
    progress = assess.decide(
        service.database,
        service.keyring,
        proposal_id=proposal_id,
        approve=decision == "approve",
        reason=reason,
        officer=officer,
        actor=f"api:{token.name}",
        now=service.clock(),
        randomness=secrets.token_bytes,
    )
    return JSONResponse(progress_as_json(progress), headers=_NO_STORE)


@router.post(
    "/{proposal_id}/appeal",
    summary="Appeal a decision",
    description="It is open again, in the next round, for assessors who had no part in the decision.",
    responses={200: PROPOSAL, **_PROBLEMS},
    openapi_extra={
        "requestBody": APPEAL_REQUEST,
        "security": _BEARER,
        "x-curl": "curl -X POST {base}/api/default/proposals/{id}/appeal \\\n  -H 'Authorization: Bearer gmk_…' "
        "-H 'Content-Type: application/json' \\\n  -d '{\"reason\": \"…\"}'",
    },
)
def record_appeal(request: Request, proposal_id: UUID, access: Issuing, body: Body, service: Served) -> Response:
    """Open the next round."""
    issuer, token = access
    bodies.only_members(body, ("reason", "by", "assessors"), "The request")
    reason, appellant, assessors = _text(body, "reason"), _maybe(body, "by"), _texts(body, "assessors")
    views.require_issuer(service.database, proposal_id, issuer.slug)
    if views.show_proposal(service.database, proposal_id).proposal.state is State.ISSUED:
        require_role(request, service, issuer, Role.MANAGE)  # its end may revoke, which takes as much
    proposal = appeals.appeal(
        service.database,
        proposal_id=proposal_id,
        reason=reason,
        appellant=appellant,
        assessors=assessors,
        actor=f"api:{token.name}",
        now=service.clock(),
    )
    return JSONResponse(proposal_as_json(proposal), headers=_NO_STORE)


def _wish(body: Mapping[str, Any], key: str | None) -> Wish:
    known = ("person", "program", "level", "completedOn", "narrative", "evidence", "results", "renews", "assessors")
    bodies.only_members(body, known, "The request")
    if key is not None and not 0 < len(key) <= LONGEST_KEY:
        raise HttpProblem(BAD_REQUEST, f"`Idempotency-Key` must have 1 to {LONGEST_KEY} characters.")
    renews = _maybe(body, "renews")
    try:
        completed_on = date.fromisoformat(_text(body, "completedOn"))
        renews_id = UUID(renews) if renews is not None else None
    except ValueError as error:
        wrong = "`completedOn` must be a date, like 2026-11-20; `renews` the id of a credential."
        raise HttpProblem(BAD_REQUEST, wrong) from error
    return Wish(
        person=_text(body, "person"),
        program=_text(body, "program"),
        level=_text(body, "level"),
        completed_on=completed_on,
        narrative=_maybe(body, "narrative"),
        evidence=_evidence(body),
        results=tuple(_results(body).items()),
        renews_id=renews_id,
        assessors=_texts(body, "assessors"),
        idempotency_key=key,
    )


def _evidence(body: Mapping[str, Any]) -> tuple[Evidence, ...]:
    given = body.get("evidence", [])
    if not isinstance(given, list) or not all(isinstance(item, dict) for item in given):
        raise HttpProblem(BAD_REQUEST, "`evidence` must be an array of objects.")
    found = []
    for item in given:
        bodies.only_members(item, _EVIDENCE, "`evidence`")
        found.append(Evidence(**{name: _maybe(item, name) for name in _EVIDENCE}))
    return tuple(found)


def _results(body: Mapping[str, Any]) -> dict[str, str]:
    given = body.get("results", {})
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise HttpProblem(BAD_REQUEST, '`results` must be an object of texts, like {"exam": "81"}.')
    return given


def _texts(body: Mapping[str, Any], name: str) -> tuple[str, ...]:
    given = body.get(name, [])
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise HttpProblem(BAD_REQUEST, f"`{name}` must be an array of texts.")
    return tuple(given)


def _text(body: Mapping[str, Any], name: str) -> str:
    value = _maybe(body, name)
    if value is None:
        raise HttpProblem(BAD_REQUEST, f"`{name}` is missing.")
    return value


def _maybe(body: Mapping[str, Any], name: str) -> str | None:
    value = body.get(name)
    if not isinstance(value, str | None):
        raise HttpProblem(BAD_REQUEST, f"`{name}` must be a text.")
    return value
