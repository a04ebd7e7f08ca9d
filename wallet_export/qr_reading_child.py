"""The process that looks for QR codes: a picture on standard input, a JSON list of texts on standard output.

Run as a script by `qr_reading`, confined, never imported. It needs nothing of this package.
"""

from __future__ import annotations

import json
import sys
import warnings
from io import BytesIO

import zxingcpp
from PIL import Image

MOST_PIXELS = 64_000_000
LONGEST_SIDE = 3_000  # pixels that are looked at; a code that fills a tenth of a photo still has 300
MOST_CODES = 20


def main() -> int:
    """0 and the texts, or 3 and why the picture cannot be opened."""
    Image.MAX_IMAGE_PIXELS = None  # the size is judged here, before anything is decoded
    warnings.simplefilter("ignore")
    try:
        with Image.open(BytesIO(sys.stdin.buffer.read()), formats=("PNG", "JPEG", "GIF", "WEBP")) as picture:
            width, height = picture.size
            if width * height > MOST_PIXELS:
                sys.stderr.write(f"it has {width:,} by {height:,} pixels, and at most {MOST_PIXELS:,} are looked at.")
                return 3
            picture.draft("L", (LONGEST_SIDE, LONGEST_SIDE))  # a JPEG can be decoded smaller, which takes less
            grey = on_white(picture)
    except (OSError, ValueError, SyntaxError, EOFError):
        sys.stderr.write("it is damaged or cut off.")
        return 3
    grey.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    qr = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    found = zxingcpp.read_barcodes(grey, formats=qr, text_mode=zxingcpp.TextMode.Plain)
    json.dump(list(dict.fromkeys(code.text for code in found[:MOST_CODES])), sys.stdout)
    return 0


def on_white(picture: Image.Image) -> Image.Image:
    """The picture in shades of grey, and white where it is transparent."""
    if not picture.has_transparency_data:
        return picture.convert("L")
    colours = picture.convert("RGBA")
    ground = Image.new("RGBA", colours.size, "white")
    ground.alpha_composite(colours)
    return ground.convert("L")


if __name__ == "__main__":
    sys.exit(main())
