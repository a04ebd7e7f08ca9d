"""The start page: who signs here, what can be earned, and where to verify."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from starlette.responses import Response

from credentials import strict_json
from issuer.errors import UnknownIssuer
from issuer.issuers import Issuer
from portal import answers
from portal.access import Served
from portal.pages.badge_view import issuer_view
from portal.pages.issuer import did_path
from portal.pages.program_cards import ProgramCard, program_cards
from portal.pages.prose import web_link
from portal.pages.reading import identifier, mappings, text
from portal.pages.rendering import Site, render
from portal.pages.site import site_for
from portal.service import Service

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class LandingPage:
    """What the page says about the issuer; all but the name is empty before there is one.

    domain: under which its keys are published, if that is the one this server is reached at. image: its own, or "".
    """

    name: str
    description: str = ""
    link: str = ""
    image: str = ""
    identifier: str = ""
    did_document: str = ""
    domain: str = ""
    programs: tuple[ProgramCard, ...] = ()


@router.get("/")
def landing(request: Request, service: Served) -> Response:
    """The start page."""
    site = site_for(request, service)
    html = render("landing.html", site, page=_page(service, site))
    return answers.page(html, language=site.language)


def _page(service: Service, site: Site) -> LandingPage:
    try:
        issuer = service.default_issuer()
    except UnknownIssuer:
        return LandingPage(site.language.say(site.name))
    image = identifier(issuer.profile.get("image"))
    return LandingPage(
        name=issuer.name,
        description=text(issuer.profile, "description"),
        link=web_link(issuer.profile.get("url")),
        image=site.at(image.removeprefix(service.base_url)) if image.startswith(service.base_url + "/") else "",
        identifier=issuer.did,
        did_document=site.at(did_path(issuer, site)),
        domain=_proven_domain(service, site, issuer),
        programs=program_cards(service, site, issuer),
    )


def _proven_domain(service: Service, site: Site, issuer: Issuer) -> str:
    """The domain in the issuer's identifier, if it is this server's and its keys are published here now; else ""."""
    host = issuer_view(issuer.did).host
    published = service.documents.find(did_path(issuer, site))
    if published is None or host != urlsplit(service.base_url).netloc:
        return ""
    document = strict_json.parse(published.body)
    return host if document.get("id") == issuer.did and mappings(document, "verificationMethod") else ""
