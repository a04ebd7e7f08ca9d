"""The site as every page of a service shows it."""

from __future__ import annotations

from urllib.parse import urlsplit

from issuer.errors import IssuerError
from portal import recalled
from portal.pages.rendering import Site
from portal.service import Service

UNNAMED = "Credentials"


def has_doors(service: Service) -> bool:
    """Whether people can sign in."""
    return service.settings.oidc_issuer is not None or service.settings.mails_links


def unnamed_site(service: Service) -> Site:
    """The site for a page that must not ask the database for anything."""
    return Site(UNNAMED, urlsplit(service.base_url).path, has_doors(service))


def site_of(service: Service) -> Site:
    """Named after the issuer that the start page is about; without one, or without a database, it is unnamed."""
    try:
        name = recalled.default_issuer(service).name
    except IssuerError:
        name = UNNAMED
    return Site(name, urlsplit(service.base_url).path, has_doors(service))
