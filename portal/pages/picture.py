"""The image of an achievement, as far as it lies on this server: nothing is loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.pages.reading import identifier
from portal.pages.rendering import Site
from portal.service import Service

PLACEHOLDER = "badge.svg"


def picture(service: Service, site: Site, content: Mapping[str, Any]) -> str:
    """Where it is; for one that is elsewhere, or missing, a placeholder."""
    image = identifier(content.get("image"))
    ours = image.startswith(service.base_url + "/")
    return site.at(image.removeprefix(service.base_url)) if ours else site.static(PLACEHOLDER)
