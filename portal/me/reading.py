"""What the pages of a person need of the issuer's records, read once for each page."""

from __future__ import annotations

from collections.abc import Mapping

from issuer.programs import Catalogue
from issuer.recertification.facts import LevelKey
from portal.pages.picture import picture
from portal.pages.rendering import Site
from portal.service import Service


def images_of(service: Service, site: Site, catalogue: Catalogue) -> Mapping[LevelKey, str]:
    """The address of each level's badge image, or of the placeholder."""
    return {
        LevelKey(slug, level.level): picture(service, site, level.content)
        for slug, program in catalogue.programs.items()
        for level in program.levels
    }
