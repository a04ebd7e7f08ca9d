"""The process that makes a pass's pictures. Run by `pass_pictures`, confined, never imported.

A request is JSON on standard input: a PNG and the sides of the squares that are wanted of it. The answer is JSON. It
needs nothing of this package.
"""

from __future__ import annotations

import base64
import colorsys
import json
import sys
import warnings
from io import BytesIO

from PIL import Image

_COLOURS = 12
_SAMPLE = 96  # pixels a side


def main() -> int:
    """0 and the answer, or 3 and the reason."""
    warnings.simplefilter("error")  # Pillow only warns of a picture that is far too large
    request = json.load(sys.stdin.buffer)
    try:
        with Image.open(BytesIO(base64.b64decode(request["png"])), formats=("PNG",)) as opened:
            picture = opened.convert("RGBA")
        answer = {
            "files": {name: _png(_square(picture, side)) for name, side in request["sizes"].items()},
            "colour": _colour(_square(picture, _SAMPLE)),
        }
    except (OSError, ValueError, SyntaxError, Warning) as error:
        sys.stderr.write(str(error))
        return 3
    json.dump(answer, sys.stdout)
    return 0


def _square(picture: Image.Image, side: int) -> Image.Image:
    share = side / max(picture.size)
    width, height = (max(1, round(one * share)) for one in picture.size)
    premultiplied = picture.convert("RGBa").resize((width, height), Image.Resampling.LANCZOS).convert("RGBA")
    square = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    square.paste(premultiplied, ((side - width) // 2, (side - height) // 2))
    return square


def _png(picture: Image.Image) -> str:
    out = BytesIO()
    picture.save(out, "PNG", optimize=True)
    return base64.b64encode(out.getvalue()).decode("ascii")


def _colour(picture: Image.Image) -> str | None:
    """The colour that covers most, the more the stronger it is; None if nothing has a colour."""
    ground = Image.new("RGBA", picture.size, (255, 255, 255, 255))
    flat = Image.alpha_composite(ground, picture).convert("RGB").quantize(_COLOURS)
    palette = flat.getpalette() or []
    best: tuple[float, str | None] = (0.0, None)
    for count, index in flat.getcolors() or []:
        if not isinstance(index, int):  # of a picture with a palette it is always one
            continue
        red, green, blue = palette[3 * index : 3 * index + 3]
        _, lightness, saturation = colorsys.rgb_to_hls(red / 255, green / 255, blue / 255)
        weight = count * saturation * (1 - abs(2 * lightness - 1))
        if saturation >= 0.2 and weight > best[0]:
            best = (weight, f"#{red:02x}{green:02x}{blue:02x}")
    return best[1]


if __name__ == "__main__":
    sys.exit(main())
