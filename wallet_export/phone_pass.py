"""What a pass in a phone's wallet says, whosever wallet it is; and colours in which it can be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

Standing = Literal["valid", "suspended", "revoked", "expired", "not yet valid"]
WHITE = "#ffffff"
CONTRAST = 7.0
"""Of white on the ground of a pass (WCAG 2.2, 1.4.6)."""
_LABEL_CONTRAST = 4.5
_HOUSE = "#1f3a93"


@dataclass(frozen=True, slots=True)
class PassContent:
    """A pass. holder: "" if he is not named. valid_until: aware, in the zone in which it is told.

    ground: the colour below the text; it is darkened until white can be read on it.
    """

    serial: str
    url: str
    organization: str
    program: str
    level: str
    holder: str
    awarded_on: date | None
    valid_from: datetime
    valid_until: datetime | None
    standing: Standing
    ground: str = _HOUSE


@dataclass(frozen=True, slots=True)
class Words:
    """The pass's own words in one language: `standings` by standing, `days` as the language writes days."""

    valid_until: str
    new_end: str
    holder: str
    awarded: str
    status: str
    address: str
    organization: str
    program: str
    about: str
    about_text: str
    description: str
    standings: Mapping[str, str]


def readable_ground(colour: str | None) -> str:
    """The colour, as much darker as white on it needs; the house's own for none."""
    red, green, blue = _parts(colour or _HOUSE)
    while contrast(WHITE, found := _hex(red, green, blue)) < CONTRAST:
        red, green, blue = red * 0.94, green * 0.94, blue * 0.94
    return found


def label_colour(ground: str) -> str:
    """Of what stands small above a value: white with a breath of the ground in it, as far as that can be read."""
    for share in (0.18, 0.12, 0.06):
        mixed = _hex(*(255 * (1 - share) + part * share for part in _parts(ground)))
        if contrast(mixed, ground) >= _LABEL_CONTRAST:
            return mixed
    return WHITE


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours (WCAG 2.2)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def rgb(colour: str) -> str:
    """`rgb(31, 58, 147)`, as Apple writes colours."""
    red, green, blue = _parts(colour)
    return f"rgb({red:.0f}, {green:.0f}, {blue:.0f})"


def _luminance(colour: str) -> float:
    parts = (part / 255 for part in _parts(colour))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _parts(colour: str) -> tuple[float, float, float]:
    return (float(int(colour[1:3], 16)), float(int(colour[3:5], 16)), float(int(colour[5:7], 16)))


def _hex(red: float, green: float, blue: float) -> str:
    return f"#{round(red):02x}{round(green):02x}{round(blue):02x}"
