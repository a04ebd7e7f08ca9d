"""Style sheets and styling values without anything that reaches outside the picture."""

from __future__ import annotations

import re

# Whatever else CSS has or will have as a function may fetch (url, image-set, src, element, -moz-binding …).
_HARMLESS_FUNCTIONS = frozenset(
    """
    rgb rgba hsl hsla hwb lab lch oklab oklch color-mix calc min max clamp var
    matrix translate translatex translatey scale scalex scaley rotate skewx skewy
    blur brightness contrast drop-shadow grayscale hue-rotate invert opacity saturate sepia
    rect inset circle ellipse polygon not is where has nth-child nth-of-type nth-last-child lang and or
    """.split()  # noqa: SIM905 - read as a list of words
)
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_FRAGMENT = re.compile(r"""url\(\s*(["']?)#[\w.:-]+\1\s*\)""", re.IGNORECASE)
_FUNCTION = re.compile(r"([\w-]*)\s*\(")
_MEDIA = re.compile(r"\s*@media[\w\s:(),.-]*")
_SEPARATOR = re.compile(r"([;{}])")


def harmless(value: str) -> bool:
    """Whether a CSS value or presentation attribute stays inside the picture.

    `url(#fragment)` and functions that compute are harmless. Escapes are not: `\\75rl(` is `url(`.
    """
    rest = _FRAGMENT.sub(" ", value)
    if "\\" in rest:
        return False
    return all(function.lower() in _HARMLESS_FUNCTIONS or not function for function in _FUNCTION.findall(rest))


def harmless_css(css: str) -> str:
    """The style sheet, or the content of a `style` attribute, without its comments and reaching declarations.

    Cut into pieces at `;`, `{` and `}`, and each piece is kept or left out as a whole. This needs no knowledge of
    strings: wherever a quote begins or ends, no piece that is kept contains an at-rule (but `@media`), an escape or a
    function that could fetch, and pieces cannot grow together, as the separators stay.
    """
    pieces = _SEPARATOR.split(_COMMENT.sub(" ", css))
    return "".join(piece if _keep(piece) else "" for piece in pieces)


def _keep(piece: str) -> bool:
    if "@" in piece:
        return _MEDIA.fullmatch(piece) is not None
    return harmless(piece)
