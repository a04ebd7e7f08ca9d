"""The shapes of learning systems' reports and of the answers, for the API's description (OpenAPI 3.1)."""

from __future__ import annotations

from typing import Any

from issuer.learning.matching import Outcome
from issuer.learning.own_events import EVIDENCE, TYPES

_TEXT = {"type": "string"}
_STATEMENT: dict[str, Any] = {
    "type": "object",
    "description": "An xAPI statement, 1.0.3 or 2.0.",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "actor": {"type": "object"},
        "verb": {"type": "object"},
        "object": {"type": "object"},
        "result": {"type": "object"},
        "timestamp": {"type": "string", "format": "date-time"},
    },
    "required": ["actor", "verb", "object"],
}
_STATEMENT_EXAMPLE = {
    "id": "12345678-1234-4234-8234-1234567890ab",
    "actor": {"mbox": "mailto:zoe@brightmoor.example"},
    "verb": {"id": "http://adlnet.gov/expapi/verbs/passed"},
    "object": {"id": "https://lms.brightmoor.example/courses/security-2026"},
    "result": {"success": True, "score": {"scaled": 0.93}},
    "timestamp": "2026-11-20T15:04:05+01:00",
}
_STATEMENTS = {"type": "array", "items": _STATEMENT}
_EVENT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "type": {"type": "string", "enum": list(TYPES)},
        "person": {"type": "object", "properties": {"email": _TEXT, "employee_number": _TEXT}},
        "program": _TEXT,
        "level": _TEXT,
        "completed_on": {"type": "string", "format": "date"},
        "results": {"type": "object", "additionalProperties": _TEXT},
        "score": {"type": "object", "description": "scaled (-1 to 1), raw, min, max; the rule maps them to results."},
        "evidence": {"type": "array", "items": {"type": "object", "properties": dict.fromkeys(EVIDENCE, _TEXT)}},
        "activity": {"type": "string", "format": "uri"},
    },
    "required": ["type", "person", "program", "level", "completed_on"],
}
EVENT_REQUEST: dict[str, Any] = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {"oneOf": [_EVENT, _STATEMENT, _STATEMENTS]},
            "example": {
                "type": "learning.passed",
                "person": {"email": "zoe@brightmoor.example"},
                "program": "information-security",
                "level": "awareness",
                "completed_on": "2026-11-20",
                "results": {"quiz": "93"},
            },
        }
    },
}
STATEMENT_REQUEST: dict[str, Any] = {
    "required": True,
    "content": {"application/json": {"schema": {"oneOf": [_STATEMENT, _STATEMENTS]}, "example": _STATEMENT_EXAMPLE}},
}
_REPORT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": _TEXT,
        "outcome": {"type": "string", "enum": [outcome.value for outcome in Outcome]},
        "detail": _TEXT,
        "new": {"type": "boolean", "description": "False if the same report was taken before."},
        "proposal": {"type": "string", "format": "uuid"},
        "credential": {"type": "string", "format": "uri"},
    },
    "required": ["id", "outcome", "detail", "new"],
}
RECEIPT: dict[str, Any] = {
    "description": "What came of each report.",
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "properties": {"reports": {"type": "array", "items": _REPORT}},
                "required": ["reports"],
            },
            "example": {
                "reports": [{"id": "msg_2b1f", "outcome": "ignored", "detail": "no rule … is about …", "new": True}]
            },
        }
    },
}
STATEMENT_IDS: dict[str, Any] = {
    "description": "The statements’ ids, in their order.",
    "content": {
        "application/json": {
            "schema": {"type": "array", "items": {"type": "string", "format": "uuid"}},
            "example": [_STATEMENT_EXAMPLE["id"]],
        }
    },
}
