"""Markdown of criteria and evidence, rendered so that a credential's author can only write, never act."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup

from credentials.memory import Memory

# All badges of a level have the same criteria; a text takes hundreds of microseconds to read.
_rendered: Memory[tuple[str, int], Markup] = Memory(most=1024, heavy=4 * 1024 * 1024)

LONGEST = 20_000  # characters; a criteria text of a real program has some hundreds


def web_link(value: object) -> str:
    """`value` if it is an http or https URL that may stand in a link, else ""."""
    if not isinstance(value, str):
        return ""
    try:
        parts = urlsplit(value)
    except ValueError:
        return ""
    return value if parts.scheme in {"http", "https"} and parts.netloc else ""


def render_markdown(text: str, *, heading: int) -> Markup:
    """HTML of CommonMark `text`: no raw HTML, no images, links to the web only, headings from level `heading` down.

    A text longer than LONGEST is shown as it is written, unrendered, and cut.
    """
    if len(text) > LONGEST:
        return Markup("<p>{}</p>").format(text[:LONGEST] + "…")
    known = _rendered.get((text, heading))
    if known is not None:
        return known
    tokens = _MARKDOWN.parse(text)
    _shift_headings(tokens, heading)
    html = Markup(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))  # noqa: S704 - html is disabled
    _rendered.keep((text, heading), html, weight=len(text) + len(html))
    return html


def _shift_headings(tokens: Sequence[Token], first: int) -> None:
    """Moves the headings of a text below the heading it stands under, without a gap in the order."""
    headings = [token for token in tokens if token.type in {"heading_open", "heading_close"}]
    levels = sorted({int(token.tag[1]) for token in headings})
    for token in headings:
        token.tag = f"h{min(6, first + levels.index(int(token.tag[1])))}"


def _link_open(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, _env: MutableMapping[str, Any]
) -> str:
    token = tokens[index]
    if not web_link(token.attrGet("href")):
        token.attrs.pop("href", None)
    token.attrSet("rel", "nofollow noopener noreferrer")
    return renderer.renderToken(tokens, index, options, _env)


def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False}).disable(["image", "html_block", "html_inline"])
    markdown.add_render_rule("link_open", _link_open)
    return markdown


_MARKDOWN = _markdown()
