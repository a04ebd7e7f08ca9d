"""Pages that are made for one visitor: in his language, with his menu, and kept by nobody."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import Response

from portal import answers
from portal.language.wanted import language_of
from portal.pages.rendering import render
from portal.pages.site import site_for
from portal.service import Service
from portal.sign_in.who import Visitor

__all__ = ["for_him_alone", "language_of", "show"]


def show(
    request: Request,
    template: str,
    *,
    visitor: Visitor,
    status: int = 200,
    here: str = "",
    script: bool = False,
    **values: object,
) -> Response:
    """The page of `template` for `visitor`, who may be a stranger still; `script`: scripts of ours may run in it.

    Its forms tell us where they were sent from, which Referrer-Policy: no-referrer would forbid the browser.
    """
    service: Service = request.app.state.service
    site = site_for(request, service)
    html = render(template, site, here=here, visitor=visitor, **values)
    return for_him_alone(answers.page(html, status=status, script=script, language=site.language))


def for_him_alone(response: Response) -> Response:
    """The same answer, kept nowhere."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    return response
