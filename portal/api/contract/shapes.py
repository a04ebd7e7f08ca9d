"""Shapes that many operations share, and how a description of an answer is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from portal.problems import KINDS, MEDIA_TYPE

Schema = dict[str, Any]
TEXT: Final[Schema] = {"type": "string"}
URL: Final[Schema] = {"type": "string", "format": "uri"}
ANY: Final[Schema] = {"type": "object"}
JSON: Final = "application/json"
_TAG: Final[Schema] = {"description": "Of these bytes; with `If-None-Match` the answer is 304.", "schema": TEXT}
_CHALLENGE: Final[Schema] = {"description": "How to authenticate.", "required": True, "schema": TEXT}
_AGAIN: Final[Schema] = {"description": "After so many seconds.", "schema": {"type": "string", "pattern": "^[0-9]+$"}}
_HEADERS: Final[Mapping[int, Schema]] = {
    401: {"WWW-Authenticate": _CHALLENGE},
    429: {"Retry-After": _AGAIN},
    503: {"Retry-After": _AGAIN},
}
_STATUSES: Final = tuple(sorted({kind.status for kind in KINDS}))


def obj(properties: Schema, *required: str) -> Schema:
    """An object; it may hold more."""
    return {"type": "object", "properties": properties, "required": list(required)}


def array(items: Schema) -> Schema:
    """A list."""
    return {"type": "array", "items": items}


def told(description: str, content: Mapping[str, Schema], headers: Schema | None = None) -> Schema:
    """One answer: its schemas by media type."""
    answer: Schema = {
        "description": description,
        "content": {media_type: {"schema": schema} for media_type, schema in content.items()},
    }
    return answer | ({"headers": headers} if headers else {})


def public(description: str, content: Mapping[str, Schema]) -> Schema:
    """A document that anybody may fetch, with its ETag."""
    return told(description, content, {"ETag": {**_TAG, "required": True}})


def page(description: str, content: Mapping[str, Schema]) -> Schema:
    """A document, or a page for browsers: it may have no ETag."""
    return told(description, {**content, "text/html": TEXT}, {"ETag": _TAG})


def problem(status: int) -> Schema:
    """The answer of that status, where it is a problem (RFC 9457)."""
    said = "; or: ".join(str(kind.title) for kind in KINDS if kind.status == status)
    answer: Schema = {
        "description": f"{said}.",
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": f"#/components/schemas/Problem{status}"},
                "example": _example(status),
            }
        },
    }
    headers = _HEADERS.get(status)
    return answer | ({"headers": headers} if headers else {})


def problems(*statuses: int) -> dict[str, Schema]:
    """Those answers by their status."""
    return {str(status): problem(status) for status in statuses}


def problem_schemas(base_url: str) -> dict[str, Schema]:
    """The schemas that `problem` refers to: for each status the types that it can be of."""
    whole = obj(
        {
            "type": {**URL, "description": "The kind of problem: the address of what is said of it."},
            "title": TEXT,
            "status": {"type": "integer"},
            "detail": {**TEXT, "description": "What was wrong this time, for people."},
            "instance": {**URL, "description": "Of a status of 500: what stands in the log."},
            "request": {**TEXT, "description": "The request’s id, as in the header `X-Request-Id` and in the log."},
            "errors": array(
                obj(
                    {
                        "detail": TEXT,
                        "pointer": {**TEXT, "description": "JSON Pointer into the body."},
                        "where": {**TEXT, "description": "Of a parameter."},
                    },
                    "detail",
                )
            ),
        },
        "type", "title", "status", "detail",
    )  # fmt: skip
    schemas: dict[str, Schema] = {"Problem": {**whole, "description": "RFC 9457."}}
    for status in _STATUSES:
        types = [f"{base_url}/docs#problem-{kind.slug}" for kind in KINDS if kind.status == status]
        schemas[f"Problem{status}"] = {
            "allOf": [
                {"$ref": "#/components/schemas/Problem"},
                {"properties": {"type": {"enum": types}, "status": {"const": status}}},
            ]
        }
    return schemas


def _example(status: int) -> Schema:
    kind = next(kind for kind in KINDS if kind.status == status)
    return {
        "type": f"…/docs#problem-{kind.slug}",
        "title": str(kind.title),
        "status": status,
        "detail": str(kind.meaning).replace("`", ""),
    }
