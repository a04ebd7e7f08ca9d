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


class NotOpened(Exception):  # noqa: N818
    """Why the picture cannot be opened, in words."""


def main() -> int:
    """0 and the texts, or 3 and why the picture cannot be opened."""
    try:
        grey = opened(sys.stdin.buffer.read())
    except NotOpened as error:
        sys.stderr.write(str(error))
        return 3
    grey.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    qr = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    found = zxingcpp.read_barcodes(grey, formats=qr, text_mode=zxingcpp.TextMode.Plain)
    json.dump(list(dict.fromkeys(code.text for code in found[:MOST_CODES])), sys.stdout)
    return 0


def opened(data: bytes, most_pixels: int = MOST_PIXELS) -> Image.Image:
    """The picture in shades of grey. Raises NotOpened, and MemoryError."""
    Image.MAX_IMAGE_PIXELS = None  # the size is judged here, before anything is decoded
    warnings.simplefilter("ignore")
    try:
        with Image.open(BytesIO(data), formats=("PNG", "JPEG", "GIF", "WEBP")) as picture:
            width, height = picture.size
            if width * height > most_pixels:
                raise NotOpened(  # noqa: TRY301
                    f"it has {width:,} by {height:,} pixels, and at most {most_pixels:,} are looked at."
                )
            picture.draft("L", (LONGEST_SIDE, LONGEST_SIDE))  # a JPEG can be decoded smaller, which takes less
            return on_white(picture)
    except (NotOpened, MemoryError):
        raise
    except Exception:  # noqa: BLE001  (of a damaged picture Pillow says so in many ways, `assert` among them)
        raise NotOpened("it is damaged or cut off.") from None


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
