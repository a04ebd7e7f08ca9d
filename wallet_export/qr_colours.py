"""Colours of a QR code, held to a contrast that scanners read: dark modules on a light ground."""

from __future__ import annotations

import re
from dataclasses import dataclass

from wallet_export.errors import QrRefused

MIN_CONTRAST = 7.0
MIN_REFLECTANCE_DIFFERENCE = 0.55
_HEX = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True, slots=True)
class QrColours:
    """Two colours as `#rrggbb`; raises QrRefused unless `dark` on `light` is read by every scanner.

    Guaranteed: relative luminances (WCAG 2.2) at least 0.55 apart, about what ISO/IEC 15415 grades B as symbol
    contrast, and a contrast ratio of at least 7 to 1. Light on dark is refused: many readers do not invert.
    """

    dark: str = "#000000"
    light: str = "#ffffff"

    def __post_init__(self) -> None:
        for colour in (self.dark, self.light):
            if not _HEX.fullmatch(colour):
                raise QrRefused(f"The colour {colour[:20]!r} is not of the form #rrggbb.")
        dark, light = luminance(self.dark), luminance(self.light)
        if dark >= light:
            raise QrRefused(f"A QR code is dark on light, and {self.dark} is not darker than {self.light}.")
        contrast = (light + 0.05) / (dark + 0.05)
        if light - dark < MIN_REFLECTANCE_DIFFERENCE or contrast < MIN_CONTRAST:
            raise QrRefused(
                f"{self.dark} on {self.light} has too little contrast to scan ({contrast:.1f} to 1; needed is "
                f"{MIN_CONTRAST:g} to 1 on a light ground). Take darker or lighter ones."
            )


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb`, from 0 for black to 1 for white (WCAG 2.2)."""
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


BLACK_ON_WHITE = QrColours()
