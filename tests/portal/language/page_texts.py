"""What a reader of a page gets to read: the texts between its tags and in attributes that are read aloud or shown."""

from __future__ import annotations

from html.parser import HTMLParser

_VOID = {"meta", "link", "img", "input", "br", "hr", "source", "circle", "path", "rect"}
_SHOWN = {"alt", "title", "aria-label", "placeholder", "data-label", "data-checking", "data-again", "data-failed"}
_UNREAD = {"script", "style", "code", "pre", "textarea"}
_DESCRIBED = {"description", "og:title", "og:description", "og:image:alt", "twitter:title", "twitter:description"}


class PageTexts(HTMLParser):
    """Collects `texts`, and `tag`, the language of the page. What says that it is in a language of its own (or in an
    unknown one) is content, and is left out."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.tag = ""
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag opens."""
        given = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.tag = given.get("lang", "")
        own = tag in _UNREAD or ("lang" in given and given["lang"] != self.tag)
        unread = own or (bool(self._open) and self._open[-1][1])
        if not unread:
            self.texts += [value for name, value in given.items() if name in _SHOWN]
            if tag == "meta" and (given.get("name") or given.get("property")) in _DESCRIBED:
                self.texts.append(given.get("content", ""))
        if tag not in _VOID:
            self._open.append((tag, unread))

    def handle_endtag(self, tag: str) -> None:
        """A tag closes."""
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Text between tags."""
        if not (self._open and self._open[-1][1]):
            self.texts.append(data)


def page_texts(html: str) -> PageTexts:
    """The texts of a page, each in one line, those without letters left out."""
    found = PageTexts()
    found.feed(html)
    lines = (" ".join(text.split()) for text in found.texts)
    found.texts = [line for line in lines if any(letter.isalpha() for letter in line)]
    return found
