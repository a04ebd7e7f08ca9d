"""What an issuer says of itself to wallets, at the well-known addresses (OpenID4VCI 1.0, section 12.2.2; RFC 8414)."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from credentials.prepared import written
from credentials.proofs import compact_jws
from credentials.sentence import sentence
from issuer.addresses import achievement_url
from issuer.offers.configurations import Offerer, Offerings, offerings
from issuer.offers.request_keys import request_key
from issuer.program_overview import level_place
from issuer.signing_keys import opened
from issuer.token_status_lists import MEDIA_TYPE as STATUS_TYPE
from issuer.wallet_copies import OPEN_BADGE
from keys.errors import KeysError
from portal import answers
from portal.access import Served
from portal.json_text import json_bytes
from portal.layers.kept_answers import may_be_kept
from portal.negotiation import choose
from portal.oid4vci.answering import issuer_named, log
from portal.oid4vci.trust import attestations_of
from portal.problems import NOT_FOUND, HttpProblem
from portal.service import Service
from wallet_export.oid4vci_metadata import SIGNED_TYPE, Endpoints, IssuerView, issuer_metadata, server_metadata

router = APIRouter(tags=["Wallets"])

JSON: Final = "application/json"
JWT: Final = "application/jwt"
_KEEP: Final = timedelta(minutes=5)
_SIGNED_FOR: Final = timedelta(days=1)
_ISSUER: Final = "/.well-known/openid-credential-issuer"
_SERVER: Final = "/.well-known/oauth-authorization-server"
_NOTHING: Final = sentence("No issuer of credentials has this address; compare it with the original.")


@router.get(
    _ISSUER + "/{path:path}",
    summary="What an issuer offers to wallets",
    description="Credential issuer metadata of OpenID4VCI 1.0; with `Accept: application/jwt` signed. The address is "
    "made of the issuer’s identifier, `{base}/oid4vci/{short name}`.",
    response_class=Response,
    responses={200: {"content": {JSON: {}, JWT: {}}}},
    openapi_extra={"x-curl": "curl {base}/.well-known/openid-credential-issuer/oid4vci/academy"},
)
def credential_issuer(request: Request, path: str, service: Served) -> Response:
    """Section 12.2.2."""
    owner = _named(service, path)
    found = offerings(service.database, owner.slug)
    document = issuer_metadata(Endpoints(owner.identifier), _view(service, found))
    wanted = choose(request.headers.get("accept"), (JSON, JWT))
    signed = _signed(service, owner, found, document) if wanted == JWT else None
    may_be_kept(request.scope, until=service.clock() + _KEEP)
    body, type_ = (signed, JWT) if signed is not None else (json_bytes(document), JSON)
    return answers.varying(answers.public(request, body, type_, keep=_KEEP))


@router.get(
    _SERVER + "/oid4vci/{slug}",
    summary="The authorization server for wallets",
    description="Metadata of RFC 8414 of the server that redeems the codes of offers.",
    response_class=Response,
    responses={200: {"content": {JSON: {}}}},
    openapi_extra={"x-curl": "curl {base}/.well-known/oauth-authorization-server/oid4vci/academy"},
)
def authorization_server(request: Request, slug: str, service: Served) -> Response:
    """Of an issuer whose base URL has no path."""
    return _server(request, service, f"oid4vci/{slug}")


@router.get(_SERVER + "/{below:path}/oid4vci/{slug}", include_in_schema=False)
def authorization_server_below(request: Request, below: str, slug: str, service: Served) -> Response:
    """Of one whose base URL has one: the path stands behind the well-known name (RFC 8414, section 3)."""
    return _server(request, service, f"{below}/oid4vci/{slug}")


@router.get(
    "/credential-types/{name}",
    summary="The type of SD-JWT VCs of a level",
    description="Type metadata of SD-JWT VC: what `vct` leads to.",
    response_class=Response,
    responses={200: {"content": {JSON: {}}}},
    openapi_extra={"x-curl": "curl {base}/credential-types/open-badge"},
)
def credential_type(request: Request, name: str, service: Served) -> Response:
    """Of a level, or of badges that are of none."""
    vct = f"{service.base_url}/credential-types/{name}"
    if name == OPEN_BADGE:
        document: dict[str, Any] = {"vct": vct, "name": "Open Badge"}
    else:
        place = level_place(service.database, _uuid(name), None)
        if place is None:
            raise HttpProblem(NOT_FOUND, _NOTHING)
        document = {
            "vct": vct,
            "name": place.achievement.name,
            "description": f"{place.achievement.name}: {achievement_url(service.base_url, _uuid(name))}",
            "display": [{"locale": "en", "name": place.achievement.name}],
        }
    may_be_kept(request.scope)
    return answers.public(request, json_bytes(document), JSON, keep=_KEEP)


@router.get(
    "/token-status-lists/{list_id}",
    summary="A revocation list as a Token Status List",
    description="The same places as `/status-lists/…`, for SD-JWT VCs: 1 is revoked, 2 suspended.",
    response_class=Response,
    responses={200: {"content": {STATUS_TYPE: {}}}},
)
def token_status_list(request: Request, list_id: UUID, service: Served) -> Response:
    """Signed when it is asked for, and kept until something is committed."""
    found = service.documents.find(f"/token-status-lists/{list_id}")
    if found is None:
        raise HttpProblem(NOT_FOUND, sentence("There is no such status list, or this server cannot sign now."))
    return answers.public(request, found.body, found.media_type, keep=found.max_age)


def _server(request: Request, service: Service, path: str) -> Response:
    document = server_metadata(Endpoints(_named(service, path).identifier))
    may_be_kept(request.scope)
    return answers.public(request, json_bytes(document), JSON, keep=_KEEP)


def _named(service: Service, path: str) -> Offerer:
    """The issuer whose identifier has this path. Raises a 404 problem."""
    owner = issuer_named(service, path.rpartition("/")[2])
    if urlsplit(owner.identifier).path != f"/{path}":
        raise HttpProblem(NOT_FOUND, _NOTHING)
    return owner


def _view(service: Service, found: Offerings) -> IssuerView:
    keys = []
    if service.keyring is not None:
        try:
            now = service.clock()
            keys.append(request_key(service.database, service.keyring, now=now, randomness=secrets.token_bytes))
        except KeysError as error:
            log.warning("requests of wallets are not encrypted", reason=str(error))
    return IssuerView(found.name, found.image, found.levels, keys, attestations=attestations_of(service))


def _signed(service: Service, owner: Offerer, found: Offerings, document: dict[str, Any]) -> bytes | None:
    """Section 12.2.3; None if nothing can be signed now."""
    if service.keyring is None or found.key is None:
        return None
    now = service.clock()
    claims = {
        **document,
        "iss": owner.did,
        "sub": owner.identifier,
        "iat": int(now.timestamp()),
        "exp": int((now + _SIGNED_FOR).timestamp()),
    }
    header = {"typ": SIGNED_TYPE, "kid": found.key.verification_method}
    return compact_jws.sign(header, written(claims), opened(service.keyring, found.key)).encode()


def _uuid(name: str) -> UUID:
    try:
        return UUID(name)
    except ValueError:
        raise HttpProblem(NOT_FOUND, _NOTHING) from None
