"""The Open Badges 3.0 API and its authorization server: what applications send and get."""

from __future__ import annotations

from typing import Any, Final

from issuer.authorizations.scopes import PROFILE_READ, PROFILE_UPDATE, READ, SCOPES, UPSERT
from portal.api.contract.shapes import ANY, JSON, TEXT, URL, Schema, array, obj, public, told

FORM: Final = "application/x-www-form-urlencoded"
_STATUS_INFO: Final = obj(
    {
        "imsx_codeMajor": {"const": "failure"},
        "imsx_severity": {"const": "error"},
        "imsx_description": TEXT,
        "imsx_codeMinor": obj(
            {
                "imsx_codeMinorField": array(
                    obj(
                        {"imsx_codeMinorFieldName": TEXT, "imsx_codeMinorFieldValue": TEXT},
                        "imsx_codeMinorFieldName",
                        "imsx_codeMinorFieldValue",
                    )
                )
            },
            "imsx_codeMinorField",
        ),
    },
    "imsx_codeMajor",
    "imsx_severity",
    "imsx_codeMinor",
)
_PROFILE: Final = obj({"id": TEXT, "type": {}, "name": TEXT}, "id", "type")
_CREDENTIAL: Final = {"type": "object", "description": "An AchievementCredential."}
_JWS: Final[Schema] = {"type": "string", "pattern": r"^[a-zA-Z0-9_-]+\.[a-zA-Z0-9_-]*\.[a-zA-Z0-9_-]+$"}
_PAGE: Final = obj({"credential": array(ANY), "compactJwsString": array(TEXT)}, "credential", "compactJwsString")
_ERROR: Final = obj({"error": TEXT, "error_description": TEXT}, "error")
_LINKS: Final[Schema] = {
    "X-Total-Count": {"required": True, "schema": {"type": "string", "pattern": "^[0-9]+$"}},
    "Link": {"required": True, "description": "first, last, prev, next", "schema": TEXT},
}
_SIGNED: Final = {"304": {"description": "A newer state of it is kept already."}}
_TEXT_FIELD: Final[Schema] = {"type": "string", "pattern": "^[!-~]([ -~]*[!-~])?$", "maxLength": 1_000}
_ADDRESS: Final[Schema] = {**_TEXT_FIELD, "format": "uri", "description": "https; all of the same hostname."}
_REGISTRATION: Final = obj(
    {
        **dict.fromkeys(("client_name", "software_id", "software_version"), _TEXT_FIELD),
        **dict.fromkeys(("client_uri", "logo_uri", "tos_uri", "policy_uri"), _ADDRESS),
        "redirect_uris": {**array(_ADDRESS), "minItems": 1, "maxItems": 10},
        "scope": {**TEXT, "description": "Of the API; without it, all."},
        "grant_types": array({"enum": ["authorization_code", "refresh_token"]}),
        "contacts": {**array(_TEXT_FIELD), "maxItems": 10},
    },
    "client_name",
    "software_id",
    "software_version",
    "client_uri",
    "logo_uri",
    "tos_uri",
    "policy_uri",
    "redirect_uris",
)
_HOST: Final = "https://wallet.example.org"
_REGISTERED: Final = {
    "client_name": "Wallet",
    "software_id": "wallet",
    "software_version": "1.0",
    "client_uri": f"{_HOST}/",
    "logo_uri": f"{_HOST}/logo.png",
    "tos_uri": f"{_HOST}/terms",
    "policy_uri": f"{_HOST}/privacy",
    "redirect_uris": [f"{_HOST}/back"],
}
_TOKEN_FORM: Final = obj(
    {
        "grant_type": {"enum": ["authorization_code", "refresh_token"]},
        **dict.fromkeys(("code", "redirect_uri", "code_verifier", "refresh_token", "scope"), TEXT),
    },
    "grant_type",
)
_TOKENS: Final = obj(
    {"access_token": TEXT, "token_type": TEXT, "expires_in": {"type": "integer"}, "refresh_token": TEXT, "scope": TEXT},
    "access_token",
    "token_type",
)
_BASIC: Final[list[dict[str, list[str]]]] = [{"application": []}]
_RETRY: Final[Schema] = {"Retry-After": {"required": True, "schema": {"type": "string", "pattern": "^[0-9]+$"}}}
_CHALLENGE: Final[Schema] = {"WWW-Authenticate": {"required": True, "schema": TEXT}}


def _refused(*statuses: int) -> dict[str, Schema]:
    """In the standard's words (section “Status payload”)."""
    return {
        str(status): told(_WORDS[status], {JSON: _STATUS_INFO}, _CHALLENGE if status in {401, 403} else None)
        for status in statuses
    }


_WORDS: Final = {
    400: "What was sent is not taken.",
    401: "No access token, or none that is good.",
    403: "The scope was not granted, or it is another person’s.",
    413: "Too large.",
    503: "Not at the moment.",
}
_OB: Final = "/ims/ob/v3p0"
_OWN_ERRORS: Final = {
    "400": told("Refused by a code of the standard.", {JSON: _ERROR}),
    "413": told("Too large.", {"application/problem+json": {"$ref": "#/components/schemas/Problem413"}}),
    "429": told("Too many requests.", {JSON: _ERROR}, _RETRY),
}


def _parameter(name: str, schema: Schema, description: str) -> Schema:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description}


def _scope(scope: str) -> list[dict[str, list[str]]]:
    return [{"oauth": [scope]}]


def oauth_scheme(base_url: str) -> Schema:
    """How an application asks a person for access."""
    return {
        "type": "oauth2",
        "description": "For applications that a person allows to read or write: register first, then PKCE (S256).",
        "flows": {
            "authorizationCode": {
                "authorizationUrl": f"{base_url}/oauth/authorize",
                "tokenUrl": f"{base_url}/oauth/token",
                "refreshUrl": f"{base_url}/oauth/token",
                "scopes": {scope: _MAY[scope] for scope in SCOPES if scope in _MAY},
            }
        },
    }


_MAY: Final = {
    READ: "See the person’s badges",
    UPSERT: "Bring the person badges, or newer states of them",
    PROFILE_READ: "See the person’s profile",
    PROFILE_UPDATE: "Write the person’s profile",
}

APPLICATIONS: Final[dict[str, dict[str, Any]]] = {
    f"GET {_OB}/discovery": {
        "responses": {
            "200": public("The description.", {JSON: obj({"openapi": TEXT, "paths": ANY}, "openapi", "paths")}),
            "304": {"description": "The client has it (`If-None-Match`)."},
        }
    },
    f"GET {_OB}/credentials": {
        "description": "What the person holds, page by page; `Link` and `X-Total-Count` tell of the others.",
        "security": _scope(READ),
        "parameters": [
            _parameter("limit", {"type": "integer", "minimum": 1, "maximum": 999_999_999}, "At most 100 are given."),
            _parameter("offset", {"type": "integer", "minimum": 0, "maximum": 999_999_999}, "So many are left out."),
            _parameter("since", {"type": "string", "format": "date-time"}, "Only what came or changed since."),
        ],
        "responses": {"200": told("A page of them.", {JSON: _PAGE}, _LINKS), **_refused(400, 401, 403, 503)},
    },
    f"POST {_OB}/credentials": {
        "description": "A badge of another issuer for the person: verified, and kept as it was signed.",
        "security": _scope(UPSERT),
        "requestBody": {
            "required": True,
            "content": {
                **{kind: {"schema": _CREDENTIAL} for kind in (JSON, "application/vc+ld+json", "application/ld+json")},
                "text/plain": {"schema": _JWS},
            },
        },
        "responses": {
            "200": told("It stands in the place of an older state.", {JSON: ANY, "text/plain": TEXT}),
            "201": told("It is kept.", {JSON: ANY, "text/plain": TEXT}),
            **_SIGNED,
            **_refused(400, 401, 403, 413, 503),
        },
    },
    f"GET {_OB}/profile": {
        "security": _scope(PROFILE_READ),
        "responses": {"200": told("The profile.", {JSON: _PROFILE}), **_refused(400, 401, 403, 503)},
    },
    f"PUT {_OB}/profile": {
        "security": _scope(PROFILE_UPDATE),
        "requestBody": {
            "required": True,
            "content": {kind: {"schema": _PROFILE} for kind in (JSON, "application/ld+json")},
        },
        "responses": {"200": told("As it is kept.", {JSON: _PROFILE}), **_refused(400, 401, 403, 413, 503)},
    },
    "GET /.well-known/oauth-authorization-server": {
        "responses": {
            "200": public(
                "RFC 8414.",
                {JSON: obj({"issuer": URL, "authorization_endpoint": URL, "token_endpoint": URL}, "issuer")},
            ),
            "304": {"description": "The client has it (`If-None-Match`)."},
        }
    },
    "POST /oauth/register": {
        "description": "Without a token. A registration that nobody allows anything is forgotten after a day.",
        "requestBody": {"required": True, "content": {JSON: {"schema": _REGISTRATION, "example": _REGISTERED}}},
        "responses": {
            "201": told(
                "Registered; the secret is told this once.",
                {JSON: obj({"client_id": TEXT, "client_secret": TEXT}, "client_id", "client_secret")},
            ),
            **_OWN_ERRORS,
        },
    },
    "POST /oauth/token": {
        "security": _BASIC,
        "requestBody": {"required": True, "content": {FORM: {"schema": _TOKEN_FORM}}},
        "responses": {
            "200": told("Tokens.", {JSON: _TOKENS}),
            **_OWN_ERRORS,
            "401": told("The application is not who it says.", {JSON: _ERROR}, _CHALLENGE),
        },
    },
    "POST /oauth/revoke": {
        "security": _BASIC,
        "requestBody": {
            "required": True,
            "content": {FORM: {"schema": obj({"token": TEXT, "token_type_hint": TEXT}, "token")}},
        },
        "responses": {
            "200": told("It is good no more, if it ever was.", {JSON: ANY}),
            **_OWN_ERRORS,
            "401": told("The application is not who it says.", {JSON: _ERROR}, _CHALLENGE),
        },
    },
}
