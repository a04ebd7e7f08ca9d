"""Where things stand in an SVG file: found by a real XML tokenizer, so that all other bytes can stay."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple, NoReturn
from xml.parsers import expat

from credentials.sentence import sentence
from wallet_export.errors import ImageRefused, NotAnImage
from wallet_export.png_chunks import check_size

SVG_NAMESPACE = "http://www.w3.org/2000/svg"
BADGE_NAMESPACE = "https://purl.imsglobal.org/ob/v3p0"
OLD_BADGE_NAMESPACE = "http://openbadges.org"
BADGE_ELEMENTS = {(BADGE_NAMESPACE, "credential"), (OLD_BADGE_NAMESPACE, "assertion")}

MAX_DEPTH = 200
MAX_ELEMENTS = 50_000

_NAME = re.compile(rb"<([^\s/>]+)")
_ATTRIBUTE = re.compile(rb"""\s+([^\s=<>/"']+)\s*=\s*("[^"]*"|'[^']*')""")
_TAG_END = re.compile(rb"\s*(/?)>")


class Span(NamedTuple):
    """Byte offsets, the end not included."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class StartTag:
    """A start tag as it is written: its place, qualified name, and attributes' values (with quotes)."""

    span: Span
    name: bytes
    attributes: dict[bytes, Span]
    self_closing: bool


@dataclass(slots=True)
class BadgeElement:
    """A baked credential: its place, namespace, `verify` attribute, and the characters directly inside it."""

    span: Span
    namespace: str
    verify: str
    pieces: list[str] = field(default_factory=list)

    @property
    def characters(self) -> str:
        """The text directly inside the element, CDATA sections and plain characters alike."""
        return "".join(self.pieces)


@dataclass(frozen=True, slots=True)
class Outline:
    """The root's start tag, its namespace ("" if none), and the outermost badge elements in order."""

    root: StartTag
    namespace: str
    badges: tuple[BadgeElement, ...]


def outline(svg: bytes) -> Outline:
    """Find the root's start tag and all baked credentials; raises NotAnImage or ImageRefused.

    Guaranteed: UTF-8 throughout, well-formed XML with namespaces, root element `svg`, no entity beyond XML's
    own five, no internal DTD subset, at most MAX_DEPTH levels and MAX_ELEMENTS elements. A document type that
    only names a public identifier is harmless and allowed: many drawing programs write one.
    """
    check_encoding(svg)
    reader = _Reader(svg)
    feed(reader.parser, svg)
    return reader.outline()


def check_encoding(svg: bytes) -> None:
    """Refuse what is not UTF-8 text of a bearable size, with a sentence that says what it is instead."""
    check_size(svg)
    if svg.startswith(b"\x1f\x8b"):
        raise ImageRefused(sentence("The file is compressed (gzip, perhaps .svgz). Unpack it first."))
    if svg[:2] in (b"\xfe\xff", b"\xff\xfe") or b"\x00" in svg[:4]:
        raise ImageRefused(sentence("The SVG is UTF-16 or UTF-32. Save it as UTF-8."))
    try:
        svg.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ImageRefused(
            sentence("The SVG is not UTF-8 (byte {start}). Save it as UTF-8.", start=error.start)
        ) from None


def guarded_parser() -> expat.XMLParserType:
    """A namespace-aware expat parser that refuses entities, internal DTD subsets and other encodings.

    Names come as "namespace local", or "local" without a namespace.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True  # one event for ten million line breaks, not ten million
    parser.XmlDeclHandler = _check_declaration
    parser.StartDoctypeDeclHandler = _check_doctype
    parser.EntityDeclHandler = _refuse_entity
    parser.SkippedEntityHandler = _refuse_entity
    return parser


def feed(parser: expat.XMLParserType, svg: bytes) -> None:
    """Parse all of it at once; what expat finds wrong becomes an ImageRefused with line and column."""
    try:
        parser.Parse(svg, True)
    except expat.ExpatError as error:
        what = expat.errors.messages[error.code]
        raise ImageRefused(
            sentence(
                "The SVG is not well-formed XML: {what} at line {lineno}, column {offset}.",
                what=what,
                lineno=str(error.lineno),
                offset=str(error.offset + 1),
            )
        ) from None


def split_name(name: str) -> tuple[str, str]:
    """(namespace, local name) of a name as `guarded_parser` gives it."""
    namespace, _, local = name.rpartition(" ")
    return namespace, local


def check_nesting(depth: int, elements: int) -> None:
    """Refuse a document that is deeper or larger than any drawing."""
    if depth > MAX_DEPTH:
        raise ImageRefused(sentence("The SVG nests its elements more than {max_depth} deep.", max_depth=MAX_DEPTH))
    if elements > MAX_ELEMENTS:
        raise ImageRefused(sentence("The SVG has more than {max_elements} elements.", max_elements=MAX_ELEMENTS))


def start_tag(svg: bytes, start: int) -> StartTag:
    """The start tag at a byte offset of a document that is known to be well-formed up to its end."""
    name = _NAME.match(svg, start)
    attributes: dict[bytes, Span] = {}
    position = name.end() if name else start
    while attribute := _ATTRIBUTE.match(svg, position):
        attributes[attribute[1]] = Span(attribute.start(2), attribute.end(2))
        position = attribute.end()
    end = _TAG_END.match(svg, position)
    if name is None or end is None:
        raise ImageRefused(sentence("The SVG has a tag at byte {start} that cannot be read.", start=start))
    return StartTag(Span(start, end.end()), name[1], attributes, bool(end[1]))


@dataclass(slots=True)
class _Reader:
    """Collects the outline from expat's events."""

    svg: bytes
    depth: int = 0
    elements: int = 0
    root_at: int = -1
    namespace: str = ""
    badges: list[BadgeElement] = field(default_factory=list)
    badge_depth: int = 0
    badge_tag: StartTag | None = None
    parser: expat.XMLParserType = field(init=False)

    def __post_init__(self) -> None:
        self.parser = guarded_parser()
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        self.elements += 1
        check_nesting(self.depth, self.elements)
        namespace, local = split_name(name)
        position = self.parser.CurrentByteIndex
        if self.depth == 1:
            if local != "svg":
                raise NotAnImage(
                    sentence("The file is XML and no SVG: its root element is <{local}>.", local=local[:40])
                )
            self.root_at, self.namespace = position, namespace
        elif self.badge_tag is None and (namespace, local) in BADGE_ELEMENTS:
            self.badge_tag, self.badge_depth = start_tag(self.svg, position), self.depth
            self.badges.append(BadgeElement(self.badge_tag.span, namespace, attributes.get("verify", "")))

    def characters(self, text: str) -> None:
        if self.badge_tag is not None and self.depth == self.badge_depth:
            self.badges[-1].pieces.append(text)

    def end(self, _name: str) -> None:
        if self.badge_tag is not None and self.depth == self.badge_depth:
            badge, tag = self.badges[-1], self.badge_tag
            # After <x/> expat already stands behind the tag; after content it stands at </x>.
            end = tag.span.end if tag.self_closing else self.svg.index(b">", self.parser.CurrentByteIndex) + 1
            badge.span, self.badge_tag = Span(tag.span.start, end), None
        self.depth -= 1

    def outline(self) -> Outline:
        return Outline(start_tag(self.svg, self.root_at), self.namespace, tuple(self.badges))


def _check_declaration(_version: str, encoding: str | None, _standalone: int) -> None:
    if encoding is not None and encoding.lower() not in ("utf-8", "utf8", "us-ascii", "ascii"):
        raise ImageRefused(
            sentence("The SVG declares the encoding {encoding}. Save it as UTF-8.", encoding=f"{encoding[:40]!r}")
        )


def _check_doctype(_name: str, _system: str | None, _public: str | None, internal_subset: int) -> None:
    if internal_subset:
        raise ImageRefused(sentence("The SVG's document type has definitions inside (entities). Save it as plain SVG."))


def _refuse_entity(*_: object) -> NoReturn:
    raise ImageRefused(sentence("The SVG uses entities of its own. Save it as plain SVG."))
