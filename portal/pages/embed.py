"""`/credentials/{id}/embed`: a small badge for pages of others, verified each time that it is shown (docs/adr/0028).

The only page of this server that may stand within a page of another: it has no script and no form, asks nobody who he
is, and all of its links open elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from credentials.sentence import Sentence
from portal.access import Served
from portal.answers import tag_of
from portal.api.credentials import leading_on
from portal.language.wanted import VARY
from portal.layers.kept_answers import may_be_kept
from portal.layers.security_headers import PAGE_POLICY_WITHIN_OTHERS
from portal.pages.card_facts import PublicFacts, public_facts
from portal.pages.embed_snippet import embed_title
from portal.pages.picture import PLACEHOLDER
from portal.pages.rendering import Site, render
from portal.pages.site import site_for

router = APIRouter(tags=["Credentials"])


@dataclass(frozen=True, slots=True)
class EmbedPage:
    """What it shows; `image` is "" where the holder shows nothing of it."""

    facts: PublicFacts
    image: str

    @property
    def title(self) -> Sentence:
        """What it is about, for those who hear it."""
        return embed_title(self.facts.badge, self.facts.issuer)


@router.get(
    "/credentials/{credential_id}/embed",
    summary="A credential as a small badge to embed",
    description="A page of 480 × 204 or 280 × 236 pixels for an `<iframe>`, verified each time. See `/oembed`.",
    response_class=Response,
    responses={200: {"content": {"text/html": {}}}},
    openapi_extra={"x-curl": "curl {base}/credentials/{credential_id}/embed"},
)
def credential_embed(request: Request, credential_id: UUID, service: Served) -> Response:
    """The badge."""
    site, facts = site_for(request, service), public_facts(service, credential_id)
    may_be_kept(request.scope, until=facts.until)
    return leading_on(
        _framed(site, render("embed.html", site, page=EmbedPage(facts, _image(site, facts)))), facts.newest
    )


def _image(site: Site, facts: PublicFacts) -> str:
    if facts.badge is None:
        return ""
    return site.at(facts.image) if facts.image else site.static(PLACEHOLDER)


def _framed(site: Site, html: str) -> Response:
    response = HTMLResponse(html)
    response.headers.update(
        {
            "Cache-Control": "no-cache",
            "Content-Language": site.language.tag,
            "Content-Security-Policy": PAGE_POLICY_WITHIN_OTHERS,
            "Cross-Origin-Resource-Policy": "cross-origin",
            "ETag": tag_of(bytes(response.body)),
            "Vary": VARY,
            "X-Robots-Tag": "noindex",
        }
    )
    return response
