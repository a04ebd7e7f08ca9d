"""The pages about one credential: its own public page, and the answer to somebody's file."""

from __future__ import annotations

from dataclasses import dataclass

from portal.pages.badge_view import BadgeView
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
    """What the public page of a credential shows; `outlook` says when it can be renewed, or is empty."""

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

    @property
    def title(self) -> str:
        """The page's title: what, whose."""
        return credential_title(self.badge)

    @property
    def summary(self) -> str:
        """One sentence for search results and link previews."""
        return f"{self.status.sentence}. Issued by {self.badge.issuer.name}."

    @property
    def image_alt(self) -> str:
        """What the badge image is, in words."""
        return f"Badge: {self.badge.achievement.name}"


@dataclass(frozen=True, slots=True)
class VerifiedPage:
    """What the answer to an upload shows; `badge` is None if no credential was found in it."""

    status: StatusView
    badge: BadgeView | None
    own_page: str

    @property
    def title(self) -> str:
        """The page's title: the status, then what it is about."""
        about = credential_title(self.badge) if self.badge else "no credential found"
        return f"{self.status.word}: {about}"


def credential_title(badge: BadgeView) -> str:
    """What was earned and by whom."""
    return f"{badge.achievement.name} – {badge.holder.name}" if badge.holder else badge.achievement.name
