"""The page of an issuer: who it is, by which keys it is known, and what it certifies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from credentials import strict_json
from issuer.issuers import Issuer, find_issuer
from portal.pages.dates import HumanDate, human_date
from portal.pages.program_cards import ProgramCard, program_cards
from portal.pages.prose import web_link
from portal.pages.reading import identifier, text
from portal.pages.rendering import Site, render
from portal.service import Service


@dataclass(frozen=True, slots=True)
class IssuerPage:
    """What the page shows; `json` is the same address, whose Accept header decides."""

    name: str
    description: str
    image: str
    link: str
    email: str
    identifier: str
    since: HumanDate
    did_document: str
    json: str
    programs: tuple[ProgramCard, ...]


def issuer_html(service: Service, site: Site, path: str, body: bytes, slug: str | None) -> str:
    """The page of the issuer whose published profile is `body`; `slug` None for the default one of this server."""
    issuer = find_issuer(service.database, slug, base_url=service.base_url if slug is None else None)
    profile: Mapping[str, Any] = strict_json.parse(body)
    image = identifier(profile.get("image"))
    page = IssuerPage(
        name=issuer.name,
        description=text(profile, "description"),
        image=site.at(image.removeprefix(service.base_url)) if image.startswith(service.base_url + "/") else "",
        link=web_link(profile.get("url")),
        email=text(profile, "email"),
        identifier=issuer.did,
        since=human_date(issuer.created_at, service.settings.zone),
        did_document=site.at(did_path(issuer, site)),
        json=site.at(path),
        programs=program_cards(service, site, issuer),
    )
    return render("issuer.html", site, here="issuer", page=page)


def did_path(issuer: Issuer, site: Site) -> str:
    """Where the DID document is below the portal's own path."""
    return urlsplit(issuer.did_document_url).path.removeprefix(site.path)
