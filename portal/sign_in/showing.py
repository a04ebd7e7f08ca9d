"""Pages that are made for one visitor: in his language, with his menu, and kept by nobody."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import Response

from portal import answers
from portal.language.language import Language
from portal.language.wanted import CHOICE, wanted
from portal.pages.rendering import render
from portal.pages.site import site_of
from portal.service import Service
from portal.sign_in.who import Visitor


def language_of(request: Request) -> Language:
    """The language of whoever asks."""
    chosen = (request.query_params.get(CHOICE), request.cookies.get(CHOICE))
    return wanted(request.headers.get("accept-language"), *chosen)


def show(
    request: Request, template: str, *, visitor: Visitor, status: int = 200, here: str = "", **values: object
) -> Response:
    """The page of `template` for `visitor`, who may be a stranger still.

    Its forms tell us where they were sent from, which Referrer-Policy: no-referrer would forbid the browser.
    """
    service: Service = request.app.state.service
    html = render(template, site_of(service), here=here, language=language_of(request), visitor=visitor, **values)
    return for_him_alone(answers.page(html, status=status))


def for_him_alone(response: Response) -> Response:
    """The same answer, kept nowhere."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    return response
