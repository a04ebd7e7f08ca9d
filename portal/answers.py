"""Answers with a body of ours: public documents that anybody may fetch, and pages that only a reader may."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from portal.layers.security_headers import IMAGE_POLICY, PAGE_POLICY, PAGE_POLICY_WITH_SCRIPT

FOREVER = timedelta(days=365)


def public(request: Request, body: bytes, media_type: str, *, keep: timedelta, immutable: bool = False) -> Response:
    """A public document: readable from every origin, with an ETag (304 if the client has it), kept for `keep`.

    immutable: the bytes at this address never change.
    """
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    control = f"public, max-age={int(keep.total_seconds())}" + (", immutable" if immutable else "")
    headers = {
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Cache-Control": control,
        "ETag": tag,
    }
    if media_type.startswith("image/"):
        headers["Content-Security-Policy"] = IMAGE_POLICY
    if _known(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    return Response(body, headers={**headers, "Content-Type": media_type})


def _known(if_none_match: str, tag: str) -> bool:
    """RFC 9110, section 13.1.2; weak comparison."""
    known = {entry.strip().removeprefix("W/") for entry in if_none_match.split(",")}
    return tag in known or "*" in known


def page(html: str, *, status: int = 200, script: bool = False) -> HTMLResponse:
    """A page: made anew each time, embeddable nowhere; with our own scripts only if it needs them."""
    policy = PAGE_POLICY_WITH_SCRIPT if script else PAGE_POLICY
    headers = {"Cache-Control": "no-cache", "Content-Security-Policy": policy}
    return HTMLResponse(html, status_code=status, headers=headers)


def varying(response: Response) -> Response:
    """The same answer, marked as one of several forms."""
    response.headers["Vary"] = "Accept"
    return response
