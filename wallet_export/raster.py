"""SVG drawn to PNG by resvg, in a process that cannot hang, grow or read files for a hostile picture."""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from wallet_export.confined import run_bounded
from wallet_export.errors import ImageRefused, RenderingFailed
from wallet_export.svg_outline import outline
from wallet_export.svg_sanitizer import sanitize_svg

MAX_WIDTH = 4096
MAX_HEIGHT = 8192
_MEMORY_BYTES = 1 << 30
_CHILD = Path(__file__).with_name("raster_child.py")
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_LENGTH = re.compile(rf"\s*({_NUMBER})(px|pt|pc|mm|cm|in|em|ex)?\s*")
_VIEW_BOX = re.compile(rf"\s*{_NUMBER}[\s,]+{_NUMBER}[\s,]+({_NUMBER})[\s,]+({_NUMBER})\s*")
_UNIT = {
    "": 1.0,
    "px": 1.0,
    "pt": 96 / 72,
    "pc": 16.0,
    "mm": 96 / 25.4,
    "cm": 96 / 2.54,
    "in": 96.0,
    "em": 16.0,
    "ex": 8.0,
}


def svg_to_png(svg: bytes, width: int, *, seconds: float = 10.0, font_files: Sequence[Path] = ()) -> bytes:
    """The SVG as a PNG `width` pixels wide, transparent where it draws nothing; its own proportions kept.

    The SVG is sanitized first. `seconds` bounds the drawing, at most 1 GiB of memory is used. Text is drawn
    with `font_files` if any are given, otherwise with the system's fonts, and so differently on each
    machine: badges that must look the same everywhere have their text as paths. Raises NotAnImage or
    ImageRefused for what the SVG is, RenderingFailed for what drawing it met, also when there is text and
    no font (resvg would leave the text out and say nothing).
    """
    if not 1 <= width <= MAX_WIDTH:
        raise RenderingFailed(f"A picture can be drawn 1 to {MAX_WIDTH:,} pixels wide, not {width:,}.")
    clean = sanitize_svg(svg)
    height = width * _proportion(clean)
    if not 0.5 <= height <= MAX_HEIGHT:
        raise RenderingFailed(
            f"At {width:,} pixels of width the picture would be {height:,.0f} high; 1 to {MAX_HEIGHT:,} can be drawn."
        )
    request = {
        "svg": clean.decode("utf-8"),
        "width": width,
        "height": max(1, math.ceil(height)),
        "has_text": b"<text" in clean,
        "fonts": [str(path) for path in font_files],
        "memory_bytes": _MEMORY_BYTES,
        "cpu_seconds": math.ceil(seconds) + 1,
    }
    return _draw(json.dumps(request).encode("ascii"), seconds)


def _draw(request: bytes, seconds: float) -> bytes:
    # -P: the script's own folder must not shadow installed packages (it has a module named png).
    command = [sys.executable, "-P", str(_CHILD)]
    done = run_bounded(command, request, seconds=seconds)
    if done is None:
        raise RenderingFailed(f"Drawing the SVG took longer than {seconds:g} seconds and was stopped.")
    if done.code == 0:
        return done.out
    if done.code == 3:
        raise RenderingFailed(f"The SVG could not be drawn: {done.said[:300]}")
    if done.code == 4:
        raise RenderingFailed(
            "The SVG has text, and this machine has no font to draw it. Convert the text to paths in a "
            "drawing program, or install a font."
        )
    raise RenderingFailed(
        "Drawing the SVG ended without a picture, most likely for lack of memory or time. Simplify it."
    )


def _proportion(svg: bytes) -> float:
    """Height by width, from the root's own sizes, otherwise from its viewBox, as SVG 1.1 chapter 7 has it."""
    found = outline(svg)
    attributes = {
        name.decode(): svg[span.start + 1 : span.end - 1].decode() for name, span in found.root.attributes.items()
    }
    width, height = _pixels(attributes.get("width", "")), _pixels(attributes.get("height", ""))
    box = _VIEW_BOX.fullmatch(attributes.get("viewBox", ""))
    box_width, box_height = (float(box[1]), float(box[2])) if box else (width, height)
    width, height = width or box_width, height or box_height
    if not (width and height and 0 < width < 1e9 and 0 < height < 1e9):
        raise ImageRefused('The SVG does not say how large it is: its root needs viewBox="0 0 width height".')
    return height / width


def _pixels(length: str) -> float | None:
    """A length in pixels, or None for a percentage, `auto` or nothing."""
    match = _LENGTH.fullmatch(length)
    return float(match[1]) * _UNIT[match[2] or ""] if match else None
