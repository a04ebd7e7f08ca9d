"""What is required of, or suggested to, whom, over HTTP: listed, looked at beforehand, made and ended.

The same as `guildmark assign` and `/admin/duties`, by the same functions; with a token that may manage.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import ValidationError
from starlette.responses import JSONResponse, Response

from issuer.api_tokens import ApiToken, Role
from issuer.errors import Fault
from issuer.issuers import Issuer
from issuer.people.assignment_preview import AssignmentPreview, preview_assignment
from issuer.people.assignments import (
    AssignmentRefused,
    AssignmentView,
    DueRule,
    Target,
    assign,
    end_assignment,
    list_assignments,
    parse_due_rule,
)
from portal import bodies
from portal.access import Served, instance, require_role
from portal.api.listing import WORDS
from portal.api.schemas import PROBLEM

router = APIRouter(prefix="/api/{instance_name}/assignments", tags=["Duties"])

Body = Annotated[dict[str, Any], Depends(bodies.json_object)]
_NO_STORE = {"Cache-Control": "no-store"}
_PROBLEMS: dict[int | str, dict[str, Any]] = dict.fromkeys((401, 403, 404), PROBLEM)
_SENT = _PROBLEMS | dict.fromkeys((400, 413, 415), PROBLEM)
_BEARER: list[dict[str, list[str]]] = [{"bearer": [Role.MANAGE.value]}]
_MEMBERS = ("level", "to", "required", "suggested")
_EXAMPLE = {"level": "cloud/associate", "to": {"team": "platform"}, "required": "within 90 days of joining"}
_OBJECT: dict[str, Any] = {"content": {"application/json": {"schema": {"type": "object"}}}}
_REQUEST = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["level", "to"],
                "properties": {
                    "level": {"type": "string", "description": "Program and level."},
                    "to": {"description": "`everyone`, or an object with one of `team`, `role`, `person`."},
                    "required": {"type": "string", "description": "Until when; or `suggested`."},
                    "suggested": {"const": True},
                },
            },
            "example": _EXAMPLE,
        }
    },
}
_CURL = (
    "curl -X POST {base}/api/default/assignments%s \\\n  -H 'Authorization: Bearer gmk_…' "
    '-H \'Content-Type: application/json\' \\\n  -d \'{"level": "cloud/associate", "to": {"team": "platform"}, '
    '"required": "within 90 days of joining"}\''
)


def _access(request: Request, instance_name: str, service: Served) -> tuple[Issuer, ApiToken]:
    """The instance and a token that may manage it; asked before the body is read. Raises 401, 403 or 404."""
    issuer = instance(instance_name, service)
    return issuer, require_role(request, service, issuer, Role.MANAGE)


Allowed = Annotated[tuple[Issuer, ApiToken], Depends(_access)]


@router.get(
    "",
    summary="What is assigned to whom",
    description="In force, by program and level; `ended=true` for those that have ended too. `offset` is for the next "
    "page; a page has up to `limit`.",
    responses={200: {"description": "Assignments", **_OBJECT}, **_PROBLEMS, 422: PROBLEM},
    openapi_extra={
        "security": _BEARER,
        "x-curl": "curl {base}/api/default/assignments -H 'Authorization: Bearer gmk_…'",
    },
)
def show(
    access: Allowed,
    service: Served,
    program: Annotated[str | None, Query(pattern=WORDS)] = None,
    ended: bool = False,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> Response:
    """One page of them."""
    found = list_assignments(
        service.database, access[0].slug, program=program, ended=ended, limit=limit + 1, offset=offset
    )
    shown = [assignment_json(one) for one in found[:limit]]
    return JSONResponse({"assignments": shown, "more": len(found) > limit}, headers=_NO_STORE)


@router.post(
    "",
    status_code=201,
    summary="Assign a level",
    description="Whom it is newly required of is told. The same again changes nothing; another `required` to the same "
    "target ends the one before.",
    responses={201: {"description": "The assignment", **_OBJECT}, **_SENT},
    openapi_extra={"requestBody": _REQUEST, "security": _BEARER, "x-curl": _CURL % ""},
)
def make(access: Allowed, body: Body, service: Served) -> Response:
    """Make it."""
    issuer, token = access
    made = assign(service.database, issuer=issuer.slug, **_wanted(body), actor=f"api:{token.name}", now=service.clock())
    return JSONResponse(assignment_json(made), status_code=201, headers=_NO_STORE)


@router.post(
    "/preview",
    summary="Whom assigning a level would touch",
    description="`open` people do not hold the level yet, `holding` do; some of the former by id, with their due day.",
    responses={200: {"description": "Whom it would touch", **_OBJECT}, **_SENT},
    openapi_extra={"requestBody": _REQUEST, "security": _BEARER, "x-curl": _CURL % "/preview"},
)
def look(access: Allowed, body: Body, service: Served) -> Response:
    """Nothing is changed."""
    ahead = preview_assignment(service.database, issuer=access[0].slug, **_wanted(body), now=service.clock())
    return JSONResponse(_ahead_json(ahead), headers=_NO_STORE)


@router.post(
    "/{assignment_id}/end",
    summary="End an assignment",
    description="One that was made by hand. What was earned because of it stays.",
    responses={200: {"description": "The assignment", **_OBJECT}, **_PROBLEMS, 400: PROBLEM},
    openapi_extra={
        "security": _BEARER,
        "x-curl": "curl -X POST {base}/api/default/assignments/7/end -H 'Authorization: Bearer gmk_…'",
    },
)
def end(access: Allowed, assignment_id: int, service: Served) -> Response:
    """End it."""
    issuer, token = access
    done = end_assignment(
        service.database,
        issuer=issuer.slug,
        assignment_id=min(assignment_id, 2**31 - 1),
        actor=f"api:{token.name}",
        now=service.clock(),
    )
    return JSONResponse(assignment_json(done), headers=_NO_STORE)


def assignment_json(one: AssignmentView) -> dict[str, Any]:
    """An assignment as JSON."""
    return {
        "id": one.id,
        "level": f"{one.program}/{one.level}",
        "kind": one.kind.value,
        "target": one.target,
        "required": one.required,
        "due": str(one.due) if one.due is not None else None,
        "source": one.source,
        "assignedOn": one.assigned_on.isoformat(),
        "assignedBy": one.assigned_by,
        "endedAt": one.ended_at.isoformat() if one.ended_at else None,
    }


def _ahead_json(ahead: AssignmentPreview) -> dict[str, Any]:
    return {
        "open": ahead.open,
        "holding": ahead.holding,
        "some": [{"person": str(one.id), "due": one.due_on.isoformat() if one.due_on else None} for one in ahead.some],
        "replaces": ahead.replaces.id if ahead.replaces is not None and not ahead.same else None,
        "same": ahead.same,
    }


def _wanted(body: Mapping[str, Any]) -> dict[str, Any]:
    """Program, level, target and due rule. Raises AssignmentRefused with every fault, and a 400 problem."""
    bodies.only_members(body, _MEMBERS, "The request")
    faults: list[Fault] = []
    level = body.get("level")
    program, slash, name = level.partition("/") if isinstance(level, str) else ("", "", "")
    if not slash:
        faults.append(Fault("/level", "this names no level", "write program and level, like cloud/associate"))
    to, due = _target(body.get("to"), faults), _due(body, faults)
    if faults:
        raise AssignmentRefused("The assignment", faults)
    return {"program": program, "level": name, "to": to, "due": due}


def _target(given: Any, faults: list[Fault]) -> Target | None:
    try:
        return Target.model_validate(given)
    except ValidationError:
        right = "write “everyone”, or an object with one of team, role, person (an e-mail address)"
        faults.append(Fault("/to", "this says not for whom it is", right))
        return None


def _due(body: Mapping[str, Any], faults: list[Fault]) -> DueRule | None:
    required, suggested = body.get("required"), body.get("suggested")
    if (required is None) == (suggested is not True):
        faults.append(Fault("", "it is required or suggested", "give one of `required` and `suggested: true`"))
        return None
    try:
        return parse_due_rule(str(required)[:200]) if required is not None else None
    except ValueError as error:
        what, _, right = str(error).partition("; ")
        faults.append(Fault("/required", what, right))
        return None
