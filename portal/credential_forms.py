"""The forms of one credential: the exact signed bytes, and the badge image with them inside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from credentials import strict_json
from portal.pages.reading import identifier, mapping
from portal.service import Service
from wallet_export.credential_text import own_credential_text
from wallet_export.png import bake_png
from wallet_export.raster import svg_to_png
from wallet_export.svg import bake_svg
from wallet_export.svg_sanitizer import sanitize_svg

PICTURES = frozenset({"image/png", "image/svg+xml"})
PNG_WIDTH = 800  # pixels of a badge image that is drawn from an SVG


@dataclass(frozen=True, slots=True)
class Picture:
    """The unbaked image of an achievement, and its path on this server."""

    path: str
    media_type: str
    body: bytes


def json_bytes(service: Service, credential_id: UUID) -> bytes | None:
    """The signed JSON of an issued credential, byte for byte, or None if it has no such form."""
    return service.documents.forms.find(service.base_url, credential_id, "json")


def jwt_bytes(service: Service, credential_id: UUID) -> bytes | None:
    """The signed token, byte for byte, or None."""
    return service.documents.forms.find(service.base_url, credential_id, "jwt")


def picture_of(service: Service, document: Mapping[str, Any]) -> Picture | None:
    """The image of a credential's achievement, if this server publishes it. Nothing is fetched from elsewhere."""
    path = picture_path(service, document)
    found = service.documents.find(path) if path is not None else None
    if path is None or found is None or found.media_type not in PICTURES:
        return None
    return Picture(path, found.media_type, found.body)


def picture_path(service: Service, document: Mapping[str, Any]) -> str | None:
    """Where the image of a credential's achievement lies on this server, if it is one of ours; there may be none."""
    achievement = mapping(mapping(document, "credentialSubject"), "achievement")
    url = identifier(achievement.get("image"))
    return url.removeprefix(service.base_url) if url.startswith(service.base_url + "/") else None


def png_badge(picture: Picture, secured: bytes) -> bytes:
    """The badge as a PNG with the credential inside; an SVG is drawn for it."""
    return bake_png(png_of(picture), own_credential_text(secured))


def png_of(picture: Picture) -> bytes:
    """The unbaked image as a PNG. Raises RenderingFailed."""
    return picture.body if picture.media_type == "image/png" else _drawn(picture.body)


def svg_badge(picture: Picture, secured: bytes) -> bytes | None:
    """The badge as an SVG with the credential inside, or None if its image is no SVG."""
    if picture.media_type != "image/svg+xml":
        return None
    return bake_svg(_clean(picture.body), own_credential_text(secured))


def document_of(secured_json: bytes) -> Mapping[str, Any]:
    """The document in signed JSON of our own."""
    document: Mapping[str, Any] = strict_json.parse(secured_json)
    return document


@lru_cache(maxsize=32)
def _drawn(svg: bytes) -> bytes:
    """Drawn in a process of its own, which takes a moment: each image once."""
    return svg_to_png(svg, PNG_WIDTH)


@lru_cache(maxsize=32)
def _clean(svg: bytes) -> bytes:
    """Made safe once: a bulk of badges has one image for each level."""
    return sanitize_svg(svg)
