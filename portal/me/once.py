"""A secret that is shown once: from the answer that made it to the page that shows it, by a cookie of five minutes.

What a form made is shown by the page that its answer leads to, and nobody keeps the secret: of what the cookie says,
only what fits a hash on record is shown.
"""

from __future__ import annotations

from typing import Final

from fastapi import Request
from starlette.responses import Response

from portal.sign_in.door import Door

_SECONDS: Final = 300


def remember(response: Response, door: Door, name: str, secret: str) -> None:
    """Give the secret to the browser for the page that comes next; `name` says which page."""
    response.set_cookie(
        _cookie(door, name), secret, max_age=_SECONDS, path="/", secure=door.https, httponly=True, samesite="lax"
    )


def remembered(request: Request, door: Door, name: str) -> str:
    """The secret that the browser was given for that page; "" if there is none."""
    return request.cookies.get(_cookie(door, name), "")


def _cookie(door: Door, name: str) -> str:
    return f"__Host-guildmark-{name}" if door.https else f"guildmark-{name}"
