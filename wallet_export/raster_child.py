"""The process that draws: reads a request from standard input, writes a PNG or the reason why not, and ends.

Run as a script by `raster`, never imported. A process of its own can be given bounds of memory and time and
can be killed; the renderer cannot be stopped otherwise. It needs nothing of this package.
"""

from __future__ import annotations

import contextlib
import json
import sys
from typing import Any

import resvg_py

_PROBE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 32" width="64" height="32">'
    '<text x="4" y="24" font-size="24">{}</text></svg>'
)


def main() -> int:
    """0 and a PNG, or 3 and the renderer's reason, or 4 if there is text and no font to draw it."""
    request = json.load(sys.stdin.buffer)
    bound(request["memory_bytes"], request["cpu_seconds"])
    options = {
        "skip_system_fonts": bool(request["fonts"]) or not request["has_text"],
        "font_files": request["fonts"],
    }
    if request["has_text"] and draws_no_text(options):
        return 4
    try:
        # Both sizes: with one alone the drawing itself decides how large the other becomes. The package's default
        # of 0 dots per inch makes every length in millimetres vanish.
        size = {"width": request["width"], "height": request["height"]}
        picture = resvg_py.svg_to_bytes(svg_string=request["svg"], dpi=96, **size, **options)
    except ValueError as error:
        sys.stderr.write(str(error))
        return 3
    sys.stdout.buffer.write(bytes(picture))
    return 0


def bound(memory_bytes: int, cpu_seconds: int) -> None:
    """Limit this process where the system can (not on Windows; there the parent's deadline remains)."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def draws_no_text(options: dict[str, Any]) -> bool:
    """Without a font resvg leaves text out and says nothing: draw a word and an empty text, and compare."""
    word, nothing = (bytes(resvg_py.svg_to_bytes(svg_string=_PROBE.format(text), **options)) for text in ("Ag", ""))
    return word == nothing


if __name__ == "__main__":
    sys.exit(main())
