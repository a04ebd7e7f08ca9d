"""How large a QR code is drawn: millimetres on paper, pixels on screens, modules always in whole pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass

from wallet_export.errors import QrRefused

QUIET_ZONE = 4
"""Empty modules on each side, which ISO/IEC 18004 demands."""
MAX_PIXELS = 8_192


@dataclass(frozen=True, slots=True)
class PrintSize:
    """A code on paper: at least `millimetres` wide with its quiet zone, in whole printer dots at `dpi`.

    A phone at a hand's distance reads modules of about 0.33 mm and up, hence `smallest_module`; a code with
    too many modules for the width grows beyond it. A reading distance of ten times the width is a safe guess:
    20 mm for a badge in the hand, 40 mm and up for a framed certificate on a wall.
    """

    millimetres: float = 20.0
    dpi: int = 300
    smallest_module: float = 0.33

    def module_pixels(self, modules: int) -> int:
        """Printer dots to a module, for a code of so many modules, quiet zone included."""
        wanted = max(self.millimetres / modules, self.smallest_module) * self.dpi / 25.4
        return _bounded(wanted, modules)

    def width(self, modules: int) -> str:
        """The code's width as an SVG length: exactly that of the printed PNG."""
        return f"{self.module_pixels(modules) * modules * 25.4 / self.dpi:.3f}mm"

    @property
    def pixels_per_metre(self) -> int:
        """For the PNG's pHYs chunk, which layout programs take the printed size from."""
        return round(self.dpi / 0.0254)


@dataclass(frozen=True, slots=True)
class ScreenSize:
    """A code on a screen: at least `pixels` wide with its quiet zone, and at least 4 pixels to a module.

    Other phones and laptop cameras read it from a screen in the hand; 360 pixels fit the narrowest phones.
    """

    pixels: int = 360
    smallest_module: int = 4

    def module_pixels(self, modules: int) -> int:
        """Pixels to a module, for a code of so many modules, quiet zone included."""
        return _bounded(max(self.pixels / modules, self.smallest_module), modules)

    def width(self, modules: int) -> str:
        """The code's width as an SVG length in CSS pixels."""
        return str(self.module_pixels(modules) * modules)

    @property
    def pixels_per_metre(self) -> None:
        """Screens differ: the PNG says nothing about a printed size."""
        return


QrSize = PrintSize | ScreenSize

SCREEN = ScreenSize()
PRINT_BADGE = PrintSize(20.0)
PRINT_CERTIFICATE = PrintSize(40.0)


def _bounded(module: float, modules: int) -> int:
    """Rounded up to whole pixels; raises QrRefused if the size asked for makes no sense."""
    if not math.isfinite(module) or module <= 0 or module * modules > MAX_PIXELS:
        raise QrRefused(f"The size asked for is not possible: a code may be 1 to {MAX_PIXELS:,} pixels wide.")
    # A width that divides evenly must not gain a pixel by a rounding error.
    return math.ceil(module - 1e-9)
