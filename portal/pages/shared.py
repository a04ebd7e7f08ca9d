"""`/shared/{secret}`: one credential whole, for those to whom its holder gave the link (docs/adr/0023)."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from credentials.sentence import sentence
from issuer.sharing import linked_credential
from portal import answers, credential_forms
from portal.access import Served
from portal.api.credentials import MEDIA_TYPE_OF, NO_SUCH_FORM, PNG, SVG, baked
from portal.certificates.making import PDF, certificate
from portal.language.wanted import language_of
from portal.pages.credential import credential_html, published_whole
from portal.pages.site import site_for
from portal.problems import NOT_FOUND, HttpProblem
from portal.service import Service

router = APIRouter(include_in_schema=False)

_ENDED = sentence("Nothing is shared by this link (any more). Compare it with the original, or ask who gave it to you.")


@router.get("/shared/{secret}.json")
def shared_json(service: Served, secret: str) -> Response:
    """The signed JSON."""
    return _form(service, secret, "json")


@router.get("/shared/{secret}.jwt")
def shared_jwt(service: Served, secret: str) -> Response:
    """The signed token."""
    return _form(service, secret, "jwt")


@router.get("/shared/{secret}.png")
def shared_png(service: Served, secret: str) -> Response:
    """The badge with the credential inside."""
    return _alone(Response(baked(service, _credential(service, secret), PNG), media_type=PNG))


@router.get("/shared/{secret}.svg")
def shared_svg(service: Served, secret: str) -> Response:
    """The same as an SVG."""
    return _alone(Response(baked(service, _credential(service, secret), SVG), media_type=SVG))


@router.get("/shared/{secret}.pdf")
def shared_pdf(request: Request, service: Served, secret: str) -> Response:
    """The certificate, which leads to the credential's own page."""
    found = published_whole(service, _credential(service, secret))
    if found is None:
        raise HttpProblem(NOT_FOUND, _ENDED)
    result = service.verify(found.secured, zone=found.zone or service.settings.zone)
    return _alone(Response(certificate(service, found, result, language_of(request)), media_type=PDF))


@router.get("/shared/{secret}")
def shared_page(request: Request, service: Served, secret: str) -> Response:
    """The page with everything that was signed, verified now."""
    found = published_whole(service, _credential(service, secret))
    if found is None:
        raise HttpProblem(NOT_FOUND, _ENDED)
    result = service.verify(found.secured, zone=found.zone or service.settings.zone)
    site = site_for(request, service)
    made = credential_html(service, site, found, result, forms_at=f"/shared/{secret}")
    return _alone(answers.page(made.html, reaches=made.reaches, language=site.language))


def _form(service: Service, secret: str, form: str) -> Response:
    read = credential_forms.json_bytes if form == "json" else credential_forms.jwt_bytes
    body = read(service, _credential(service, secret))
    if body is None:
        raise HttpProblem(NOT_FOUND, NO_SUCH_FORM)
    return _alone(Response(body, headers={"Content-Type": MEDIA_TYPE_OF[form]}))


def _credential(service: Service, secret: str) -> UUID:
    found = linked_credential(service.database, secret)
    if found is None:
        raise HttpProblem(NOT_FOUND, _ENDED)
    return found


def _alone(response: Response) -> Response:
    """Kept by nobody: the link may end at any time, and its address is a secret."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
