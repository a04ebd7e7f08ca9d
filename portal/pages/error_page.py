"""Problems as pages, for people who meet one in a browser."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from portal import answers
from portal.pages.rendering import Site, render


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """What the page says, in the language of its reader; `incident` is the number to tell the operator, or empty."""

    status: int
    title: str
    detail: str
    incident: str = ""


def error_page(site: Site, error: ErrorPage) -> Response:
    """The page of a problem."""
    html = render("error.html", site, page=error)
    return answers.page(html, status=error.status, language=site.language)
