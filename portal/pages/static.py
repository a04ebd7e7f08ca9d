"""The portal's own files: kept forever by whoever fetched them, because the address holds the hash."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from credentials.sentence import sentence
from portal import answers
from portal.problems import NOT_FOUND, HttpProblem
from portal.static_files import static_files

router = APIRouter(include_in_schema=False)


@router.get("/static/{digest}/{name}")
def static_file(request: Request, digest: str, name: str) -> Response:
    """A file by its hash and name; another hash is another file, which there is not."""
    found = static_files().get(name)
    if found is None or found.digest != digest:
        raise HttpProblem(NOT_FOUND, sentence("There is no such file in this version."))
    return answers.public(request, found.body, found.media_type, keep=answers.FOREVER, immutable=True)


@router.get("/favicon.ico")
def favicon(request: Request) -> Response:
    """Some browsers ask for it by this name only."""
    found = static_files()["mark.svg"]
    return answers.public(request, found.body, found.media_type, keep=answers.FOREVER)


@router.get("/robots.txt")
def robots(request: Request) -> Response:
    """People's credentials are for whom they give the link to, not for search engines."""
    rules = b"User-agent: *\nDisallow: /credentials/\n"
    return answers.public(request, rules, "text/plain; charset=utf-8", keep=answers.FOREVER)
