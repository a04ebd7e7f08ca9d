"""The site as every page of a service shows it."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from starlette.requests import Request

from credentials.sentence import sentence
from issuer.errors import IssuerError
from portal import recalled
from portal.language.wanted import language_of, query_without_choice
from portal.pages.rendering import Site
from portal.service import Service

UNNAMED = sentence("Credentials")
"""What a site without a name is called."""


def has_doors(service: Service) -> bool:
    """Whether people can sign in."""
    return service.settings.oidc_issuer is not None or service.settings.mails_links


def unnamed_site(service: Service) -> Site:
    """The site for a page that must not ask the database for anything; in English."""
    return Site(UNNAMED, urlsplit(service.base_url).path, has_doors(service))


def site_for(request: Request, service: Service) -> Site:
    """`site_of` for whoever asks: in his language, with the way to the others."""
    return spoken(site_of(service), request)


def spoken(site: Site, request: Request) -> Site:
    """The same site in the language of whoever asks. What answers a form is shown by no address in another one."""
    query = query_without_choice(request.scope) if request.method in ("GET", "HEAD") else None
    return replace(site, language=language_of(request), query=query)


def site_of(service: Service) -> Site:
    """In English; named after the issuer that the start page is about, and unnamed without one or a database."""
    try:
        name = recalled.default_issuer(service).name
    except IssuerError:
        name = UNNAMED
    return Site(name, urlsplit(service.base_url).path, has_doors(service))
