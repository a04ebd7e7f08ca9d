"""What is published for everybody: credentials, keys, lists, issuers, levels; and whether the server is well."""

from __future__ import annotations

from typing import Any, Final

from portal.api.contract.shapes import ANY, JSON, TEXT, URL, Schema, array, obj, page, problem, problems, public, told
from verifier.did_resolution import DOCUMENT_TYPES

_CONTEXT: Final[Schema] = {"@context": {}, "id": URL}
_CREDENTIAL: Final = obj(
    {
        **_CONTEXT,
        "type": {},
        "issuer": {},
        "validFrom": {**TEXT, "format": "date-time"},
        "credentialSubject": {},
        "proof": {},
    },
    "@context",
    "type",
    "issuer",
    "credentialSubject",
)
_PROFILE: Final = obj({**_CONTEXT, "type": {}, "name": TEXT}, "id", "type", "name")
_ACHIEVEMENT: Final = obj({"id": URL, "type": {}, "name": TEXT, "criteria": ANY}, "id", "type", "name", "criteria")
_DID: Final = obj({"id": URL, "verificationMethod": array(ANY)}, "id", "verificationMethod")
_KEYS: Final = obj({"keys": array(obj({"kty": TEXT, "kid": TEXT}, "kty"))}, "keys")
_BYTES: Final[Schema] = {"type": "string", "format": "binary"}
_PNG: Final = {"image/png": _BYTES}
_SVG: Final = {"image/svg+xml": TEXT}
_PDF: Final = {"application/pdf": _BYTES}
_JSON_FORMS: Final = dict.fromkeys(
    ("application/vc", "application/vc+ld+json", "application/ld+json", JSON), _CREDENTIAL
)
_JWT_FORMS: Final = dict.fromkeys(("application/vc+jwt", "application/jwt", "text/plain"), TEXT)
_LEVEL_FORMS: Final = dict.fromkeys(("application/ld+json", JSON), _ACHIEVEMENT)
_SAME: Final[dict[str, Schema]] = {"304": {"description": "The client has it (`If-None-Match`)."}}
_HELD: Final = _SAME | problems(404, 410)
_SHARED: Final = _HELD | problems(403)
_IMAGES: Final = public("The picture.", _PNG | _SVG)
_LEVEL: Final = page("The achievement.", _LEVEL_FORMS)
_READY: Final = obj({"status": TEXT, "missing": {"type": "object", "additionalProperties": TEXT}}, "status")
_OEMBED: Final = obj(
    {"version": {"const": "1.0"}, "type": {"enum": ["link", "rich"]}, "title": TEXT}, "version", "type"
)
_RESOLVED: Final = obj(
    {"didDocument": {}, "didResolutionMetadata": ANY, "didDocumentMetadata": ANY},
    "didDocument",
    "didResolutionMetadata",
    "didDocumentMetadata",
)
_RESOLUTION: Final = dict.fromkeys(("application/did-resolution", JSON), _RESOLVED)


def _of(answer: Schema, *more: dict[str, Schema]) -> dict[str, Any]:
    responses = {"200": answer}
    for one in more:
        responses |= one
    return {"responses": responses}


_REFRESHED: Final = _of(
    told("The newest credential, signed.", _JSON_FORMS | _JWT_FORMS, {"ETag": {"schema": TEXT}}), _SHARED, problems(406)
)
_PROGRAM: Final = _of(
    page("The program.", dict.fromkeys(("application/ld+json", JSON), ANY)), _SAME, problems(404, 406)
)

PUBLISHED: Final[dict[str, dict[str, Any]]] = {
    "GET /credentials/{credential_id}.json": _of(
        public("The credential, as it was signed.", {JSON: _CREDENTIAL}), _SHARED
    ),
    "GET /credentials/{credential_id}.jwt": _of(public("The compact JWS.", {"text/plain": TEXT}), _SHARED),
    "GET /credentials/{credential_id}.png": _of(public("The badge.", _PNG), _SHARED),
    "GET /credentials/{credential_id}.svg": _of(public("The badge.", _SVG), _SHARED),
    "GET /credentials/{credential_id}.pdf": _of(public("The certificate.", _PDF), _SHARED, problems(409, 422, 503)),
    "GET /credentials/{credential_id}/qr.png": _of(public("The code.", _PNG), _HELD),
    "GET /credentials/{credential_id}/qr.svg": _of(public("The code.", _SVG), _HELD),
    "GET /credentials/{credential_id}": _of(
        page("The credential in the form asked for.", _JSON_FORMS | _JWT_FORMS | _PNG | _SVG | _PDF),
        _SHARED,
        problems(406, 409, 503),
    ),
    "GET /credentials/{credential_id}/refresh": _REFRESHED,
    "POST /credentials/{credential_id}/refresh": _REFRESHED,
    "GET /.well-known/did.json": _of(
        public("The DID document.", {"application/did+ld+json": _DID}), _SAME, problems(404)
    ),
    "GET /.well-known/jwks.json": _of(public("The keys.", {"application/jwk-set+json": _KEYS}), _SAME, problems(404)),
    "GET /issuers/{slug}/did.json": _of(
        public("The DID document.", {"application/did+ld+json": _DID}), _SAME, problems(404)
    ),
    "GET /issuer": _of(page("The profile.", {"application/ld+json": _PROFILE}), _SAME, problems(404)),
    "GET /issuer/image": _of(_IMAGES, _SAME, problems(404)),
    "GET /issuers/{slug}/image": _of(_IMAGES, _SAME, problems(404)),
    "GET /issuers/{slug}": _of(page("The profile.", {"application/ld+json": _PROFILE}), _SAME, problems(404)),
    "GET /log/checkpoint": _of(public("The checkpoint, signed.", {"text/plain": TEXT}), _SAME, problems(404)),
    "GET /log/key": _of(public("The key.", {"text/plain": TEXT}), _SAME, problems(404)),
    "GET /log/tile/{path}": _of(
        public("Hashes or entries.", {"application/octet-stream": _BYTES}), _SAME, problems(404)
    ),
    "GET /credentials/{credential_id}/log-proof": _of(public("The proof.", {"text/plain": TEXT}), _SHARED),
    "GET /status-lists/{list_id}": _of(
        public("The signed list.", {"application/vc": _CREDENTIAL}), _SAME, problems(404)
    ),
    "GET /achievements/{achievement_id}": _of(_LEVEL, _SAME, problems(404, 406)),
    "GET /achievements/{achievement_id}/image": _of(_IMAGES, _SAME, problems(404)),
    "GET /achievements/{achievement_id}/{version}": _of(_LEVEL, _SAME, problems(404, 406)),
    "GET /achievements/{achievement_id}/{version}/image": _of(_IMAGES, _SAME, problems(404)),
    "GET /credentials/{credential_id}/card.png": _of(public("The picture.", _PNG), _SAME, problems(404)),
    "GET /credentials/{credential_id}/embed": _of(
        told("The badge, or that it is not shown.", {"text/html": TEXT}), _HELD
    ),
    "GET /oembed": _of(
        public("How to embed it.", {JSON: _OEMBED, "text/xml": TEXT}), _SAME, problems(400, 401, 404, 410, 501)
    ),
    "GET /programs/{program}": _PROGRAM,
    "GET /issuers/{slug}/programs/{program}": _PROGRAM,
    "GET /1.0/identifiers/{did}": {
        "responses": {
            "200": told("The document.", {**_RESOLUTION, **dict.fromkeys(DOCUMENT_TYPES, _DID)}),
            "400": told("It is no DID.", _RESOLUTION),
            "404": told("No document was found.", _RESOLUTION),
            "500": told("Its server could not be asked, or answered nothing of use.", _RESOLUTION),
            "501": told("Another method.", _RESOLUTION),
            "503": problem(503),
        }
    },
    "GET /healthz": _of(told("It is.", {JSON: obj({"status": {"const": "alive"}}, "status")})),
    "GET /readyz": _of(
        told("It can.", {JSON: _READY}), {"503": told("Something is missing; `missing` says what.", {JSON: _READY})}
    ),
}
