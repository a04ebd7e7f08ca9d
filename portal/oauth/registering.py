"""Registration of applications (RFC 7591), as the Open Badges 3.0 API profiles it, and our metadata (RFC 8414)."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from credentials import strict_json
from credentials.problems import Unacceptable
from credentials.sentence import sentence
from issuer.authorizations.clients import register
from issuer.authorizations.scopes import SCOPES
from portal import answers
from portal.access import Served
from portal.bodies import body, media_type
from portal.oauth.answers import REGISTRATIONS, OauthRefused, require_rate, told
from portal.problems import NOT_FOUND, HttpProblem
from portal.service import Service

router = APIRouter(tags=["Applications"])

_MOST_BYTES: Final = 32 * 1024
_URLS: Final = ("client_uri", "logo_uri", "tos_uri", "policy_uri")
_TEXTS: Final = ("client_name", "software_id", "software_version")
_GRANTS: Final = ("authorization_code", "refresh_token")
_MOST_URIS: Final = 10
_LONGEST: Final = 1_000
_AN_HOUR: Final = timedelta(hours=1)
_URL: Final = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+(?:[/?][\x21\x24-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]*)?")


_WELL_KNOWN: Final = "/.well-known/oauth-authorization-server"
_NO_SERVER: Final = sentence("No authorization server has this address; compare it with the original.")


@router.get(_WELL_KNOWN, summary="Metadata of the authorization server (RFC 8414)")
def metadata(request: Request, service: Served) -> Response:
    """RFC 8414, section 3."""
    return answers.public(request, json.dumps(_described(service)).encode(), "application/json", keep=_AN_HOUR)


@router.get(_WELL_KNOWN + "/{below:path}", include_in_schema=False)
def metadata_below(request: Request, below: str, service: Served) -> Response:
    """Where the base URL has a path: there it stands behind the well-known name (RFC 8414, section 3.1)."""
    if not below or urlsplit(service.base_url).path.strip("/") != below:
        raise HttpProblem(NOT_FOUND, _NO_SERVER)
    return metadata(request, service)


def _described(service: Service) -> dict[str, Any]:
    base = service.base_url
    return {
        "issuer": base,
        "authorization_endpoint": base + "/oauth/authorize",
        "token_endpoint": base + "/oauth/token",
        "registration_endpoint": base + "/oauth/register",
        "revocation_endpoint": base + "/oauth/revoke",
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": list(_GRANTS),
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        "revocation_endpoint_auth_methods_supported": ["client_secret_basic"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "service_documentation": base + "/docs",
        "op_tos_uri": service.settings.terms_url or base + "/terms",
        "op_policy_uri": service.settings.privacy_url or base + "/privacy",
    }


@router.post("/oauth/register", summary="Register an application (RFC 7591)", response_class=Response)
async def registration(request: Request, service: Served) -> Response:
    """Without an initial access token. A registration that nobody allows anything is forgotten after a day."""
    try:
        wanted = _object(request, await body(request))
        checked = _checked(service, wanted)
        return await run_in_threadpool(_registered, request, service, checked)
    except OauthRefused as refused:
        return refused.answer()


def _registered(request: Request, service: Service, checked: Mapping[str, Any]) -> Response:
    require_rate(request, service, REGISTRATIONS)
    now = service.clock()
    made = register(service.database, checked, now=now, randomness=secrets.token_bytes)
    extra = {
        "client_id": str(made.id),
        "client_secret": made.secret,
        "client_id_issued_at": int(now.timestamp()),
        "client_secret_expires_at": 0,
    }
    return told({**checked, **extra}, status=201)


def _object(request: Request, data: bytes) -> dict[str, Any]:
    if media_type(request) != "application/json" or len(data) > _MOST_BYTES:
        raise OauthRefused("invalid_client_metadata", f"Send JSON of at most {_MOST_BYTES} bytes.")
    try:
        value = strict_json.parse(data)
    except Unacceptable:
        value = None
    if not isinstance(value, dict):
        raise OauthRefused("invalid_client_metadata", "The body is not one JSON object.")
    return value


def _checked(service: Service, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What is registered: what the standard names, with its defaults. Raises OauthRefused."""
    if "software_statement" in wanted:
        raise OauthRefused("unapproved_software_statement", "Software statements are not taken here.")
    for name in (*_TEXTS, *_URLS):
        if not _is_text(wanted.get(name)):
            raise OauthRefused("invalid_client_metadata", f"{name} is required, a text.")
    uris = _checked_addresses(service, wanted)
    contacts = wanted.get("contacts", [])
    if not _texts(contacts) or len(contacts) > _MOST_URIS:
        raise OauthRefused("invalid_client_metadata", "contacts must be a list of texts.")
    return {
        **{name: wanted[name] for name in (*_TEXTS, *_URLS)},
        "redirect_uris": uris,
        "scope": _checked_scope(wanted),
        **_checked_ways(wanted),
        **({"contacts": contacts} if contacts else {}),
    }


def _checked_addresses(service: Service, wanted: Mapping[str, Any]) -> list[str]:
    uris = wanted.get("redirect_uris")
    if not _texts(uris) or uris is None or not 0 < len(uris) <= _MOST_URIS:
        raise OauthRefused("invalid_redirect_uri", f"redirect_uris is required, a list of 1 to {_MOST_URIS} texts.")
    if not all(_good_url(service, uri) for uri in uris):
        raise OauthRefused("invalid_redirect_uri", "Each redirect URI must be an https URL without a fragment.")
    described = [wanted[name] for name in _URLS]
    if not all(_good_url(service, url) for url in described):
        raise OauthRefused("invalid_client_metadata", f"{', '.join(_URLS)} must be https URLs.")
    if len({urlsplit(url).hostname for url in (*uris, *described)}) != 1:
        raise OauthRefused("invalid_client_metadata", "All URLs must have the same hostname.")
    return list(uris)


def _checked_ways(wanted: Mapping[str, Any]) -> dict[str, Any]:
    if wanted.get("token_endpoint_auth_method", "client_secret_basic") != "client_secret_basic":
        raise OauthRefused("invalid_client_metadata", "token_endpoint_auth_method can only be client_secret_basic.")
    grants = wanted.get("grant_types", ["authorization_code"])
    if not _texts(grants) or not set(grants) <= set(_GRANTS) or "authorization_code" not in grants:
        raise OauthRefused("invalid_client_metadata", "grant_types: authorization_code, and refresh_token besides.")
    if wanted.get("response_types", ["code"]) != ["code"]:
        raise OauthRefused("invalid_client_metadata", "response_types can only be code.")
    return {
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": list(dict.fromkeys(grants)),
        "response_types": ["code"],
    }


def _checked_scope(wanted: Mapping[str, Any]) -> str:
    asked = wanted.get("scope", " ".join(SCOPES))
    scopes = [one for one in SCOPES if isinstance(asked, str) and one in asked.split()]
    if not scopes:
        raise OauthRefused("invalid_client_metadata", "scope names no scope of the Open Badges 3.0 API.")
    return " ".join(scopes)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value.strip()) > 0 and len(value) <= _LONGEST and value.isprintable()


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(_is_text(one) for one in value)


def _good_url(service: Service, url: str) -> bool:
    """https (or an origin that the operator allows), with a host, without userinfo and fragment."""
    if _URL.fullmatch(url) is None:
        return False
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    if not parts.hostname:
        return False
    return parts.scheme == "https" or f"{parts.scheme}://{parts.netloc}" in service.allowed_origins
