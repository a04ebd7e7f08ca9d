"""`/credentials/{id}`: one address for people and for machines, and one for each form."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from credentials.sentence import sentence
from issuer import addresses, catalogue
from issuer.credential_facts import newest_id
from issuer.sharing import shown
from portal import answers, credential_forms
from portal.access import Served
from portal.certificates.making import PDF, certificate
from portal.language.wanted import VARY, language_of
from portal.layers.kept_answers import may_be_kept
from portal.negotiation import choose
from portal.pages.credential import Published, credential_html, holds_until, published
from portal.pages.site import site_for
from portal.problems import GONE, NOT_ACCEPTABLE, NOT_FOUND, NOT_SHARED, HttpProblem
from portal.service import Service
from verifier.result import VerificationResult
from wallet_export.certificate import Paper
from wallet_export.qr import qr_png, qr_svg
from wallet_export.qr_size import PRINT_CERTIFICATE

router = APIRouter(tags=["Credentials"])

HTML = "text/html"
JSON_TYPES = ("application/vc", "application/vc+ld+json", "application/ld+json", "application/json")
JWT_TYPES = ("application/vc+jwt", "application/jwt", "text/plain")
PNG = "image/png"
SVG = "image/svg+xml"
OFFERS = (HTML, *JSON_TYPES, *JWT_TYPES, PNG, SVG, PDF)
NO_SUCH_FORM = sentence("This credential was not issued in that form.")
_ERASED = sentence(
    "This credential was of a person whose data were erased here. What it said is not kept; whether it was revoked is "
    "still in its status list."
)
ONE_DAY = timedelta(days=1)
FIVE_MINUTES = timedelta(minutes=5)
"""Signed forms never change, but their holder may keep them to himself any day."""
MEDIA_TYPE_OF = {"json": "application/json", "jwt": "text/plain; charset=us-ascii"}
"""Of the address of a form; Open Badges 3.0, section 5.2 asks for text/plain."""
FORM_OF = {**dict.fromkeys(JSON_TYPES, "json"), **dict.fromkeys(JWT_TYPES, "jwt")}
"""The form that a media type is of, among those that OFFERS names; the others are no form as it was signed."""

_FORMS_SHOWN: dict[str, Any] = {media_type: {} for media_type in OFFERS}
_ANY_FORM: dict[int | str, dict[str, Any]] = {
    200: {"description": "The credential in the form asked for.", "content": _FORMS_SHOWN}
}


@router.get(
    "/credentials/{credential_id}.json",
    summary="A credential as JSON",
    description="The exact bytes that were signed, with the proof inside.",
    response_class=Response,
    responses={200: {"content": {"application/json": {}}}},
    openapi_extra={"x-curl": "curl {base}/credentials/{credential_id}.json"},
)
def credential_json(request: Request, credential_id: UUID, service: Served) -> Response:
    """Signed JSON; its bytes never change."""
    return _signed(request, service, credential_id, MEDIA_TYPE_OF["json"], "json")


@router.get(
    "/credentials/{credential_id}.jwt",
    summary="A credential as JWT",
    description="The compact JWS (VC-JWT of Open Badges 3.0).",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}}},
    openapi_extra={"x-curl": "curl {base}/credentials/{credential_id}.jwt"},
)
def credential_jwt(request: Request, credential_id: UUID, service: Served) -> Response:
    """The signed token."""
    return _signed(request, service, credential_id, MEDIA_TYPE_OF["jwt"], "jwt")


@router.get(
    "/credentials/{credential_id}.png",
    summary="A credential baked into a PNG",
    description="The badge image with the signed credential inside, as wallets and backpacks take it.",
    response_class=Response,
    responses={200: {"content": {PNG: {}}}},
    openapi_extra={"x-curl": "curl -O {base}/credentials/{credential_id}.png"},
)
def credential_png(request: Request, credential_id: UUID, service: Served) -> Response:
    """The baked PNG."""
    return _baked(request, service, credential_id, PNG)


@router.get(
    "/credentials/{credential_id}.svg",
    summary="A credential baked into an SVG",
    description="As the PNG; only for badges whose image is an SVG.",
    response_class=Response,
    responses={200: {"content": {SVG: {}}}},
    openapi_extra={"x-curl": "curl -O {base}/credentials/{credential_id}.svg"},
)
def credential_svg(request: Request, credential_id: UUID, service: Served) -> Response:
    """The baked SVG."""
    return _baked(request, service, credential_id, SVG)


@router.get(
    "/credentials/{credential_id}.pdf",
    summary="A credential as a certificate",
    description="PDF/A-3, two pages to print, with the signed credential attached, in the reader’s language; "
    "`paper=letter` for the paper of North America. A revoked credential has none.",
    response_class=Response,
    responses={200: {"content": {PDF: {}}}},
    openapi_extra={"x-curl": "curl -O {base}/credentials/{credential_id}.pdf"},
)
def credential_pdf(
    request: Request, credential_id: UUID, service: Served, paper: Annotated[Paper | None, Query()] = None
) -> Response:
    """The certificate, for whoever may have all that was signed."""
    return _certificate(request, service, credential_id, paper)


@router.get(
    "/credentials/{credential_id}/qr.png",
    summary="A QR code of the credential’s address, as PNG",
    response_class=Response,
    responses={200: {"content": {PNG: {}}}},
    openapi_extra={"x-curl": "curl -O {base}/credentials/{credential_id}/qr.png"},
)
def credential_qr_png(request: Request, credential_id: UUID, service: Served) -> Response:
    """For screens, and to print at the size the file names."""
    _secured(service, credential_id)
    may_be_kept(request.scope)
    return answers.public(request, qr_png(_url(service, credential_id)), PNG, keep=ONE_DAY)


@router.get(
    "/credentials/{credential_id}/qr.svg",
    summary="A QR code of the credential’s address, as SVG",
    response_class=Response,
    responses={200: {"content": {SVG: {}}}},
    openapi_extra={"x-curl": "curl -O {base}/credentials/{credential_id}/qr.svg"},
)
def credential_qr_svg(request: Request, credential_id: UUID, service: Served) -> Response:
    """For print."""
    _secured(service, credential_id)
    may_be_kept(request.scope)
    return answers.public(request, qr_svg(_url(service, credential_id), size=PRINT_CERTIFICATE), SVG, keep=ONE_DAY)


@router.get(
    "/credentials/{credential_id}",
    summary="A credential, in the form that Accept asks for",
    description="A page for browsers (verified on each visit); `application/json`, `application/vc`, "
    "`application/ld+json`: the signed JSON; `application/vc+jwt`, `text/plain`: the JWT; `image/png`, "
    "`image/svg+xml`: the badge with the credential inside; `application/pdf`: the certificate. If it was renewed or "
    "corrected, a `Link` with the relation `latest-version` leads to the newest.",
    response_class=Response,
    responses=_ANY_FORM,
    openapi_extra={"x-curl": "curl -H 'Accept: application/vc' {base}/credentials/{credential_id}"},
)
def credential(request: Request, credential_id: UUID, service: Served) -> Response:
    """The credential by content negotiation."""
    wanted = choose(request.headers.get("accept"), OFFERS)
    if wanted is None:
        detail = sentence("A credential comes as {forms}.", forms=", ".join(OFFERS))
        raise HttpProblem(NOT_ACCEPTABLE, detail, headers={"Vary": "Accept"})
    if wanted == HTML:
        return _page(request, service, credential_id)
    if wanted in FORM_OF:
        return _signed(request, service, credential_id, wanted, FORM_OF[wanted], negotiated=True)
    if wanted == PDF:
        return answers.varying(_certificate(request, service, credential_id, None))
    return answers.varying(_baked(request, service, credential_id, wanted))


@router.get("/credentials/{credential_id}/", include_in_schema=False)
def credential_with_slash(credential_id: UUID, service: Served) -> Response:
    """People add a slash; the address has none."""
    return RedirectResponse(_url(service, credential_id), status_code=308)


def _page(request: Request, service: Service, credential_id: UUID) -> Response:
    found = published(service, credential_id)
    if found is None:
        raise absent(service, credential_id)
    return page(request, service, found, service.verify(found.secured, zone=found.zone or service.settings.zone))


def page(request: Request, service: Service, found: Published, result: VerificationResult) -> Response:
    """The page of a credential that was verified just now."""
    site = site_for(request, service)
    made = credential_html(service, site, found, result)
    may_be_kept(request.scope, until=made.until)
    answer = answers.page(made.html, tagged=True, reaches=made.reaches, language=site.language)
    return answers.varying(leading_on(answer, newest_url(service, found.chain.newest)))


def _signed(
    request: Request,
    service: Service,
    credential_id: UUID,
    media_type: str,
    form: str,
    *,
    negotiated: bool = False,
) -> Response:
    require_shared(service, credential_id)
    read = credential_forms.json_bytes if form == "json" else credential_forms.jwt_bytes
    body = read(service, credential_id)
    if body is None:
        _secured(service, credential_id)  # a credential that does not exist is another problem
        raise HttpProblem(NOT_FOUND, NO_SUCH_FORM)
    answer = signed(request, body, media_type, negotiated=negotiated)
    return leading_on(answer, newest_url_of(service, credential_id))


def signed(request: Request, body: bytes, media_type: str, *, negotiated: bool) -> Response:
    """The answer that holds signed bytes, which never change; `negotiated`: at an address of other forms as well."""
    may_be_kept(request.scope)
    answer = answers.public(request, body, media_type, keep=FIVE_MINUTES)
    return answers.varying(answer) if negotiated else answer


def _baked(request: Request, service: Service, credential_id: UUID, media_type: str) -> Response:
    require_shared(service, credential_id)
    body = baked(service, credential_id, media_type)
    may_be_kept(request.scope)
    answer = answers.public(request, body, media_type, keep=FIVE_MINUTES)
    return leading_on(answer, newest_url_of(service, credential_id))


def newest_url_of(service: Service, credential_id: UUID) -> str:
    """The address of the newest credential that goes back to this one; "" if there is none."""
    return newest_url(service, newest_id(service.documents.questions, credential_id))


def newest_url(service: Service, newest: UUID | None) -> str:
    """The address of a chain's newest, "" for none."""
    return _url(service, newest) if newest is not None else ""


def leading_on(answer: Response, newest: str) -> Response:
    """The answer, with a link to the newest credential (RFC 5829): what was signed cannot be changed to say it."""
    if newest:
        answer.headers["Link"] = f'<{newest}>; rel="latest-version"'
        answer.headers["Access-Control-Expose-Headers"] = "Link"
    return answer


def _certificate(request: Request, service: Service, credential_id: UUID, paper: Paper | None) -> Response:
    require_shared(service, credential_id)
    found = published(service, credential_id)
    if found is None:
        raise absent(service, credential_id)
    result = service.verify(found.secured, zone=found.zone or service.settings.zone)
    body = certificate(service, found, result, language_of(request), paper)
    may_be_kept(request.scope, until=holds_until(found.chain, result.checked_at))
    answer = answers.public(request, body, PDF, keep=timedelta())
    answer.headers["Vary"] = VARY
    return answer


def baked(service: Service, credential_id: UUID, media_type: str) -> bytes:
    """The badge image, PNG or SVG, with the credential inside. Raises a 404 problem if it has none of that kind."""
    secured = _secured(service, credential_id)
    picture = credential_forms.picture_of(service, credential_forms.document_of(secured))
    if picture is None:
        raise HttpProblem(NOT_FOUND, sentence("This credential has no image on this server to bake it into."))
    if media_type == PNG:
        return credential_forms.png_badge(picture, secured)
    badge = credential_forms.svg_badge(picture, secured)
    if badge is None:
        raise HttpProblem(NOT_FOUND, sentence("The image of this badge is a PNG; there is no SVG of it."))
    return badge


def require_shared(service: Service, credential_id: UUID) -> None:
    """Raises a 403 problem unless its holder shows everything that was signed to everybody (docs/adr/0023)."""
    if not shown(service.documents.questions, credential_id).whole:
        detail = sentence(
            "Its holder does not show everybody all that was signed. Ask for the file or a link; {address} tells its "
            "status.",
            address=_url(service, credential_id),
        )
        raise HttpProblem(NOT_SHARED, detail)


def _secured(service: Service, credential_id: UUID) -> bytes:
    """The signed form that pages verify and images carry: JSON, or the JWT if there is no JSON."""
    found = credential_forms.json_bytes(service, credential_id) or credential_forms.jwt_bytes(service, credential_id)
    if found is None:
        raise absent(service, credential_id)
    return found


def absent(service: Service, credential_id: UUID) -> HttpProblem:
    """Why there is nothing to show: nobody was given it, or he was erased."""
    if catalogue.is_erased(service.database, credential_id):
        return HttpProblem(GONE, _ERASED)
    return HttpProblem(
        NOT_FOUND,
        sentence("No credential has the id {id}. Compare the link with the original.", id=str(credential_id)),
    )


def _url(service: Service, credential_id: UUID) -> str:
    return addresses.credential_url(service.base_url, credential_id)
