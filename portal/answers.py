"""Answers with a body of ours: public documents that anybody may fetch, and pages that only a reader may."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from credentials.instants import format_instant
from portal.language.language import Language
from portal.language.wanted import VARY
from portal.layers.conditional import has_it
from portal.layers.security_headers import IMAGE_POLICY, PAGE_POLICY, PAGE_POLICY_WITH_SCRIPT

FOREVER = timedelta(days=365)
_NOT_CERTAIN = 30  # seconds


def public(request: Request, body: bytes, media_type: str, *, keep: timedelta, immutable: bool = False) -> Response:
    """A public document: readable from every origin, with an ETag (304 if the client has it), kept for `keep`.

    immutable: the bytes at this address never change.
    """
    tag = tag_of(body)
    control = f"public, max-age={int(keep.total_seconds())}" + (", immutable" if immutable else "")
    headers = {
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Cache-Control": control,
        "ETag": tag,
    }
    if media_type.startswith("image/"):
        headers["Content-Security-Policy"] = IMAGE_POLICY
    if has_it(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    return Response(body, headers={**headers, "Content-Type": media_type})


def as_of(response: Response, since: datetime, now: datetime) -> Response:
    """The same answer, said to be what was so at `since`: whether it still is cannot be asked at the moment."""
    response.headers["Cache-Control"] = f"public, max-age={_NOT_CERTAIN}"
    response.headers["Guildmark-As-Of"] = format_instant(since)
    response.headers["Access-Control-Expose-Headers"] = "Guildmark-As-Of"
    response.headers["Age"] = str(max(0, int((now - since).total_seconds())))
    return response


def tag_of(body: bytes) -> str:
    """A strong ETag: the same for the same bytes, and for no others."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def page(
    html: str,
    *,
    language: Language | None = None,
    status: int = 200,
    script: bool = False,
    tagged: bool = False,
    reaches: Sequence[str] = (),
) -> HTMLResponse:
    """A page, which browsers ask for anew each time; embeddable nowhere; with our own scripts only if it needs them.

    language: that of the page, where each reader gets his. tagged: it has an ETag, so that who has it is told in a 304
    that it still says what is true. reaches: what its scripts may ask, origins in their one spelling or `'self'`; by
    default nothing.
    """
    policy = PAGE_POLICY_WITH_SCRIPT if script or reaches else PAGE_POLICY
    if reaches:
        policy += f"; connect-src {' '.join(reaches)}"
    headers = {"Cache-Control": "no-cache", "Content-Security-Policy": policy}
    if language is not None:
        headers |= {"Content-Language": language.tag, "Vary": VARY}
    response = HTMLResponse(html, status_code=status, headers=headers)
    if tagged:
        response.headers["ETag"] = tag_of(bytes(response.body))
    return response


def varying(response: Response) -> Response:
    """The same answer, marked as one of several forms."""
    known = response.headers.get("Vary")
    response.headers["Vary"] = f"Accept, {known}" if known else "Accept"
    return response
