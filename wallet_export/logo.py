"""A stranger's logo made harmless: drawn anew in a process of its own, as a small square PNG on white."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from wallet_export.confined import work_confined
from wallet_export.errors import RenderingFailed
from wallet_export.raster import svg_to_png

SIDE: Final = 192
"""Pixels of the square."""
MOST_BYTES: Final = 512 * 1024
"""Of what is looked at."""
_CHILD: Final = Path(__file__).with_name("logo_child.py")
_SECONDS: Final = 5.0
_RASTER: Final = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"RIFF")


def logo_png(data: bytes) -> bytes:
    """A PNG, JPEG, GIF, WebP or SVG as a PNG of `SIDE` by `SIDE` without transparency, whole and in the middle.

    What it is, its bytes say, never its server. Nothing of the file itself is in the result: no
    metadata, no second frame. Raises WalletExportError.
    """
    if len(data) > MOST_BYTES:
        raise RenderingFailed(f"The logo has more than {MOST_BYTES:,} bytes.")
    if not data.startswith(_RASTER):
        data = svg_to_png(data, SIDE, seconds=_SECONDS)
    done = work_confined(_CHILD, SIDE.to_bytes(2) + data, seconds=_SECONDS)
    if done is None or done.code != 0 or not done.out.startswith(_RASTER[0]):
        raise RenderingFailed("The logo could not be drawn.")
    return done.out
