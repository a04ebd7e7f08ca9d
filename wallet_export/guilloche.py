"""The ornament of a certificate, reckoned and drawn as SVG: interlaced waves round the page, and a rosette.

A wave is drawn from crest to trough to crest, one piece of Bézier's curve each: that is within a hundredth of the sine,
and few pieces make small files that are quickly set. The same measures give the same bytes: numbers are rounded to a
hundredth of a millimetre.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

_PHASES: Final = 6
_WAVE: Final = 11.0  # millimetres, about: each side has a whole number of waves

Point = tuple[float, float]


@lru_cache(maxsize=8)
def border(width: float, height: float, *, inset: float, depth: float, ink: str, second: str) -> str:
    """A frame for a page of this size in millimetres: a band of waves between two lines, and a rosette on each corner.

    inset: from the edge of the page to the middle of the band; depth: of the band.
    """
    left, top, right, bottom = inset, inset, width - inset, height - inset
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    waves = "".join(
        _waves(start, end, depth / 2) for start, end in zip(corners, [*corners[1:], corners[0]], strict=True)
    )
    edge = depth / 2 + 0.9
    return _svg(
        width,
        height,
        f'<path d="{waves}" fill="none" stroke="{ink}" stroke-width=".16"/>'
        + _frame(width, height, inset - edge, ink, 0.5)
        + _frame(width, height, inset + edge, ink, 0.22)
        + _frame(width, height, inset + edge + 1.3, second, 0.22)
        + "".join(_corner(x, y, depth, ink, second) for x, y in corners),
    )


@lru_cache(maxsize=8)
def rosette(size: float, *, ink: str, stroke: float = 0.15) -> str:
    """A rose of interlaced lines in a square of this size."""
    middle = size / 2
    rings = "".join(
        _rings(middle, middle, middle, base, swing, petals, copies)
        for petals, base, swing, copies in ((12, 0.86, 0.13, 6), (16, 0.62, 0.13, 5), (10, 0.4, 0.12, 4))
    )
    return _svg(size, size, f'<path d="{rings}" fill="none" stroke="{ink}" stroke-width="{stroke}"/>')


def _corner(x: float, y: float, depth: float, ink: str, second: str) -> str:
    radius = depth
    rings = _rings(x, y, radius, 0.68, 0.26, 8, 5)
    return (
        f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{radius + 0.7:.2f}" fill="#fff" stroke="{ink}" stroke-width=".4"/>'
        f'<path d="{rings}" fill="none" stroke="{ink}" stroke-width=".14"/>'
        f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{radius * 0.26:.2f}" fill="{second}"/>'
    )


def _waves(start: Point, end: Point, swing: float) -> str:
    """Waves along a side, each a part of a wave behind the one before. Their ends lie below the corners."""
    (x0, y0), (x1, y1) = start, end
    length = math.hypot(x1 - x0, y1 - y0)
    halves = 2 * max(1, round(length / _WAVE))
    half = length / halves
    along, across = ((x1 - x0) / length, (y1 - y0) / length), ((y0 - y1) / length, (x1 - x0) / length)

    def at(far: float, off: float) -> Point:
        return x0 + along[0] * far + across[0] * off, y0 + along[1] * far + across[1] * off

    drawn = []
    for phase in range(_PHASES):
        turn, late = divmod(phase * 2 * half / _PHASES, half)
        side = swing if turn == 0 else -swing
        pieces = [
            (
                at(late + (step + 1 / 3) * half, off),
                at(late + (step + 2 / 3) * half, -off),
                at(late + (step + 1) * half, -off),
            )
            for step, off in ((step, side if step % 2 == 0 else -side) for step in range(halves))
        ]
        drawn.append(_path(at(late, side), pieces))
    return "".join(drawn)


def _rings(x: float, y: float, radius: float, base: float, swing: float, petals: int, copies: int) -> str:
    """Waves round a circle, each turned against the one before."""
    step = math.pi / petals
    crest, trough = radius * (base + swing), radius * (base - swing)

    def at(far: float, angle: float, ahead: float) -> Point:
        """A point that far from the middle, and ahead on the tangent there."""
        sine, cosine = math.sin(angle), math.cos(angle)
        return x + far * cosine - ahead * sine, y + far * sine + ahead * cosine

    drawn = []
    for copy in range(copies):
        turned = 2 * step * copy / copies
        pieces = []
        for number in range(2 * petals):
            here, there = (crest, trough) if number % 2 == 0 else (trough, crest)
            angle = turned + number * step
            pieces.append(
                (
                    at(here, angle, here * step / 3),
                    at(there, angle + step, -there * step / 3),
                    at(there, angle + step, 0),
                )
            )
        drawn.append(_path(at(crest, turned, 0), pieces) + "Z")
    return "".join(drawn)


def _path(start: Point, pieces: Iterable[tuple[Point, Point, Point]]) -> str:
    return f"M{start[0]:.2f} {start[1]:.2f}" + "".join(_curves(pieces))


def _curves(pieces: Iterable[tuple[Point, Point, Point]]) -> Iterator[str]:
    for first, second, end in pieces:
        yield f"C{first[0]:.2f} {first[1]:.2f} {second[0]:.2f} {second[1]:.2f} {end[0]:.2f} {end[1]:.2f}"


def _frame(width: float, height: float, inset: float, ink: str, stroke: float) -> str:
    return (
        f'<rect x="{inset:.2f}" y="{inset:.2f}" width="{width - 2 * inset:.2f}" height="{height - 2 * inset:.2f}" '
        f'fill="none" stroke="{ink}" stroke-width="{stroke}"/>'
    )


def _svg(width: float, height: float, inside: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}mm" height="{height:g}mm" '
        f'viewBox="0 0 {width:g} {height:g}">{inside}</svg>'
    )
