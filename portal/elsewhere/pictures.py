"""The picture of a badge of others, made harmless: drawn anew in a process of its own, as a plain PNG."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Final

from portal.pages.reading import identifier, mapping
from verifier.fetch import Fetcher, FetchError
from wallet_export.baking import image_form
from wallet_export.errors import WalletExportError
from wallet_export.png_chunks import read_chunks
from wallet_export.raster import svg_to_png

WIDTH: Final = 256
MOST_BYTES: Final = 400_000
_SECONDS: Final = 5.0
_KINDS: Final = ("data:image/png;base64,", "data:image/svg+xml;base64,")


def picture_of(document: Mapping[str, Any], fetcher: Fetcher) -> bytes | None:
    """The picture of a badge, as a small PNG; None without one that can be drawn.

    One that lies on another server is fetched once, by us: whoever looks at his list is not seen there.
    """
    subject = mapping(document, "credentialSubject")
    for holder in (mapping(subject, "achievement"), subject, document):
        image = identifier(holder.get("image"))
        if image.startswith(("https://", "http://")):  # whether it is asked at all is the fetcher’s to say
            image = _fetched(image, fetcher)
        if image.startswith(_KINDS) and len(image) <= MOST_BYTES * 4 // 3 + 40:
            return _drawn(image)
    return None


def _fetched(url: str, fetcher: Fetcher) -> str:
    """The picture as a data URL, "" without one."""
    try:
        found = fetcher.fetch(url, accept="image/png, image/svg+xml", max_bytes=MOST_BYTES)
        kind = "svg+xml" if image_form(found.body) == "svg" else "png"
    except (FetchError, WalletExportError):
        return ""
    return f"data:image/{kind};base64,{base64.b64encode(found.body).decode()}"


def _drawn(image: str) -> bytes | None:
    try:
        data = base64.b64decode(image.partition(",")[2], validate=True)
        if image.startswith("data:image/svg"):
            return svg_to_png(data, WIDTH, seconds=_SECONDS)
        read_chunks(data)  # what is no whole PNG would be drawn as nothing
        around = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{WIDTH}" viewBox="0 0 {WIDTH} {WIDTH}">'
            f'<image width="{WIDTH}" height="{WIDTH}" href="{image}"/></svg>'
        )
        return svg_to_png(around.encode(), WIDTH, seconds=_SECONDS)
    except (binascii.Error, ValueError, WalletExportError):
        return None
