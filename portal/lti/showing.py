"""Pages that stand within pages of a learning platform: of the registered one, and of nobody else."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from starlette.responses import Response

from issuer.lti.platforms import Platform
from portal.layers.security_headers import PAGE_POLICY
from portal.lti.tool import origin_of
from portal.sign_in.showing import show
from portal.sign_in.who import STRANGER


def framed(
    request: Request,
    of: Platform | None,
    template: str,
    *,
    status: int = 200,
    leads_to: str | None = None,
    more: tuple[str, ...] = (),
    **values: Any,
) -> Response:
    """A page of the room `lti`, which pages of the platform `of` may hold; no other page may, nor any if it is unknown.

    leads_to: the address that its form leads to, if not ours. more: addresses of the platform beside those registered,
    or of one that is about to be.
    """
    response = show(request, f"lti/{template}", visitor=STRANGER, status=status, here="lti", **values)
    policy = PAGE_POLICY
    registered = (of.said.iss, of.said.auth_url, of.said.token_url) if of is not None else ()
    if registered or more:
        origins = dict.fromkeys(origin_of(url) for url in (*registered, *more))
        named = " ".join(one for one in origins if one)
        policy = policy.replace("frame-ancestors 'none'", "frame-ancestors " + (named or "'none'"))
    if leads_to is not None:
        policy = policy.replace("form-action 'self'", f"form-action {origin_of(leads_to)}")
    response.headers["Content-Security-Policy"] = policy
    return response
