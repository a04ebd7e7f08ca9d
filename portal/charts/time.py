"""Charts along time: columns that rise for what came and fall for what went, and lines, one or many small ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from portal.charts.drawing import WIDTH, Format, Series, element, picture, text, top_of

_LEFT = 36.0
_TALL = 150.0
_FOOT = 24.0


@dataclass(frozen=True, slots=True)
class Span:
    """A span of time: what is written below it, what came and what went, a value for each series."""

    label: str
    came: tuple[int, ...]
    went: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Comings:
    """What came and went, span by span."""

    title: str
    told: str
    came: tuple[Series, ...]
    went: tuple[Series, ...]
    spans: tuple[Span, ...]

    @property
    def series(self) -> tuple[Series, ...]:
        """All of them, for the legend."""
        return self.came + self.went


def comings(chart: Comings, number: Format) -> Markup:
    """The chart: a column for each span, above the line what came, below it what went."""
    up = top_of(max((sum(span.came) for span in chart.spans), default=0))
    down_most = max((sum(span.went) for span in chart.spans), default=0)
    unit = _TALL / up
    down = max(down_most * unit, 0.0)
    zero = 14 + _TALL
    height = zero + min(down, _TALL) + _FOOT + 6
    unit_down = unit if down <= _TALL else _TALL / down_most
    return picture(chart.title, chart.told, height, _columns(chart, number, up, unit, unit_down, height))


def _columns(chart: Comings, number: Format, up: float, unit: float, unit_down: float, height: float) -> Iterator[str]:
    zero = 14 + _TALL
    for value in (up, up / 2):
        y = zero - value * unit
        yield element("line", x1=_LEFT, x2=WIDTH, y1=y, y2=y, class_="chart-grid")
        if value == int(value):
            yield text(number(int(value)), _LEFT - 6, y + 4, "chart-axis", "end")
    step = (WIDTH - _LEFT) / max(1, len(chart.spans))
    wide = min(step * 0.62, 44)
    for place, span in enumerate(chart.spans):
        x = _LEFT + step * place + (step - wide) / 2
        y = zero
        for series, value in zip(chart.came, span.came, strict=True):
            if value:
                y -= value * unit
                yield element("rect", x=x, y=y, width=wide, height=value * unit, class_=f"tone-{series.tone}")
        if sum(span.came):
            yield text(number(sum(span.came)), x + wide / 2, y - 4, "chart-small", "middle")
        y = zero + 1
        for series, value in zip(chart.went, span.went, strict=True):
            if value:
                yield element("rect", x=x, y=y, width=wide, height=value * unit_down, class_=f"tone-{series.tone}")
                y += value * unit_down
        yield text(span.label, x + wide / 2, height - 4, "chart-axis", "middle")
    yield element("line", x1=_LEFT, x2=WIDTH, y1=zero, y2=zero, class_="chart-zero")


@dataclass(frozen=True, slots=True)
class Line:
    """A value for each of some moments; the first and the last are written, and `labels` below them."""

    title: str
    told: str
    labels: tuple[str, ...]
    values: tuple[int, ...]
    tone: str = "accent"


def line(chart: Line, number: Format) -> Markup:
    """One line, over all of the width."""
    height = 14 + _TALL + _FOOT
    top = top_of(max(chart.values, default=0))
    return picture(chart.title, chart.told, height, _line(chart, number, (8, 14, WIDTH - 16, _TALL), top, chart.labels))


@dataclass(frozen=True, slots=True)
class Small:
    """One of many small lines."""

    label: str
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Smalls:
    """Small lines beside each other, all on one scale, so that they can be compared; `labels` of the first and last."""

    title: str
    told: str
    labels: tuple[str, ...]
    lines: tuple[Small, ...]


def small_multiples(chart: Smalls, number: Format) -> Markup:
    """Two beside each other, as many rows as it takes."""
    tall, row = 60.0, 110.0
    top = top_of(max((value for one in chart.lines for value in one.values), default=0))
    wide = (WIDTH - 24) / 2
    inside: list[str] = []
    for place, one in enumerate(chart.lines):
        x, y = (place % 2) * (wide + 24), (place // 2) * row
        inside.append(text(one.label if len(one.label) < 30 else f"{one.label[:28]}…", x, y + 13, "chart-small"))
        one_line = Line(one.label, "", chart.labels, one.values)
        inside += _line(one_line, number, (x + 6, y + 34, wide - 12, tall - 20), top, ())
    height = row * ((len(chart.lines) + 1) // 2) - 20
    if chart.labels:
        height += 10
        for x in (0.0, wide + 24):
            inside.append(text(chart.labels[0], x, height - 2, "chart-axis"))
            inside.append(text(chart.labels[-1], x + wide, height - 2, "chart-axis", "end"))
    return picture(chart.title, chart.told, max(height, 20), inside)


def _line(
    chart: Line, number: Format, box: tuple[float, float, float, float], top: float, labels: Sequence[str]
) -> Iterator[str]:
    x, y, wide, tall = box
    step = wide / max(1, len(chart.values) - 1)
    points = [(x + step * place, y + tall - tall * value / top) for place, value in enumerate(chart.values)]
    yield element("line", x1=x - 6, x2=x + wide + 6, y1=y + tall, y2=y + tall, class_="chart-zero")
    if len(points) > 1:
        path = " ".join(f"{px:.2f},{py:.2f}" for px, py in points)
        area = f"{x:.2f},{y + tall:.2f} {path} {x + wide:.2f},{y + tall:.2f}"
        yield element("polygon", points=area, class_=f"tone-{chart.tone} chart-area")
        yield element("polyline", points=path, class_=f"line-{chart.tone}")
    for place, ((px, py), value) in enumerate(zip(points, chart.values, strict=True)):
        first, last = place == 0, place == len(points) - 1
        yield element("circle", cx=px, cy=py, r=3.5, class_=f"tone-{chart.tone}")
        if labels or first or last:
            anchor = "start" if first and not last else "end" if last and not first else "middle"
            yield text(number(value), px + (-4 if anchor == "start" else 4 if anchor == "end" else 0), py - 9,
                       "chart-small", anchor)  # fmt: skip
            if labels:
                yield text(labels[place], px + (-6 if anchor == "start" else 6 if anchor == "end" else 0),
                           y + tall + 18, "chart-axis", anchor)  # fmt: skip
