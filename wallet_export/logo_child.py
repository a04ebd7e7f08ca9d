"""The process that draws a logo anew. Run by `logo`, confined, never imported.

Two bytes on standard input say the side of the square, the rest is the picture; the answer is a PNG. It needs nothing
of this package.
"""

from __future__ import annotations

import sys
import warnings
from io import BytesIO

from PIL import Image

_KINDS = ("PNG", "JPEG", "GIF", "WEBP")
_MOST_PIXELS = 16_000_000


def main() -> int:
    """0 and the picture, or 3 and the reason."""
    warnings.simplefilter("error")
    given = sys.stdin.buffer.read()
    side = int.from_bytes(given[:2])
    try:
        with Image.open(BytesIO(given[2:]), formats=_KINDS) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                raise ValueError("it is too large")  # noqa: TRY301  (a picture from outside)
            picture = opened.convert("RGBA")
        share = side / max(picture.size)
        size = (max(1, round(picture.width * share)), max(1, round(picture.height * share)))
        drawn = picture.convert("RGBa").resize(size, Image.Resampling.LANCZOS).convert("RGBA")
        square = Image.new("RGBA", (side, side), (255, 255, 255, 255))
        square.alpha_composite(drawn, ((side - size[0]) // 2, (side - size[1]) // 2))
        out = BytesIO()
        square.convert("RGB").save(out, "PNG", optimize=True)
    except (OSError, ValueError, SyntaxError, Warning, Image.DecompressionBombError) as error:
        sys.stderr.write(str(error))
        return 3
    sys.stdout.buffer.write(out.getvalue())
    return 0


if __name__ == "__main__":
    sys.exit(main())
