"""The shapes of proposals, as the API's description (OpenAPI 3.1) tells them."""

from __future__ import annotations

from typing import Any

from issuer.assessment.cases import State

Schema = dict[str, Any]
_TEXT: Schema = {"type": "string"}
_MAYBE: Schema = {"type": ["string", "null"]}
_RESULTS: Schema = {"type": "object", "additionalProperties": _TEXT, "description": "Values by the id of the result."}
_PERSON: Schema = {"type": "string", "description": "An e-mail address, employee number or id."}
_PEOPLE: Schema = {"type": "array", "items": _PERSON}
_EVIDENCE: Schema = {
    "type": "object",
    "description": "A link, or a file by its name and SHA-256; `rule` is the id of what the level asks for.",
    "properties": {
        "rule": _TEXT,
        "url": {"type": "string", "format": "uri"},
        "name": _TEXT,
        "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "description": _TEXT,
    },
}


def _request(properties: Schema, required: tuple[str, ...], example: Any) -> Schema:
    schema = {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}
    return {"required": True, "content": {"application/json": {"schema": schema, "example": example}}}


PROPOSE_REQUEST = _request(
    {
        "person": _PERSON,
        "program": _TEXT,
        "level": _TEXT,
        "completedOn": {"type": "string", "format": "date"},
        "narrative": _TEXT,
        "evidence": {"type": "array", "items": _EVIDENCE},
        "results": _RESULTS,
        "renews": {"type": "string", "format": "uuid", "description": "The credential that is to be renewed."},
        "assessors": _PEOPLE,
    },
    ("person", "program", "level", "completedOn"),
    {
        "person": "zoe@brightmoor.example",
        "program": "cloud-engineering",
        "level": "practitioner",
        "completedOn": "2026-11-20",
        "evidence": [{"rule": "design-note", "url": "https://wiki.brightmoor.example/notes/7"}],
    },
)
ASSESS_REQUEST = _request(
    {
        "assessor": _PERSON,
        "results": _RESULTS,
        "passed": {"type": "boolean", "description": "Only where the level has no threshold."},
        "function": _TEXT,
        "remark": _TEXT,
    },
    ("assessor",),
    {"assessor": "ann@brightmoor.example", "results": {"exam": "81"}},
)
DECIDE_REQUEST = _request(
    {
        "decision": {"enum": ["approve", "decline"]},
        "reason": {"type": "string", "description": "The candidate reads it; declining needs one."},
        "officer": {"type": "string", "description": "The address of the program's owner; default: an administrator."},
    },
    ("decision",),
    {"decision": "decline", "reason": "The second part is missing."},
)
APPEAL_REQUEST = _request(
    {"reason": _TEXT, "by": {**_PERSON, "description": "The candidate; default: on his behalf."}, "assessors": _PEOPLE},
    ("reason",),
    {"reason": "The second part was handed in on time."},
)
_PROPOSAL: Schema = {
    "id": {"type": "string", "format": "uuid"},
    "person": {"type": "string", "format": "uuid"},
    "program": _TEXT,
    "level": _TEXT,
    "version": _TEXT,
    "state": {"enum": [state.value for state in State]},
    "round": {"type": "integer"},
    "source": _TEXT,
    "proposedAt": {"type": "string", "format": "date-time"},
    "completedOn": {"type": "string", "format": "date"},
    "narrative": _MAYBE,
    "evidence": {"type": "array", "items": _EVIDENCE},
    "results": _RESULTS,
    "renews": _MAYBE,
    "decidedAt": _MAYBE,
    "decision": _MAYBE,
    "appeal": _MAYBE,
    "award": _MAYBE,
}
_EXAMPLE = {"id": "0f8b3f2e-5f36-4a4f-9a55-3c1f7e0b7a11", "state": "in assessment", "round": 1, "…": "…"}


def _answer(description: str, more: Schema) -> Schema:
    schema = {"type": "object", "properties": {**_PROPOSAL, **more}, "required": list(_PROPOSAL)}
    return {"description": description, "content": {"application/json": {"schema": schema, "example": _EXAMPLE}}}


PROPOSAL = _answer("The proposal.", {})
PROGRESS = _answer(
    "The proposal after this step. `credential` is its credential, if it has one now; `waitingBecause` says why one "
    "that is approved is not issued yet: it will be.",
    {"missing": _TEXT, "credential": _MAYBE, "waitingBecause": _MAYBE},
)
VIEW = _answer(
    "The proposal as the viewer may see it: `hidden` scores are shown to who gave his own, or when it is decided.",
    {
        "scored": {"type": "integer"},
        "missing": _TEXT,
        "hidden": {"type": "boolean"},
        "assessments": {"type": "array", "items": {"type": "object"}},
        "outcome": {"type": ["object", "null"]},
        "course": {"type": "array", "items": {"type": "object"}},
    },
)
