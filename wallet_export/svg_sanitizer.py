"""SVG made safe to serve and to draw: the same look, nothing that runs or reaches outside."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from wallet_export.errors import NotAnImage
from wallet_export.svg_css import harmless, harmless_css
from wallet_export.svg_images import harmless_image
from wallet_export.svg_outline import (
    SVG_NAMESPACE,
    check_encoding,
    check_nesting,
    feed,
    guarded_parser,
    split_name,
)
from wallet_export.svg_references import References
from wallet_export.svg_vocabulary import ATTRIBUTES, ELEMENTS

_XLINK = "http://www.w3.org/1999/xlink"
_XML = "http://www.w3.org/XML/1998/namespace"
# An HTML parser reads elements inside these otherwise than XML does; nothing that draws needs them.
_TEXT_ONLY = ("style", "title", "desc")
_TO_ESCAPE = re.compile(r"""[&<>"\n\t\r]""")
_QUOTES = {'"': "&quot;", "\n": "&#10;", "\t": "&#9;", "\r": "&#13;"}


def sanitize_svg(svg: bytes) -> bytes:
    """The SVG without anything that runs, links or fetches; raises NotAnImage or ImageRefused.

    Written anew from an allowed list of elements and attributes (`svg_vocabulary`): scripts, event handlers,
    foreignObject, animations, foreign namespaces, comments, processing instructions and document types are
    gone. `href` keeps `#fragment`, and on <image> a PNG or JPEG as `data:`; links become groups. Styles
    keep what stays inside the picture (`svg_css`). A drawing whose `use`, patterns and markers would
    multiply without bound is refused (`svg_references`). The result is UTF-8 without XML declaration;
    sanitizing it again changes nothing. A baked credential does not survive: sanitize first, then bake.
    """
    check_encoding(svg)
    writer = _Writer()
    parser = guarded_parser()
    parser.StartElementHandler = writer.start
    parser.EndElementHandler = writer.end
    parser.CharacterDataHandler = writer.characters
    feed(parser, svg)
    writer.references.check()
    return "".join(writer.parts).encode("utf-8")


@dataclass(slots=True)
class _Writer:
    """Writes what is allowed as expat reports it; `skipped` counts the levels inside something left out."""

    parts: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    skipped: int = 0
    elements: int = 0
    style: list[str] = field(default_factory=list)
    references: References = field(default_factory=References)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        check_nesting(len(self.open) + self.skipped + 1, self.elements)
        namespace, local = split_name(name)
        allowed = namespace == SVG_NAMESPACE and local in ELEMENTS
        if not self.open and (local != "svg" or namespace != SVG_NAMESPACE):
            raise NotAnImage(f'The root element is <{local[:40]}>, and must be <svg xmlns="{SVG_NAMESPACE}">.')
        if self.skipped or not allowed or (self.open and self.open[-1] in _TEXT_ONLY):
            self.skipped += 1
            return
        kept = [pair for pair in (_attribute(local, *item) for item in attributes.items()) if pair]
        written = "g" if local == "a" else local
        self.references.enter(written, dict(kept))
        if not self.open:
            kept = [("xmlns", SVG_NAMESPACE), ("xmlns:xlink", _XLINK), *kept]
        self.open.append(written)
        self.parts.append(f"<{written}{''.join(_written(*pair) for pair in kept)}>")

    def characters(self, text: str) -> None:
        if self.skipped or not self.open:
            return
        if self.open[-1] == "style":
            self.style.append(text)
        else:
            self.parts.append(escape(text, {"\r": "&#13;"}))

    def end(self, _name: str) -> None:
        if self.skipped:
            self.skipped -= 1
            return
        closed = self.open.pop()
        if closed == "style":
            css = harmless_css("".join(self.style))
            self.references.style(css)
            self.parts.append(escape(css))
            self.style.clear()
        self.references.leave()
        self.parts.append(f"</{closed}>")


def _attribute(element: str, name: str, value: str) -> tuple[str, str] | None:
    """The attribute as it is written (name, value), or None if it is left out."""
    namespace, local = split_name(name)
    if namespace == _XML and local in ("space", "lang"):
        return f"xml:{local}", value
    if namespace in ("", _XLINK) and local == "href":
        kept = _reference(element, value)
        return None if kept is None else ("xlink:href" if namespace else "href", kept)
    if namespace or local not in ATTRIBUTES:
        return None
    if local == "style":
        css = harmless_css(value)
        return (local, css) if css.strip() else None
    return (local, value) if local in ("id", "class", "d", "points") or harmless(value) else None


def _reference(element: str, url: str) -> str | None:
    """A fragment of this document, or the data of a raster image; nothing else is left to follow."""
    if element == "a":
        return None
    stripped = url.strip()
    if stripped.startswith("#"):
        return stripped
    return harmless_image(stripped) if element == "image" else None


def _written(name: str, value: str) -> str:
    return f' {name}="{escape(value, _QUOTES) if _TO_ESCAPE.search(value) else value}"'
