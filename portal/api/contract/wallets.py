"""OpenID4VCI: what wallets send and get."""

from __future__ import annotations

from typing import Any, Final

from portal.api.contract.shapes import ANY, JSON, TEXT, URL, Schema, array, obj, problem, problems, public, told

_FORM: Final = "application/x-www-form-urlencoded"
_PRE_AUTHORIZED: Final = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
_ERROR: Final = obj({"error": TEXT, "error_description": TEXT})
_SECONDS: Final[Schema] = {"Retry-After": {"required": True, "schema": {"type": "string", "pattern": "^[0-9]+$"}}}
_CHALLENGE: Final[Schema] = {"WWW-Authenticate": {"required": True, "schema": TEXT}}
_REFUSED: Final[dict[str, Schema]] = {
    "400": told("Refused by a code of the standard.", {JSON: _ERROR}),
    "401": told("No token that is good here.", {JSON: _ERROR}, _CHALLENGE),
    "404": problem(404),
    "413": told("Too large.", {JSON: _ERROR, "application/problem+json": {"$ref": "#/components/schemas/Problem413"}}),
    "429": told("Too many requests.", {JSON: _ERROR}, _SECONDS),
    "503": told("The issuer cannot do that now.", {JSON: _ERROR}),
}
_SAME: Final[dict[str, Schema]] = {"304": {"description": "The client has it (`If-None-Match`)."}}
_COPIES: Final = obj(
    {"credentials": array(obj({"credential": {}}, "credential")), "notification_id": TEXT}, "credentials"
)
_WAITS: Final = obj({"transaction_id": TEXT, "interval": {"type": "integer"}}, "transaction_id")
_PROOFS: Final = {"type": "object", "properties": {"jwt": array(TEXT), "attestation": array(TEXT)}}
_WITH_TOKEN: Final[list[dict[str, list[str]]]] = [{"walletToken": []}]
_JWE: Final = {"application/jwt": {"schema": TEXT}}


def _sent(schema: Schema, *, sealed: bool = True) -> Schema:
    return {"required": True, "content": {JSON: {"schema": schema}, **(_JWE if sealed else {})}}


def _copies(description: str, schema: Schema) -> Schema:
    return told(description, {JSON: schema, "application/jwt": TEXT})


WALLETS: Final[dict[str, dict[str, Any]]] = {
    "GET /.well-known/openid-credential-issuer/{path}": {
        "responses": {
            "200": public(
                "The metadata.",
                {
                    JSON: obj({"credential_issuer": URL, "credential_endpoint": URL}, "credential_issuer"),
                    "application/jwt": TEXT,
                },
            ),
            **_SAME,
            "404": problem(404),
        }
    },
    "GET /.well-known/oauth-authorization-server/oid4vci/{slug}": {
        "responses": {
            "200": public("RFC 8414.", {JSON: obj({"issuer": URL, "token_endpoint": URL}, "issuer")}),
            **_SAME,
            "404": problem(404),
        }
    },
    "GET /credential-types/{name}": {
        "responses": {
            "200": public("Type metadata.", {JSON: obj({"vct": URL, "name": TEXT}, "vct")}),
            **_SAME,
            "404": problem(404),
        }
    },
    "GET /token-status-lists/{list_id}": {
        "responses": {
            "200": public("The signed list.", {"application/statuslist+jwt": TEXT}),
            **_SAME,
            "404": problem(404),
        }
    },
    "GET /oid4vci/{slug}/offers/{reference}": {
        "responses": {
            "200": told("The offer.", {JSON: obj({"credential_issuer": URL, "grants": ANY}, "credential_issuer")}),
            **problems(404),
            "429": _REFUSED["429"],
            "503": _REFUSED["503"],
        }
    },
    "GET /wallet-offers/{credential_id}": {
        "responses": {
            "200": told("The offer.", {JSON: obj({"credential_issuer": URL, "grants": ANY}, "credential_issuer")}),
            **problems(404),
            "429": _REFUSED["429"],
            "503": _REFUSED["503"],
        }
    },
    "POST /oid4vci/{slug}/token": {
        "requestBody": {
            "required": True,
            "content": {
                _FORM: {
                    "schema": obj(
                        {
                            "grant_type": {"enum": [_PRE_AUTHORIZED, "authorization_code"]},
                            **dict.fromkeys(("pre-authorized_code", "tx_code", "authorization_details"), TEXT),
                            **dict.fromkeys(("code", "client_id", "redirect_uri", "code_verifier", "resource"), TEXT),
                        },
                        "grant_type",
                    )
                }
            },
        },
        "responses": {
            "200": told(
                "The token.",
                {
                    JSON: obj(
                        {"access_token": TEXT, "token_type": TEXT, "expires_in": {"type": "integer"}},
                        "access_token",
                        "token_type",
                    )
                },
            ),
            **{status: answer for status, answer in _REFUSED.items() if status != "401"},
        },
    },
    "POST /oid4vci/{slug}/par": {
        "requestBody": {
            "required": True,
            "content": {
                _FORM: {
                    "schema": obj(
                        {
                            "response_type": {"const": "code"},
                            "code_challenge_method": {"const": "S256"},
                            **dict.fromkeys(("client_id", "redirect_uri", "code_challenge", "state", "scope"), TEXT),
                            **dict.fromkeys(("authorization_details", "issuer_state", "resource", "dpop_jkt"), TEXT),
                        },
                        *("response_type", "client_id", "redirect_uri", "code_challenge", "code_challenge_method"),
                    )
                }
            },
        },
        "responses": {
            "201": told("Kept.", {JSON: obj({"request_uri": TEXT, "expires_in": {"type": "integer"}}, "request_uri")}),
            **{status: answer for status, answer in _REFUSED.items() if status != "401"},
        },
    },
    "POST /oid4vci/{slug}/nonce": {
        "responses": {
            "200": told("The nonce.", {JSON: obj({"c_nonce": TEXT}, "c_nonce")}),
            **{status: _REFUSED[status] for status in ("404", "413", "429", "503")},
        }
    },
    "POST /oid4vci/{slug}/credential": {
        "security": _WITH_TOKEN,
        "requestBody": _sent(
            obj(
                {
                    "credential_configuration_id": TEXT,
                    "credential_identifier": TEXT,
                    "proofs": _PROOFS,
                    "credential_response_encryption": ANY,
                }
            )
        ),
        "responses": {
            "200": _copies("The copies.", _COPIES),
            "202": _copies("It waits: ask again later.", _WAITS),
            **_REFUSED,
        },
    },
    "POST /oid4vci/{slug}/deferred": {
        "security": _WITH_TOKEN,
        "requestBody": _sent(obj({"transaction_id": TEXT, "credential_response_encryption": ANY}, "transaction_id")),
        "responses": {"200": _copies("The copies.", _COPIES), "202": _copies("It still waits.", _WAITS), **_REFUSED},
    },
    "POST /oid4vci/{slug}/notification": {
        "security": _WITH_TOKEN,
        "requestBody": _sent(
            obj({"notification_id": TEXT, "event": TEXT, "event_description": TEXT}, "notification_id", "event"),
            sealed=False,
        ),
        "responses": {"204": {"description": "Noted."}, **_REFUSED},
    },
}
