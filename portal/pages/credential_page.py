"""The public page of one credential."""

from __future__ import annotations

from dataclasses import dataclass

from credentials.sentence import Sentence, sentence, together
from portal.pages.badge_view import BadgeView
from portal.pages.browser_check import BrowserCheck
from portal.pages.embed_snippet import LinkView
from portal.pages.level_place_view import PlaceView
from portal.pages.status_view import StatusView
from portal.pages.succession_view import SuccessionView


@dataclass(frozen=True, slots=True)
class Download:
    """One form to take along; `media_type` is empty for what is not the credential itself (a QR code)."""

    label: str
    note: str
    href: str
    filename: str
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class CredentialPage:
    """What the public page of a credential shows; `outlook` says when it can be renewed, or is empty. check: what the
    visitor's browser needs to check it by itself. link: how its address is shared. whole: everything that was signed is
    shown; by_link: to those to whom the holder gave a link. logged: anybody may read of it in the transparency log."""

    status: StatusView
    badge: BadgeView
    url: str
    image: str
    has_picture: bool
    qr: str
    succession: SuccessionView
    outlook: str
    place: PlaceView | None
    filename: str
    downloads: tuple[Download, ...]
    check: BrowserCheck | None
    link: LinkView
    whole: bool = True
    by_link: bool = False
    logged: bool = False

    @property
    def title(self) -> str:
        """The page's title: what, whose."""
        return credential_title(self.badge)

    @property
    def summary(self) -> Sentence:
        """One sentence for search results and link previews."""
        issued = sentence("Issued by {issuer}.", issuer=self.badge.issuer.name)
        return together(together(self.status.sentence, ".", between=""), issued)

    @property
    def image_alt(self) -> Sentence:
        """What the badge image is, in words."""
        return sentence("Badge: {name}", name=self.badge.achievement.name)


def credential_title(badge: BadgeView) -> Sentence:
    """What was earned and by whom."""
    return together(badge.achievement.name, badge.holder.name if badge.holder else "", between=" – ")
