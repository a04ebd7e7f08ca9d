"""The start page: who signs here, what can be earned, and where to verify."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter
from starlette.responses import Response

from issuer.errors import UnknownIssuer
from portal import answers
from portal.access import Served
from portal.pages.issuer import did_path
from portal.pages.program_cards import ProgramCard, program_cards
from portal.pages.prose import web_link
from portal.pages.reading import text
from portal.pages.rendering import Site, render
from portal.pages.site import site_of
from portal.service import Service

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class LandingPage:
    """What the page says about the issuer; all but the name is empty before there is one."""

    name: str
    description: str = ""
    link: str = ""
    identifier: str = ""
    did_document: str = ""
    programs: tuple[ProgramCard, ...] = ()


@router.get("/")
def landing(service: Served) -> Response:
    """The start page."""
    site = site_of(service)
    return answers.page(render("landing.html", site, page=_page(service, site)))


def _page(service: Service, site: Site) -> LandingPage:
    try:
        issuer = service.default_issuer()
    except UnknownIssuer:
        return LandingPage(site.name)
    return LandingPage(
        name=issuer.name,
        description=text(issuer.profile, "description"),
        link=web_link(issuer.profile.get("url")),
        identifier=issuer.did,
        did_document=site.at(did_path(issuer, site)),
        programs=program_cards(service, site, issuer),
    )
