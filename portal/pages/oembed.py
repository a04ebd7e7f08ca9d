"""`/oembed`: what a page that unfolds a credential's address asks for (oEmbed 1.0, https://oembed.com)."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID
from xml.sax.saxutils import escape

from fastapi import APIRouter, Request
from starlette.responses import Response

from credentials.sentence import sentence
from issuer import addresses
from portal import answers
from portal.access import Served
from portal.api.credentials import leading_on
from portal.language.language import Language
from portal.language.wanted import VARY, language_of
from portal.pages.badge_view import BadgeView
from portal.pages.card_facts import PublicFacts, public_facts
from portal.pages.credential_page import credential_title
from portal.pages.embed_snippet import NARROW, WIDE, embed_title, snippet
from portal.pages.site import site_of
from portal.problems import BAD_REQUEST, NOT_FOUND, NOT_IMPLEMENTED, NOT_PUBLIC, HttpProblem
from portal.service import Service
from wallet_export.card import HEIGHT, WIDTH

router = APIRouter(tags=["Credentials"])

JSON, XML = "application/json+oembed", "text/xml+oembed"
"""The types by which a page says where this is (oEmbed, section 4)."""
_TYPES: Final = {"json": "application/json", "xml": "text/xml; charset=utf-8"}
_FIVE_MINUTES: Final = timedelta(minutes=5)
_LONGEST_URL: Final = 2_000
_NOT_IN_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@router.get(
    "/oembed",
    summary="How to embed a credential (oEmbed)",
    description="For the address of a credential of this server, as `json` or `xml`. 404: no such credential; 401: its "
    "holder does not show it, so link to it; 501: another format. `newest_url`: the address of the one that took its "
    "place by renewal or correction.",
    response_class=Response,
    responses={200: {"content": {"application/json": {}, "text/xml": {}}}},
    openapi_extra={"x-curl": "curl '{base}/oembed?format=json&url={base}/credentials/{credential_id}'"},
)
def oembed(
    request: Request, service: Served, url: str = "", format: str = "json", maxwidth: str = "", maxheight: str = ""
) -> Response:
    """The answer. Raises 400, 401, 404, 410 and 501 problems."""
    if format not in _TYPES:
        raise HttpProblem(NOT_IMPLEMENTED, sentence("There is json and xml."))
    most = _pixels("maxwidth", maxwidth), _pixels("maxheight", maxheight)
    facts = public_facts(service, _credential_in(service, url))
    if facts.badge is None:
        raise HttpProblem(
            NOT_PUBLIC, sentence("Its holder does not show what it says. Link to it: {url}", url=facts.url)
        )
    said = as_oembed(service, facts, facts.badge, language_of(request), most)
    body = json.dumps(said, ensure_ascii=False).encode() if format == "json" else as_xml(said).encode()
    response = answers.public(request, body, _TYPES[format], keep=_FIVE_MINUTES)
    response.headers["Vary"] = VARY
    return leading_on(response, facts.newest)


def as_oembed(
    service: Service,
    facts: PublicFacts,
    badge: BadgeView,
    language: Language,
    most: tuple[int | None, int | None] = (None, None),
) -> dict[str, Any]:
    """The answer's members: an iframe that fits into `most` pixels of width and height; if none does, a mere link."""
    said: dict[str, Any] = {
        "version": "1.0",
        "type": "link",
        "title": language.say(credential_title(badge)),
        "author_name": language.say(facts.issuer.name),
        "provider_name": language.say(site_of(service).name),
        "provider_url": f"{service.base_url}/",
        "cache_age": int(_FIVE_MINUTES.total_seconds()),
    }
    if facts.newest:
        said["newest_url"] = facts.newest
    if facts.issuer.link:
        said["author_url"] = facts.issuer.link
    if _fits((WIDTH, HEIGHT), most):
        said |= {"thumbnail_url": f"{facts.url}/card.png", "thumbnail_width": WIDTH, "thumbnail_height": HEIGHT}
    size = next((one for one in (WIDE, NARROW) if _fits(one, most)), None)
    if size is not None:
        html = snippet(facts.url, language.say(embed_title(badge, facts.issuer)), size)
        said |= {"type": "rich", "html": html, "width": size[0], "height": size[1]}
    return said


def as_xml(said: dict[str, Any]) -> str:
    """The same as XML, without the characters that XML 1.0 cannot hold."""
    members = "".join(f"<{name}>{escape(_NOT_IN_XML.sub('', str(value)))}</{name}>" for name, value in said.items())
    return f'<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n<oembed>{members}</oembed>\n'


def _credential_in(service: Service, url: str) -> UUID:
    """The credential of ours at an address, whatever is behind it: a slash, a query, a fragment."""
    if not url:
        raise HttpProblem(BAD_REQUEST, sentence("Say what for: `url` is the address of a credential."))
    try:
        parts = urlsplit(url[:_LONGEST_URL].strip())
        bare = urlunsplit((parts.scheme, parts.netloc.lower(), parts.path.rstrip("/"), "", ""))
    except ValueError:
        bare = ""
    found = addresses.parse(service.base_url, bare)
    if found is None or found.kind is not addresses.Kind.CREDENTIAL or found.id is None:
        raise HttpProblem(NOT_FOUND, sentence("That is no address of a credential of this server."))
    return found.id


def _pixels(name: str, text: str) -> int | None:
    if not text:
        return None
    if not re.fullmatch(r"\d{1,6}", text):
        raise HttpProblem(BAD_REQUEST, sentence("`{name}` is a number of pixels.", name=name))
    return int(text)


def _fits(size: tuple[int, int], most: tuple[int | None, int | None]) -> bool:
    return all(bound is None or one <= bound for one, bound in zip(size, most, strict=True))
