"""The shapes of requests and answers, as the API's description (OpenAPI 3.1) tells them."""

from __future__ import annotations

from typing import Any

from portal.problems import MEDIA_TYPE
from verifier.result import CheckName, Outcome, Status

Schema = dict[str, Any]


def _json(schema: Schema, example: Any, media_type: str = "application/json") -> Schema:
    return {media_type: {"schema": schema, "example": example}}


def _object(properties: Schema, *required: str) -> Schema:
    return {"type": "object", "properties": properties, "required": list(required)}


_CREDENTIAL: Schema = {
    "description": "A credential: an object with an embedded proof, an EnvelopedVerifiableCredential, or a JWT.",
    "oneOf": [{"type": "object"}, {"type": "string"}],
}
_CHECK = _object(
    {
        "check": {"type": "string", "enum": [name.value for name in CheckName]},
        "outcome": {"type": "string", "enum": [outcome.value for outcome in Outcome]},
        "sentence": {"type": "string", "description": "For people."},
        "problems": {"type": "array", "items": {"type": "object"}},
    },
    "check", "outcome", "sentence",
)  # fmt: skip
_CHECKS: Schema = {"type": "array", "items": _CHECK}
_EXAMPLE_CHECK = {"check": "proof", "outcome": "passed", "sentence": "The signature is right: nothing was changed."}

PROBLEM: Schema = {
    "description": "A problem (RFC 9457).",
    "content": _json(
        _object(
            {
                "type": {"type": "string", "format": "uri"},
                "title": {"type": "string"},
                "status": {"type": "integer"},
                "detail": {"type": "string"},
                "errors": {"type": "array", "items": {"type": "object"}},
            },
            "type", "title", "status", "detail",
        ),
        {"type": "…/docs#problem-bad-request", "title": "…", "status": 400, "detail": "…"},
        MEDIA_TYPE,
    ),
}  # fmt: skip

VERIFY_REQUEST: Schema = {
    "required": True,
    "content": {
        **_json(
            _object(
                {
                    "credential": _CREDENTIAL,
                    "text": {"type": "string"},
                    "url": {"type": "string", "format": "uri"},
                    "recipient": _object({"type": {"type": "string"}, "value": {"type": "string"}}, "type", "value"),
                }
            ),
            {"url": "https://badges.example.org/credentials/0f8b3f2e-5f36-4a4f-9a55-3c1f7e0b7a11"},
        ),
        "multipart/form-data": {
            "schema": _object({"file": {"type": "string", "format": "binary"}, "text": {"type": "string"}})
        },
    },
}
VERIFY_RESULT: Schema = {
    "description": "The result, whatever the verdict.",
    "content": _json(
        _object(
            {
                "verified": {"type": "boolean"},
                "status": {"type": "string", "enum": [status.value for status in Status]},
                "sentence": {"type": "string"},
                "form": {
                    "type": "string",
                    "enum": ["json", "jwt", "sd-jwt", "cose", "png", "svg", "pdf", "qr", "unknown"],
                },
                "checkedAt": {"type": "string", "format": "date-time"},
                "issuerTrusted": {"type": ["boolean", "null"]},
                "checks": _CHECKS,
                "source": {"type": "string", "format": "uri"},
                "document": {"type": "object"},
            },
            "verified", "status", "sentence", "checks",
        ),
        {"verified": True, "status": "valid", "sentence": "Every check passed.", "checks": [_EXAMPLE_CHECK]},
    ),
}  # fmt: skip

ISSUE_REQUEST: Schema = {
    "required": True,
    "content": _json(
        _object(
            {
                "credential": {"type": "object", "description": "The credential to sign, without a proof."},
                "options": _object(
                    {
                        "cryptosuite": {"type": "string"},
                        "format": {"enum": ["json", "jwt"]},
                        "credentialId": {"type": "string"},
                        "mandatoryPointers": {"type": "array", "items": {"type": "string"}},
                    }
                ),
            },
            "credential",
        ),
        {"credential": {"@context": ["https://www.w3.org/ns/credentials/v2", "…"], "type": ["…"]}},
    ),
}
ISSUED: Schema = {
    "description": "Signed, recorded, and published at its id.",
    "content": _json(
        _object({"verifiableCredential": _CREDENTIAL}, "verifiableCredential"), {"verifiableCredential": {}}
    ),
}
DERIVE_REQUEST: Schema = {
    "required": True,
    "content": _json(
        _object(
            {
                "verifiableCredential": {"type": "object", "description": "With one base proof."},
                "options": _object({"selectivePointers": {"type": "array", "items": {"type": "string"}}}),
            },
            "verifiableCredential",
        ),
        {
            "verifiableCredential": {"@context": ["…"], "type": ["…"], "proof": {"cryptosuite": "ecdsa-sd-2023"}},
            "options": {"selectivePointers": ["/name"]},
        },
    ),
}
DERIVED: Schema = {
    "description": "The credential as its holder shows it.",
    "content": _json({"type": "object"}, {"@context": ["…"], "type": ["…"], "proof": {"cryptosuite": "ecdsa-sd-2023"}}),
}
VC_VERIFY_REQUEST: Schema = {
    "required": True,
    "content": _json(
        _object({"verifiableCredential": _CREDENTIAL, "options": {"type": "object"}}, "verifiableCredential"),
        {"verifiableCredential": {"@context": ["…"], "type": ["…"], "proof": ["…"]}},
    ),
}
VP_VERIFY_REQUEST: Schema = {
    "required": True,
    "content": _json(
        _object(
            {
                "verifiablePresentation": {"type": "object"},
                "options": _object({"challenge": {"type": "string"}, "domain": {"type": "string"}}),
            },
            "verifiablePresentation",
        ),
        {"verifiablePresentation": {"type": ["VerifiablePresentation"], "verifiableCredential": ["…"]}},
    ),
}
VC_VERIFIED: Schema = {
    "description": "Verified: no check failed and none is incomplete.",
    "content": _json(
        _object({"verified": {"const": True}, "verdict": {"type": "string"}, "checks": _CHECKS}, "verified", "checks"),
        {"verified": True, "verdict": "valid", "checks": [_EXAMPLE_CHECK]},
    ),
}
