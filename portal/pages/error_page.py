"""Problems as pages, for people who meet one in a browser."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from portal import answers
from portal.pages.rendering import Site, render


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """What the page says; `incident` is the number to tell the operator, or empty."""

    status: int
    title: str
    detail: str
    incident: str = ""


def error_page(site: Site, error: ErrorPage) -> Response:
    """The page of a problem."""
    return answers.page(render("error.html", site, page=error), status=error.status)
