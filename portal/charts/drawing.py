"""What all charts are made of: escaped elements, a frame with a title and a description, and a scale for the eye."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from html import escape

from markupsafe import Markup

WIDTH = 480
"""Of every chart, in its own units: about as many pixels as it has on a desk; on a phone it shrinks."""
Format = Callable[[float], str]
_LONGEST = 52


@dataclass(frozen=True, slots=True)
class Series:
    """One kind of thing: what it is called, and its tone, for which charts.css has a colour."""

    name: str
    tone: str


def element(name: str, *inside: str, **attributes: str | float) -> str:
    """An element; what is inside is markup already. `class_` is the attribute class, `text_anchor` is text-anchor."""
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_written(value))}"' for key, value in attributes.items()
    )
    return f"<{name}{given}>{''.join(inside)}</{name}>"


def text(said: str, x: float, y: float, class_: str, anchor: str = "start") -> str:
    """A line of text; a name from right to left is set as it reads, and stays where it belongs."""
    return element("text", escape(f"\u2068{short(said)}\u2069"), x=x, y=y, class_=class_, text_anchor=anchor)


def short(said: str) -> str:
    """At most so much that it fits into a line."""
    return said if len(said) <= _LONGEST else f"{said[: _LONGEST - 1].rstrip()}…"


def picture(title: str, told: str, height: float, inside: Iterable[str]) -> Markup:
    """The chart itself. Its title and description are what a screen reader says of it."""
    key = sha256(f"{title}\0{told}".encode()).hexdigest()[:8]
    return Markup(  # noqa: S704  (every text in it is escaped above)
        element(
            "svg",
            element("title", escape(title), id=f"c{key}-title"),
            element("desc", escape(told), id=f"c{key}-desc"),
            *inside,
            xmlns="http://www.w3.org/2000/svg",
            viewBox=f"0 0 {WIDTH} {_written(height)}",
            role="img",
            aria_labelledby=f"c{key}-title c{key}-desc",
            class_="chart",
        )
    )


def top_of(most: float) -> float:
    """The round number at which a scale ends: 1, 2 or 5 times a power of ten, at or above `most`."""
    if most <= 1:
        return 1.0
    power = 1.0
    while power * 10 < most:
        power *= 10
    return next(step * power for step in (1, 2, 5, 10) if step * power >= most)


def _written(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")
