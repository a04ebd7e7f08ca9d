"""How a credential's address is shared: the picture of its link, the HTML that embeds it, where oEmbed is asked."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Final
from urllib.parse import quote

from credentials.sentence import Sentence, sentence
from portal.language.language import ENGLISH, Language
from portal.pages.badge_view import BadgeView, IssuerView

WIDE: Final = (480, 204)
"""Width and height in pixels of the embedded badge where there is room, and …"""
NARROW: Final = (280, 236)
"""… where there is little: less than this, and it does not fit."""


@dataclass(frozen=True, slots=True)
class LinkView:
    """What the page of a credential says about sharing it. card: the picture; oembed_…: where to ask for `html`."""

    card: str
    html: str
    oembed_json: str
    oembed_xml: str


def link_view(base_url: str, url: str, badge: BadgeView, issuer: IssuerView, language: Language) -> LinkView:
    """For the page of the credential at `url`, in its language."""
    return LinkView(
        card=card_address(url, language),
        html=snippet(url, language.say(embed_title(badge, issuer))),
        oembed_json=discovery(base_url, url, "json"),
        oembed_xml=discovery(base_url, url, "xml"),
    )


def card_address(url: str, language: Language) -> str:
    """Where the card of what is at `url` is, in a language; who unfolds a link says none of his own."""
    return f"{url}/card.png" + (f"?lang={language.tag}" if language is not ENGLISH else "")


def embed_title(badge: BadgeView | None, issuer: IssuerView) -> Sentence:
    """“Badge: Practitioner – Ada”, as far as its holder shows it; badge: None if he shows nothing."""
    if badge is None:
        return sentence("A credential of {issuer}", issuer=issuer.name)
    if badge.holder is None:
        return sentence("Badge: {name}", name=badge.achievement.name)
    return sentence("Badge: {name} – {holder}", name=badge.achievement.name, holder=badge.holder.name)


def snippet(url: str, title: str, size: tuple[int, int] = WIDE) -> str:
    """The HTML that shows the badge of the credential at `url` within another page.

    It is sandboxed: all it may do is open a link in a new tab; and nobody is told in which page it stands.
    """
    width, height = size
    return (
        f'<iframe src="{escape(url)}/embed" title="{escape(title)}" width="{width}" height="{height}" loading="lazy" '
        'sandbox="allow-popups allow-popups-to-escape-sandbox" referrerpolicy="no-referrer" '
        'style="border:0;border-radius:14px;max-width:100%"></iframe>'
    )


def discovery(base_url: str, url: str, form: str) -> str:
    """The address to ask about `url` at, for the `<link>` of its page."""
    return f"{base_url}/oembed?format={form}&url={quote(url, safe='')}"
