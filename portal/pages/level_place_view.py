"""Where a version of a level belongs, as pages tell it: in which program, and whether there is a newer one."""

from __future__ import annotations

from dataclasses import dataclass

from issuer.program_overview import LevelPlace
from portal.pages.dates import HumanDate, human_date
from portal.pages.rendering import Site
from portal.pages.scripts import language_of
from portal.service import Service


@dataclass(frozen=True, slots=True)
class PlaceView:
    """`version_page` never changes, `newest_page` is always of the version published last."""

    program: str
    language: str
    program_page: str
    version: str
    version_page: str
    newest: str
    newest_page: str
    published: HumanDate
    asks: tuple[str, ...]
    lasts: tuple[str, ...]
    in_use: bool

    @property
    def outdated(self) -> bool:
        """Whether there is a newer version."""
        return self.version != self.newest


def place_view(service: Service, site: Site, place: LevelPlace) -> PlaceView:
    """The view of `place`."""
    achievement = place.achievement
    page = site.at(f"/achievements/{achievement.public_id}")
    return PlaceView(
        program=achievement.program_name,
        language=language_of(achievement.program_name),
        program_page=site.at(place.url.removeprefix(service.base_url)) if place.program_in_use else "",
        version=achievement.version,
        version_page=f"{page}/{achievement.version}",
        newest=place.newest,
        newest_page=page,
        published=human_date(achievement.published_at, achievement.zone),
        asks=place.asks,
        lasts=place.lasts,
        in_use=place.in_use,
    )
