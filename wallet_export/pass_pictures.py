"""The pictures of a pass, made of a badge's image: in the sizes of wallets, and the colour that stands out in it."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wallet_export.confined import work_confined
from wallet_export.errors import RenderingFailed

SIDES: Final = {"icon": 29, "logo": 50, "thumbnail": 90}
"""Points of each picture; each is a square of one, two and three pixels to the point."""
_CHILD = Path(__file__).with_name("pass_pictures_child.py")
_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class PassPictures:
    """`files`: `icon.png`, `icon@2x.png` …; `colour` as `#rrggbb`, or None for a badge in grey."""

    files: Mapping[str, bytes]
    colour: str | None


def pass_pictures(png: bytes) -> PassPictures:
    """Of a badge's image as a PNG; what is not square stands in the middle. Raises RenderingFailed."""
    sizes = {
        f"{name}{'' if scale == 1 else f'@{scale}x'}.png": side * scale
        for name, side in SIDES.items()
        for scale in (1, 2, 3)
    }
    request = {"png": base64.b64encode(png).decode("ascii"), "sizes": sizes}
    done = work_confined(_CHILD, json.dumps(request).encode("ascii"), seconds=_SECONDS)
    if done is None or done.code != 0:
        raise RenderingFailed("The pictures of the pass could not be made of the badge’s image.")
    made = json.loads(done.out)
    return PassPictures({name: base64.b64decode(one) for name, one in made["files"].items()}, made["colour"])
