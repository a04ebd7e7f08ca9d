"""The page of an achievement: what a level asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from credentials import strict_json
from portal.pages.badge_view import AchievementView, IssuerView, achievement_view, issuer_view
from portal.pages.credential import PLACEHOLDER
from portal.pages.reading import identifier
from portal.pages.rendering import Site, render
from portal.service import Service


@dataclass(frozen=True, slots=True)
class AchievementPage:
    """What the page shows; `json` is the same address, whose Accept header decides."""

    achievement: AchievementView
    issuer: IssuerView
    image: str
    json: str

    @property
    def image_alt(self) -> str:
        """What the image is, in words."""
        return f"Badge: {self.achievement.name}"


def achievement_html(service: Service, site: Site, path: str, body: bytes) -> str:
    """The page of the published achievement whose JSON is `body`."""
    content: Mapping[str, Any] = strict_json.parse(body)
    image = identifier(content.get("image"))
    own_image = image.startswith(service.base_url + "/")
    page = AchievementPage(
        achievement=achievement_view(content),
        issuer=issuer_view(content.get("creator") or service.default_issuer().profile),
        image=site.at(image.removeprefix(service.base_url)) if own_image else site.static(PLACEHOLDER),
        json=site.at(path),
    )
    return render("achievement.html", site, page=page)
