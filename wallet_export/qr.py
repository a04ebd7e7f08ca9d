"""QR codes of a credential's public address, as SVG and as PNG (ISO/IEC 18004)."""

from __future__ import annotations

import re
import struct
import zlib
from enum import StrEnum
from functools import lru_cache
from typing import Any

from qrcode.constants import ERROR_CORRECT_H, ERROR_CORRECT_L, ERROR_CORRECT_M, ERROR_CORRECT_Q
from qrcode.exceptions import DataOverflowError
from qrcode.main import QRCode

from wallet_export.errors import QrRefused
from wallet_export.png_chunks import write_chunks
from wallet_export.qr_colours import BLACK_ON_WHITE, QrColours
from wallet_export.qr_mask import modules_of
from wallet_export.qr_size import QUIET_ZONE, SCREEN, QrSize

Modules = tuple[str, ...]
"""The rows of a code from the top, quiet zone included: a digit for each module, and 1 is dark."""


class ErrorCorrection(StrEnum):
    """How much of a code may be lost and still be read: about 7, 15, 25 and 30 parts of 100.

    M suits screens and clean print. Q is for badges that are worn, folded or laminated. H makes the code
    largest, and so its modules smallest at a given width: only for codes that will be damaged.
    """

    L = "L"
    M = "M"
    Q = "Q"
    H = "H"


_LEVELS = {
    ErrorCorrection.L: (ERROR_CORRECT_L, 2_953),
    ErrorCorrection.M: (ERROR_CORRECT_M, 2_331),
    ErrorCorrection.Q: (ERROR_CORRECT_Q, 1_663),
    ErrorCorrection.H: (ERROR_CORRECT_H, 1_273),
}
_EFFORT = 5  # 9 takes twenty times as long and saves a hundred bytes
_DARK = re.compile("1+")
_LONGEST_TEXT = 7_089  # digits in the largest code; nothing longer is worth trying


def qr_svg(
    text: str,
    *,
    correction: ErrorCorrection = ErrorCorrection.M,
    size: QrSize = SCREEN,
    colours: QrColours = BLACK_ON_WHITE,
) -> bytes:
    """The text as an SVG of one path on a ground, four modules of quiet zone around it; raises QrRefused.

    Its width is in millimetres for a PrintSize and in pixels for a ScreenSize; it may be scaled at will.
    """
    modules = qr_modules(text, correction)
    across = len(modules)
    width = size.width(across)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{width}" '
        f'viewBox="0 0 {across} {across}" shape-rendering="crispEdges">'
        f'<path fill="{colours.light}" d="M0 0h{across}v{across}H0z"/>'
        f'<path fill="{colours.dark}" d="{_path(modules)}"/></svg>\n'
    ).encode("ascii")


def qr_png(
    text: str,
    *,
    correction: ErrorCorrection = ErrorCorrection.M,
    size: QrSize = SCREEN,
    colours: QrColours = BLACK_ON_WHITE,
) -> bytes:
    """The text as a PNG of two colours, each module a whole number of pixels; raises QrRefused.

    Four modules of quiet zone are around it. For a PrintSize the file says its resolution, and so its size on
    paper. Never scale it by a broken number: ask for another size.
    """
    modules = qr_modules(text, correction)
    module = size.module_pixels(len(modules))
    side = module * len(modules)
    # The first line of each row as it is, and for the others that they are like the one above (PNG 9.2, filter Up).
    same = (b"\x02" + bytes(-(-side // 8))) * (module - 1)
    rows = same.join([*(_scanline(row, module) for row in modules), b""])
    palette = bytes.fromhex(colours.light[1:] + colours.dark[1:])
    # One bit a pixel, colour type 3: an index into the palette (PNG 11.2.1).
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 3, 0, 0, 0)), (b"PLTE", palette)]
    if size.pixels_per_metre is not None:
        chunks.append((b"pHYs", struct.pack(">IIB", size.pixels_per_metre, size.pixels_per_metre, 1)))
    return write_chunks([*chunks, (b"IDAT", zlib.compress(rows, _EFFORT)), (b"IEND", b"")])


@lru_cache(maxsize=64)
def qr_modules(text: str, correction: ErrorCorrection = ErrorCorrection.M) -> Modules:
    """The code in the smallest version that holds the text.

    Raises QrRefused for text that is empty, has control characters or is too long. Text beyond ASCII is
    UTF-8, which not every reader guesses: percent-encode addresses.
    """
    if not text or not text.isprintable():
        raise QrRefused("The text for a QR code is empty or has control characters; give an https address.")
    level, most_bytes = _LEVELS[correction]
    code: QRCode[Any] = QRCode(error_correction=level)
    try:
        code.add_data(text[: _LONGEST_TEXT + 1].encode("utf-8"))
        modules = modules_of(code)
    except (DataOverflowError, ValueError):
        raise QrRefused(
            f"The text has {len(text.encode('utf-8')):,} bytes, and a QR code with error correction "
            f"{correction} holds at most {most_bytes:,}. Encode a short address of the credential instead."
        ) from None
    beside = "0" * QUIET_ZONE
    empty = ("0" * (len(modules) + 2 * QUIET_ZONE),) * QUIET_ZONE
    return (*empty, *(beside + row + beside for row in modules), *empty)


def _scanline(row: str, module: int) -> bytes:
    """One PNG scanline: filter type 0, then one bit a pixel from the left, padded to whole bytes."""
    bits = row.replace("0", "0" * module).replace("1", "1" * module)
    padded = bits.ljust(-(-len(bits) // 8) * 8, "0")
    return b"\x00" + int(padded, 2).to_bytes(len(padded) // 8, "big")


def _path(modules: Modules) -> str:
    """Dark runs of each row as closed rectangles one module high."""
    parts = []
    for y, row in enumerate(modules):
        for run in _DARK.finditer(row):
            start, end = run.span()
            width = end - start
            parts.append(f"M{start} {y}h{width}v1h-{width}z")
    return "".join(parts)
