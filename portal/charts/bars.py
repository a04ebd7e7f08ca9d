"""Bars from left to right, each of one or more parts; and intervals on such bars, with a mark where the value is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from portal.charts.drawing import WIDTH, Format, Series, element, picture, text

_ROW = 46.0
_THICK = 18.0
_LETTER = 8.0
_LETTERS = 48
"""That fit into a line in the larger size that charts.css gives them on a phone."""
_LEAST = 12


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar: a value for each series, and what is written at the end of its line."""

    label: str
    values: tuple[int, ...]
    said: str = ""


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars of the same series. `told` says in a sentence what is to be seen."""

    title: str
    told: str
    series: tuple[Series, ...]
    bars: tuple[Bar, ...]


def stacked_bars(chart: Bars, number: Format) -> Markup:
    """The chart: each bar below its label, its parts side by side, all on one scale."""
    most = max((sum(bar.values) for bar in chart.bars), default=0) or 1
    return picture(chart.title, chart.told, _ROW * len(chart.bars), _rows(chart, most, number))


def _rows(chart: Bars, most: int, number: Format) -> Iterator[str]:
    for place, bar in enumerate(chart.bars):
        top = place * _ROW
        yield from _heading(bar.label, bar.said or number(sum(bar.values)), top)
        yield element("rect", x=0, y=top + 22, width=WIDTH, height=_THICK, rx=3, class_="chart-track")
        left = 0.0
        for series, value in zip(chart.series, bar.values, strict=True):
            width = WIDTH * value / most
            if value <= 0:
                continue
            shown = max(width - 1, 1.5)  # a gap between parts, and the smallest is still seen
            yield element("rect", x=left, y=top + 22, width=shown, height=_THICK, rx=2, class_=f"tone-{series.tone}")
            said = number(value)
            if len(chart.series) > 1 and shown > _LETTER * len(said) + 8:
                yield text(said, left + shown / 2, top + 35.5, "chart-inside", "middle")
            left += width


def _heading(label: str, said: str, top: float) -> Iterator[str]:
    """The label and what is said at the end of its line. On a phone, where letters are larger, both must still fit."""
    room = _LETTERS - len(said) - 1
    cut = label if len(label) <= room else f"{label[: max(room, _LEAST) - 1].rstrip()}…"
    yield text(cut, 0, top + 15, "chart-label")
    yield text(said, WIDTH, top + 15, "chart-value", "end")


@dataclass(frozen=True, slots=True)
class Spread:
    """A value with the interval around it; `said` is how it reads."""

    label: str
    low: float
    value: float
    high: float
    said: str
    tone: str = "accent"


@dataclass(frozen=True, slots=True)
class Spreads:
    """Intervals on one scale from 0 to `top`; `mark` is a value that all are compared with."""

    title: str
    told: str
    top: float
    spreads: tuple[Spread, ...]
    mark: float | None = None


def spreads(chart: Spreads) -> Markup:
    """The chart: each interval below its label, as a bar with a dot where the value is."""
    return picture(chart.title, chart.told, _ROW * len(chart.spreads), _intervals(chart))


def _intervals(chart: Spreads) -> Iterator[str]:
    scale = (WIDTH - 12) / (chart.top or 1)
    for place, one in enumerate(chart.spreads):
        top = place * _ROW
        low, value, high = (6 + scale * min(point, chart.top) for point in (one.low, one.value, one.high))
        yield from _heading(one.label, one.said, top)
        yield element("rect", x=0, y=top + 26, width=WIDTH, height=8, rx=4, class_="chart-track")
        if chart.mark is not None:
            at = 6 + scale * chart.mark
            yield element("line", x1=at, x2=at, y1=top + 20, y2=top + 40, class_="chart-mark")
        width = max(high - low, 2)
        yield element("rect", x=low, y=top + 26, width=width, height=8, rx=4, class_=f"tone-{one.tone} chart-faint")
        yield element("circle", cx=value, cy=top + 30, r=6, class_=f"tone-{one.tone}")
