"""The schemas of the Open Badges 3.0 API in its service description, made of the data model that judges badges."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

_AT: Final = "#/components/schemas/{model}"
_TEXT: Final[Mapping[str, Any]] = {"type": "string"}
COMPACT_JWS: Final[Mapping[str, Any]] = {
    "type": "string",
    "pattern": r"^[a-zA-Z0-9_-]+\.[a-zA-Z0-9_-]*\.[a-zA-Z0-9_-]+$",
}


@cache
def api_schemas() -> dict[str, Any]:
    """Every class that a request or an answer may hold, by its name, as schemas of OpenAPI 3.0."""
    # pydantic and the model's classes take a moment to be read: only where somebody asks
    from pydantic.json_schema import models_json_schema

    from credentials.model.classes import AchievementCredential, EndorsementCredential, Profile

    _, made = models_json_schema(
        [(one, "validation") for one in (AchievementCredential, EndorsementCredential, Profile)], ref_template=_AT
    )
    return {
        **{name: _plain(schema) for name, schema in sorted(made["$defs"].items())},
        "CompactJws": dict(COMPACT_JWS),
        "GetOpenBadgeCredentialsResponse": _page(),
        **_status_info(),
    }


def _plain(schema: Any, *, names: bool = False) -> Any:
    """Without what OpenAPI 3.0 has not (a default of null, anything beside a $ref), and without repeated names.

    names: this is a mapping of properties, whose keys are names and not keywords.
    """
    if isinstance(schema, list):
        return [_plain(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if names:
        return {name: _plain(one) for name, one in schema.items()}
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}
    kept = {key: one for key, one in schema.items() if key != "title" and not (key == "default" and one is None)}
    if "description" in kept:
        kept["description"] = kept["description"].partition("\n")[0]
    return {key: _plain(one, names=key == "properties") for key, one in kept.items()}


def _page() -> dict[str, Any]:
    """The answer of getCredentials: credentials with embedded proofs, and those that are tokens."""
    return {
        "type": "object",
        "properties": {
            "credential": {"type": "array", "items": {"$ref": _AT.format(model="AchievementCredential")}},
            "compactJwsString": {"type": "array", "items": {"$ref": _AT.format(model="CompactJws")}},
        },
        "additionalProperties": False,
    }


def _status_info() -> dict[str, Any]:
    """What is said of a refusal (requirement 108: the imsx status payload)."""
    field = {"imsx_codeMinorFieldName": _TEXT, "imsx_codeMinorFieldValue": _TEXT}
    return {
        "Imsx_StatusInfo": _closed(
            {
                "imsx_codeMajor": {"type": "string", "enum": ["failure", "processing", "success", "unsupported"]},
                "imsx_severity": {"type": "string", "enum": ["error", "status", "warning"]},
                "imsx_description": _TEXT,
                "imsx_codeMinor": {"$ref": _AT.format(model="Imsx_CodeMinor")},
            },
            required=["imsx_codeMajor", "imsx_severity"],
        ),
        "Imsx_CodeMinor": _closed(
            {
                "imsx_codeMinorField": {
                    "type": "array",
                    "minItems": 1,
                    "items": {"$ref": _AT.format(model="Imsx_CodeMinorField")},
                }
            },
            required=["imsx_codeMinorField"],
        ),
        "Imsx_CodeMinorField": _closed(field, required=list(field)),
    }


def _closed(properties: Mapping[str, Any], *, required: list[str]) -> dict[str, Any]:
    return {"type": "object", "properties": dict(properties), "required": required, "additionalProperties": False}
