"""The text of the QR codes in a picture or photo, read by zxing-cpp after Pillow in a process of its own."""

from __future__ import annotations

import json
from pathlib import Path

from credentials.sentence import sentence
from wallet_export.confined import work_confined
from wallet_export.errors import ImageRefused

PICTURES = {b"\x89PNG\r\n\x1a\n": "PNG", b"\xff\xd8\xff": "JPEG", b"GIF8": "GIF", b"RIFF": "WebP"}
"""How the pictures begin that are looked at, and their names."""

MAX_PICTURE_BYTES = 12 * 1024 * 1024
_SECONDS = 10.0
_CHILD = Path(__file__).with_name("qr_reading_child.py")


def picture_kind(data: bytes) -> str:
    """The name of the kind of picture that begins so, or ""."""
    return next((name for start, name in PICTURES.items() if data.startswith(start)), "")


def qr_texts(picture: bytes) -> tuple[str, ...]:
    """The different texts of the QR codes in it, in the order in which they were found; empty if there is none.

    picture: PNG, JPEG, GIF (its first image) or WebP, at most 12 MiB and 64 million pixels. Codes may be turned, small,
    or light on dark. Raises ImageRefused.
    """
    if len(picture) > MAX_PICTURE_BYTES:
        raise ImageRefused(
            sentence(
                "The picture is larger than {max_picture_bytes} MB. Save it smaller.",
                max_picture_bytes=MAX_PICTURE_BYTES // 1024 // 1024,
            )
        )
    ended = work_confined(_CHILD, picture, seconds=_SECONDS)
    if ended is None:
        raise ImageRefused(
            sentence(
                "Looking for a QR code in the picture took longer than {seconds} seconds. Cut it out.",
                seconds=f"{_SECONDS:g}",
            )
        )
    if ended.code == 3:
        raise ImageRefused(sentence("The picture cannot be opened: {said}", said=ended.said[:200]))
    if ended.code != 0:
        raise ImageRefused(
            sentence("Looking for a QR code in the picture broke off, most likely for its size. Save it smaller.")
        )
    texts: list[str] = json.loads(ended.out)
    return tuple(texts)
