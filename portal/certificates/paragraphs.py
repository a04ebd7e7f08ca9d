"""Markdown as paragraphs to be printed: its words, lists and headings, without emphasis and addresses of links."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from portal.pages.prose import LONGEST
from wallet_export.certificate_room import Block

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).disable(["image", "html_block", "html_inline"])
_OTHER_TEXT = frozenset({"code_block", "fence"})


def paragraphs(text: str) -> tuple[Block, ...]:
    """The blocks of CommonMark, at most of its first LONGEST characters."""
    return tuple(block for block in _blocks(_MARKDOWN.parse(text[:LONGEST])) if block.text)


def _blocks(tokens: Sequence[Token]) -> Iterator[Block]:
    lists: list[int | None] = []  # of each list that is open, the number of its last item; None: it has none
    heading, begun = False, False
    for token in tokens:
        if token.type in {"ordered_list_open", "bullet_list_open"}:
            first = int(token.attrs.get("start", 1))
            lists.append(first - 1 if token.type == "ordered_list_open" else None)
        elif token.type in {"ordered_list_close", "bullet_list_close"}:
            lists.pop()
        elif token.type == "list_item_open":
            begun = True
            if lists[-1] is not None:
                lists[-1] += 1
        elif token.type in {"heading_open", "heading_close"}:
            heading = token.type == "heading_open"
        elif token.type in {"inline", *_OTHER_TEXT}:
            words = " ".join(_words(token).split())
            if heading:
                yield Block("head", words)
            elif lists and begun:
                yield Block("item", words, "" if lists[-1] is None else str(lists[-1]))
                begun = False
            else:
                yield Block("text", words)


def _words(token: Token) -> str:
    if token.children is None:
        return token.content
    return "".join(" " if one.type in {"softbreak", "hardbreak"} else one.content for one in token.children)
