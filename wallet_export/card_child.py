"""The process that measures letters and draws cards. Run by `card_fonts` and `card_drawing`, confined, never imported.

A request is JSON on standard input. With `letters` the answer is JSON: the width of each in em, or null if no font has
it. A letter comes as the attributes of its type, itself twice, itself, and what is drawn if no font has it. With `svg`,
the answer is the PNG. It needs nothing of this package.
"""

from __future__ import annotations

import json
import sys
from html import escape
from io import BytesIO
from typing import Any

import resvg_py
from PIL import Image

_EM = 32  # pixels of the measured type
_CELL_WIDTH, _CELL_HEIGHT = 160, 80
_COLUMNS = 12
_BETWEEN = "HH"  # a space is measured between two letters: “H H” is wider by it


def main() -> int:
    """0 and the answer, or 3 and the renderer's reason."""
    request = json.load(sys.stdin.buffer)
    options = {"dpi": 96, "skip_system_fonts": request["alone"], "font_files": request["fonts"]}
    try:
        if "svg" in request:
            sys.stdout.buffer.write(bytes(resvg_py.svg_to_bytes(svg_string=request["svg"], **options)))
        else:
            json.dump(widths([tuple(one) for one in request["letters"]], options), sys.stdout)
    except ValueError as error:
        sys.stderr.write(str(error))
        return 3
    return 0


def widths(letters: list[tuple[str, str, str, str]], options: dict[str, Any]) -> list[float | None]:
    """Each text is drawn in a cell of its own, and its ink measured."""
    cells = list(dict.fromkeys((style, one) for style, *texts in letters for one in texts))
    rows = -(-len(cells) // _COLUMNS)
    size = f'width="{_COLUMNS * _CELL_WIDTH}" height="{rows * _CELL_HEIGHT}"'
    drawn = "".join(_cell(number, *cell) for number, cell in enumerate(cells))
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{drawn}</svg>'
    with Image.open(BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=svg, **options))), formats=("PNG",)) as picture:
        ink = picture.getchannel("A")
    inks = {cell: ink.crop(_box(number)) for number, cell in enumerate(cells)}

    def width(style: str, twice: str, once: str, missing: str) -> float | None:
        found = inks[style, once]
        if found.tobytes() == inks[style, missing].tobytes():
            return None
        # Twice minus once is the advance. A letter that joins its like becomes narrower, and one without ink has none.
        once_wide = _width(found) if found.getbbox() and once != _BETWEEN else 0
        return max(0, _width(inks[style, twice]) - _width(found), once_wide) / _EM

    return [width(*one) for one in letters]


def _box(number: int) -> tuple[int, int, int, int]:
    left, top = number % _COLUMNS * _CELL_WIDTH, number // _COLUMNS * _CELL_HEIGHT
    return left, top, left + _CELL_WIDTH, top + _CELL_HEIGHT


def _cell(number: int, style: str, text: str) -> str:
    left, top, _, _ = _box(number)
    return f'<text x="{left + 12}" y="{top + 52}" font-size="{_EM}" xml:space="preserve" {style}>{escape(text)}</text>'


def _width(cell: Image.Image) -> int:
    box = cell.getbbox()
    return box[2] - box[0] if box else 0


if __name__ == "__main__":
    sys.exit(main())
