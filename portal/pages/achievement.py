"""The page of an achievement: what a level asks for, how long it lasts, and who endorses it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from credentials import strict_json
from credentials.sentence import Sentence, sentence
from issuer.endorsements import endorsements_of_level
from issuer.program_overview import LevelPlace
from portal.endorsing import judged
from portal.pages.badge_view import AchievementView, IssuerView, achievement_view, issuer_view
from portal.pages.embed_snippet import card_address
from portal.pages.endorsement_view import EndorsementView, endorsement_views
from portal.pages.level_place_view import PlaceView, place_view
from portal.pages.picture import picture
from portal.pages.rendering import Site, render
from portal.service import Service


@dataclass(frozen=True, slots=True)
class AchievementPage:
    """What the page shows; `json` is the same address, whose Accept header decides."""

    achievement: AchievementView
    issuer: IssuerView
    image: str
    json: str
    url: str
    card: str
    place: PlaceView | None
    endorsements: tuple[EndorsementView, ...]

    @property
    def image_alt(self) -> Sentence:
        """What the image is, in words."""
        return sentence("Badge: {name}", name=self.achievement.name)


def achievement_html(service: Service, site: Site, path: str, body: bytes, place: LevelPlace | None) -> str:
    """The page of the published achievement whose JSON is `body`; `place` is where it belongs."""
    content: Mapping[str, Any] = strict_json.parse(body)
    endorsements: tuple[EndorsementView, ...] = ()
    if place is not None:
        achievement = place.achievement
        found = judged(service, endorsements_of_level(service.database, achievement.public_id))
        endorsements = endorsement_views(found, zone=achievement.zone, heading=4, levels={})
    page = AchievementPage(
        achievement=achievement_view(content),
        issuer=issuer_view(content.get("creator") or _profile(service, place)),
        image=picture(service, site, content),
        json=site.at(path),
        url=service.base_url + path,
        card=card_address(service.base_url + path, site.language),
        place=place_view(service, site, place) if place is not None else None,
        endorsements=endorsements,
    )
    return render("achievement.html", site, page=page)


def _profile(service: Service, place: LevelPlace | None) -> Mapping[str, Any]:
    return place.issuer.profile if place is not None else service.default_issuer().profile
