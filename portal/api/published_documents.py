"""What verifiers fetch: DID documents, status lists, issuers, achievements. The bytes are the issuer's own."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from credentials import strict_json
from credentials.sentence import sentence
from issuer.program_overview import level_place
from issuer.published import PublishedDocument
from keys.did import key_set
from portal import answers
from portal.access import Served
from portal.endorsing import endorsed_achievement
from portal.last_words import LastWord
from portal.layers.kept_answers import may_be_kept
from portal.negotiation import choose
from portal.pages.achievement import achievement_html
from portal.pages.dates import minute_after
from portal.pages.issuer import issuer_html
from portal.pages.site import site_for
from portal.problems import NOT_ACCEPTABLE, NOT_FOUND, HttpProblem
from portal.service import Service

router = APIRouter(tags=["Published documents"])

HTML = "text/html"
KEY_SET = "application/jwk-set+json"
ACHIEVEMENT_TYPES = ("application/ld+json", "application/json", HTML)
_JSON: dict[int | str, dict[str, Any]] = {200: {"content": {"application/json": {}}}}
_JSON_OR_PAGE: dict[int | str, dict[str, Any]] = {200: {"content": {"application/json": {}, HTML: {}}}}
_IMAGE: dict[int | str, dict[str, Any]] = {200: {"content": {"image/png": {}, "image/svg+xml": {}}}}


@router.get(
    "/.well-known/did.json",
    summary="The issuer’s keys",
    description="The did:web document of the default issuer, with every key that ever signed.",
    response_class=Response,
    responses=_JSON,
    openapi_extra={"x-curl": "curl {base}/.well-known/did.json"},
)
def well_known_did(request: Request, service: Served) -> Response:
    """did:web without a path."""
    return _published(request, service, "/.well-known/did.json")


@router.get(
    "/.well-known/jwks.json",
    summary="The issuer’s keys as a JWK set",
    description="For verifiers that look for keys at the issuer’s host: those of its did:web document that were not "
    "revoked; `iss` is its id.",
    response_class=Response,
    responses={200: {"content": {KEY_SET: {}}}},
    openapi_extra={"x-curl": "curl {base}/.well-known/jwks.json"},
)
def well_known_keys(request: Request, service: Served) -> Response:
    """The default issuer's."""
    document = _find(service, "/.well-known/did.json") or _find(service, "/did.json")
    if document is None:
        raise _nothing("/.well-known/jwks.json")
    body = json.dumps(key_set(json.loads(document.body)), separators=(",", ":")).encode()
    return _told(request, service, document, answers.public(request, body, KEY_SET, keep=document.max_age))


@router.get("/did.json", include_in_schema=False)
def did_below_a_path(request: Request, service: Served) -> Response:
    """did:web of a base URL that has a path."""
    return _published(request, service, "/did.json")


@router.get(
    "/issuers/{slug}/did.json",
    summary="The keys of another issuer",
    description="The did:web document of an issuer that is not the default one.",
    response_class=Response,
    responses=_JSON,
    openapi_extra={"x-curl": "curl {base}/issuers/academy/did.json"},
)
def issuer_did(request: Request, slug: str, service: Served) -> Response:
    """did:web with a path."""
    return _published(request, service, f"/issuers/{slug}/did.json")


@router.get(
    "/issuer",
    summary="The issuer’s profile",
    description="The Open Badges Profile of the default issuer; JSON, or a page for browsers.",
    response_class=Response,
    responses=_JSON_OR_PAGE,
    openapi_extra={"x-curl": "curl {base}/issuer"},
)
def issuer_profile(request: Request, service: Served) -> Response:
    """The default issuer."""
    return _issuer(request, service, "/issuer", None)


@router.get(
    "/issuer/image",
    summary="The issuer’s picture",
    response_class=Response,
    responses=_IMAGE,
    openapi_extra={"x-curl": "curl -O {base}/issuer/image"},
)
def issuer_image(request: Request, service: Served) -> Response:
    """The default issuer's."""
    return _published(request, service, "/issuer/image")


@router.get(
    "/issuers/{slug}/image",
    summary="The picture of another issuer",
    response_class=Response,
    responses=_IMAGE,
    openapi_extra={"x-curl": "curl -O {base}/issuers/academy/image"},
)
def named_issuer_image(request: Request, slug: str, service: Served) -> Response:
    """Any other issuer's."""
    return _published(request, service, f"/issuers/{slug}/image")


@router.get(
    "/issuers/{slug}",
    summary="The profile of another issuer",
    description="JSON, or a page for browsers.",
    response_class=Response,
    responses=_JSON_OR_PAGE,
    openapi_extra={"x-curl": "curl {base}/issuers/academy"},
)
def named_issuer_profile(request: Request, slug: str, service: Served) -> Response:
    """Any other issuer."""
    return _issuer(request, service, f"/issuers/{slug}", slug)


@router.get(
    "/status-lists/{list_id}",
    summary="A status list",
    description="A signed Bitstring status list (W3C), published anew at once when a credential is revoked or "
    "suspended.",
    response_class=Response,
    responses={200: {"content": {"application/vc": {}}}},
    openapi_extra={"x-curl": "curl {base}/status-lists/{list_id}"},
)
def status_list(request: Request, list_id: UUID, service: Served) -> Response:
    """The list as it was last signed."""
    # It is signed anew before it is delivered when it is a day old: so once a minute that is asked again.
    return _published(request, service, f"/status-lists/{list_id}", until=minute_after(service.clock()))


@router.get(
    "/achievements/{achievement_id}",
    summary="An achievement",
    description="What a level asks for and stands for, in its newest version; JSON, or a page for browsers. "
    "`endorsement` holds the endorsements of it that are good now.",
    response_class=Response,
    responses={200: {"content": {"application/json": {}, HTML: {}}}},
    openapi_extra={"x-curl": "curl {base}/achievements/{achievement_id}"},
)
def achievement(request: Request, achievement_id: UUID, service: Served) -> Response:
    """The newest version."""
    return _achievement(request, service, achievement_id, None, keep=None)


@router.get(
    "/achievements/{achievement_id}/image",
    summary="The image of an achievement",
    description="Of its newest version.",
    response_class=Response,
    responses=_IMAGE,
    openapi_extra={"x-curl": "curl -O {base}/achievements/{achievement_id}/image"},
)
def achievement_image(request: Request, achievement_id: UUID, service: Served) -> Response:
    """Where the newest version's document says that its image is."""
    document = _find(service, f"/achievements/{achievement_id}")
    content = strict_json.parse(document.body) if document is not None else {}
    image = content.get("image") if isinstance(content, dict) else None
    url = image.get("id") if isinstance(image, dict) else image
    if not isinstance(url, str) or not url.startswith(service.base_url + "/"):
        raise _nothing(f"/achievements/{achievement_id}/image")
    return _published(request, service, url.removeprefix(service.base_url))


@router.get(
    "/achievements/{achievement_id}/{version}",
    summary="A version of an achievement",
    description="Immutable: what a credential was earned under.",
    response_class=Response,
    responses={200: {"content": {"application/json": {}, HTML: {}}}},
    openapi_extra={"x-curl": "curl {base}/achievements/{achievement_id}/1"},
)
def achievement_version(request: Request, achievement_id: UUID, version: str, service: Served) -> Response:
    """One published version."""
    return _achievement(request, service, achievement_id, version, keep=answers.FOREVER)


@router.get(
    "/achievements/{achievement_id}/{version}/image",
    summary="The image of a version",
    response_class=Response,
    responses=_IMAGE,
    openapi_extra={"x-curl": "curl -O {base}/achievements/{achievement_id}/1/image"},
)
def achievement_version_image(request: Request, achievement_id: UUID, version: str, service: Served) -> Response:
    """The unbaked badge image."""
    return _published(request, service, f"/achievements/{achievement_id}/{version}/image", keep=answers.FOREVER)


def _published(
    request: Request, service: Service, path: str, *, keep: timedelta | None = None, until: datetime | None = None
) -> Response:
    """The document at `path`; `keep` if its bytes never change, else for as long as the document says.

    until: when it may be another one though nothing was committed.
    """
    document = _find(service, path)
    if document is None:
        raise _nothing(path)
    answer = answers.public(
        request, document.body, document.media_type, keep=keep or document.max_age, immutable=keep is not None
    )
    return _told(request, service, document, answer, until=until)


def _told(
    request: Request, service: Service, document: PublishedDocument, answer: Response, *, until: datetime | None = None
) -> Response:
    """The answer as it may be kept; of a last word, as what it is."""
    if isinstance(document, LastWord):
        return answers.as_of(answer, document.as_of, service.clock())
    may_be_kept(request.scope, until=until)
    return answer


def _issuer(request: Request, service: Service, path: str, slug: str | None) -> Response:
    """The profile: a page for whoever prefers one, JSON for everybody else, whatever he asks for."""
    document = _find(service, path)
    if document is None:
        raise _nothing(path)
    if choose(request.headers.get("accept"), ACHIEVEMENT_TYPES) == HTML:
        site = site_for(request, service)
        page = answers.page(issuer_html(service, site, path, document.body, slug), language=site.language)
        return answers.varying(page)
    answer = answers.varying(answers.public(request, document.body, document.media_type, keep=document.max_age))
    return _told(request, service, document, answer)


def _achievement(
    request: Request, service: Service, achievement_id: UUID, version: str | None, *, keep: timedelta | None
) -> Response:
    path = f"/achievements/{achievement_id}" + (f"/{version}" if version is not None else "")
    document = _find(service, path)
    if document is None:
        raise _nothing(path)
    wanted = choose(request.headers.get("accept"), ACHIEVEMENT_TYPES)
    if wanted is None:
        detail = sentence("An achievement comes as {forms}.", forms=", ".join(ACHIEVEMENT_TYPES))
        raise HttpProblem(NOT_ACCEPTABLE, detail, headers={"Vary": "Accept"})
    if wanted == HTML:
        return answers.varying(_page(request, service, path, document.body, achievement_id, version))
    body = document.body if version is not None else endorsed_achievement(service, achievement_id, document.body)
    found = answers.public(request, body, wanted, keep=keep or document.max_age, immutable=keep is not None)
    return answers.varying(found)


def _page(
    request: Request, service: Service, path: str, body: bytes, achievement_id: UUID, version: str | None
) -> Response:
    site = site_for(request, service)
    html = achievement_html(service, site, path, body, level_place(service.database, achievement_id, version))
    return answers.page(html, language=site.language)


def _find(service: Service, path: str) -> PublishedDocument | None:
    return service.documents.find(path)


def _nothing(path: str) -> HttpProblem:
    return HttpProblem(NOT_FOUND, sentence("Nothing is published at {path}.", path=path[:200]))
