"""Whether a request that changes something comes from a page of ours, and not from another site in the same browser.

The browser says where a form was sent from: Origin, and where that is missing or `null`, Sec-Fetch-Site or Referer. A
form of a signed-in person holds a token besides, made of his session's: another site cannot know it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import urlsplit

from starlette.datastructures import Headers

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FIELD = "csrf_token"
HEADER = "x-csrf-token"


def own_origin_of(base_url: str) -> str:
    """Scheme, host and port of this server, as browsers write them."""
    parts = urlsplit(base_url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def is_from_here(headers: Headers, own: str) -> bool:
    """Whether the browser says that the request was made by a page of this server; silence says no."""
    origin = headers.get("origin")
    if origin is not None and origin != "null":
        return origin.lower() == own
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    referer = headers.get("referer", "")
    return origin is None and (referer.lower() == own or referer.lower().startswith(own + "/"))


def form_token(session_token: str) -> str:
    """What the forms of a session hold: it follows from the session's token, which it does not give away."""
    digest = hmac.new(session_token.encode(), b"guildmark forms", hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:24]).decode()


def is_form_token(given: str, session_token: str) -> bool:
    """Whether a form was made for this session."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), form_token(session_token).encode())
