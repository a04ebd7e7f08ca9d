"""Raster images inside an SVG: which `data:` URLs are safe to draw."""

from __future__ import annotations

import base64
import binascii
import re

from wallet_export.errors import ImageRefused, NotAnImage
from wallet_export.png_chunks import image_header, read_chunks

MAX_INNER_PIXELS = 16_000_000
_DATA_URL = re.compile(r"\s*data:image/(png|jpe?g);base64,([A-Za-z0-9+/=\s]*)\Z", re.IGNORECASE)
# JPEG, ITU-T T.81 table B.1: start-of-frame markers are C0 to CF without DHT, JPG and DAC.
_FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def harmless_image(url: str) -> str | None:
    """The `data:` URL of a sound PNG or JPEG of at most MAX_INNER_PIXELS, spelt anew, or None if it is not that.

    Anything else (SVG inside SVG, other formats, files, the network) is never handed to a renderer.
    """
    match = _DATA_URL.match(url)
    if match is None:
        return None
    try:
        data = base64.b64decode("".join(match[2].split()), validate=True)
    except binascii.Error:
        return None
    is_png = match[1].lower() == "png"
    size = _png_size(data) if is_png else _jpeg_size(data)
    if size is None or not 0 < size[0] * size[1] <= MAX_INNER_PIXELS:
        return None
    return f"data:image/{'png' if is_png else 'jpeg'};base64,{base64.b64encode(data).decode('ascii')}"


def _png_size(data: bytes) -> tuple[int, int] | None:
    try:
        chunks = read_chunks(data)
    except (NotAnImage, ImageRefused):
        return None
    header = image_header(chunks[0])
    return header.width, header.height


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Width and height out of the frame header, found by walking the marker segments."""
    position = 2
    if data[:2] != b"\xff\xd8":
        return None
    while position + 9 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if marker in _FRAME_MARKERS:
            height = int.from_bytes(data[position + 5 : position + 7], "big")
            width = int.from_bytes(data[position + 7 : position + 9], "big")
            return width, height
        length = int.from_bytes(data[position + 2 : position + 4], "big")
        position += 2 + length
        if length < 2:
            return None
    return None
